/** How long a page of conversations takes, at the beginning of a list and deep in it, in mailboxes of growing size. */
import { createFolderCounts } from '../packages/plugin-email-manager/src/server/stores/folder-counts';
import type { ListFilter } from '../packages/plugin-email-manager/src/server/stores/list-sources';
import { createMessageLists } from '../packages/plugin-email-manager/src/server/stores/message-lists';
import { Sql } from '../packages/plugin-email-manager/src/server/stores/sql';
import { fillMailbox } from '../packages/plugin-email-manager/src/server/stores/testing/fill-mailbox';
import { openBenchDatabase, type Dialect } from './lib/store-database';
import { report, type Row } from './lib/table';

const SIZES = (process.env.BENCH_SIZES ?? '10000,200000').split(',').map(Number);
const ROUNDS = 25;

interface Measured {
  readonly p50: number;
  readonly p95: number;
}

async function timed(calls: readonly (() => Promise<unknown>)[]): Promise<Measured> {
  for (const call of calls) await call();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const call of calls) {
      const started = performance.now();
      await call();
      times.push(performance.now() - started);
    }
  }
  times.sort((a, b) => a - b);
  return { p50: times[times.length >> 1] ?? 0, p95: times[Math.floor(times.length * 0.95)] ?? 0 };
}

async function measure(dialect: Dialect, size: number) {
  const database = await openBenchDatabase(dialect);
  try {
    const sql = new Sql(database.db);
    const mailbox = await fillMailbox(sql, () => database.newId(), size);
    const lists = createMessageLists(database.db);
    const counts = createFolderCounts(database.db);
    const visibleAccountIds = [mailbox.accountId];
    const filters: ListFilter[] = [
      { visibleAccountIds },
      { visibleAccountIds, folderRole: 'inbox' },
      { visibleAccountIds, folderId: mailbox.archiveId },
      { visibleAccountIds, labelId: mailbox.rareLabelId },
      { visibleAccountIds, folderRole: 'inbox', isRead: false },
      { visibleAccountIds, folderId: mailbox.inboxId, isStarred: true },
    ];
    const deep: (() => Promise<unknown>)[] = [];
    for (const filter of filters.slice(0, 3)) {
      let cursor: string | null = null;
      for (let page = 0; page < 8; page += 1) {
        const found: { nextCursor: string | null } = await lists.threads(filter, { pageSize: 200, cursor });
        cursor = found.nextCursor ?? cursor;
      }
      const at = cursor;
      deep.push(() => lists.threads(filter, { pageSize: 50, cursor: at }));
    }
    return {
      list: await timed([...filters.map((filter) => () => lists.threads(filter, { pageSize: 50 })), ...deep]),
      one: await timed([
        () => sql.rows(`SELECT "id" FROM {mailThreads} WHERE "accountId" = $1 LIMIT 1`, [mailbox.accountId]),
      ]),
      common: await timed([() => lists.threads({ visibleAccountIds, q: 'usual snippet' }, { pageSize: 50 })]),
      rare: await timed([() => lists.threads({ visibleAccountIds, q: String(size - 1) }, { pageSize: 50 })]),
      folders: await timed([() => counts.folders(visibleAccountIds)]),
      unread: await timed([() => counts.unread(visibleAccountIds)]),
    };
  } finally {
    await database.close();
  }
}

const rows: Row[] = [];
for (const dialect of ['sqlite', 'postgres'] as const) {
  const name = dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  let first = 0;
  for (const size of SIZES) {
    const { list, one, common, rare, folders, unread } = await measure(dialect, size);
    const at = `${name}, ${size.toLocaleString('en-US')} messages`;
    rows.push({ figure: `${at}: a page of conversations, p50 ms`, measured: list.p50, limit: one.p50 });
    rows.push({
      figure: `${at}: a page of conversations, p95 ms`,
      measured: list.p95,
      target: '≤ 50 ms',
      limit: one.p95,
    });
    if (first)
      rows.push({ figure: `${at}: p95 beside the smallest mailbox's`, measured: list.p95 / first, target: '≤ 1.5' });
    else first = list.p95;
    rows.push({ figure: `${at}: search, common words, p95 ms`, measured: common.p95 });
    rows.push({ figure: `${at}: search, one hit, p95 ms`, measured: rare.p95 });
    rows.push({ figure: `${at}: folders with counts, p95 ms`, measured: folders.p95 });
    rows.push({ figure: `${at}: unread badge, p95 ms`, measured: unread.p95 });
  }
}
report('lists', 'Lists of conversations (the limit is one row by its index)', rows);
