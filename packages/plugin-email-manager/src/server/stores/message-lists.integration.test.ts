import type { HydratedMessage } from '@email-manager/mail-engine/model/message';
import { testMessage, testPlaces, settleTestPlaces } from '@email-manager/mail-engine/sync/testing/messages';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { createFolderCounts, type FolderCounts } from './folder-counts';
import type { ListFilter } from './list-sources';
import { createMailStore } from './mail-store';
import { createMessageLists, type MessageLists } from './message-lists';
import { Sql, toId, type HostDatabase } from './sql';
import { fillMailbox, type FilledMailbox } from './testing/fill-mailbox';
import { openStoreDatabase, type StoreDatabase } from './testing/open-store-database';
import { createAccount, takeLease } from './testing/store-harness';

const DAY = Date.UTC(2026, 9, 1);

/** Forty messages in sixteen conversations, several of them in the same millisecond. */
function mailbox(prefix: string): HydratedMessage[] {
  return Array.from({ length: 40 }, (_, index) =>
    testMessage(`${prefix}${index}`, {
      threadRemoteId: `${prefix}t${index % 16}`,
      places: index % 4 === 0 ? ['ARCHIVE', 'L2'] : index % 5 === 0 ? ['INBOX', 'L1'] : ['INBOX'],
      isRead: index % 3 !== 0,
      isStarred: index % 7 === 0,
      subject: index === 17 ? 'Рахунок-фактура ЗА ЖОВТЕНЬ' : `Subject ${index}`,
      snippet: index === 17 ? '100% off_ers' : 'Nothing much',
      from: { name: `Sender ${index % 5}`, address: `Sender${index % 5}@Example.org` },
      receivedAt: DAY + Math.floor(index / 3) * 1000,
    }),
  );
}

describeOnEachDatabase('The lists', (dialect) => {
  let database: StoreDatabase;
  let sql: Sql;
  let lists: MessageLists;
  let counts: FolderCounts;
  let ann: string;
  let ben: string;
  const places = new Map<string, string>();

  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
    const db = database.db as unknown as HostDatabase;
    sql = new Sql(db);
    lists = createMessageLists(db);
    counts = createFolderCounts(db);
    ann = database.newId();
    ben = database.newId();
    const store = createMailStore({ db, rulesOf: () => ({ settlePlaces: settleTestPlaces }) });
    for (const [accountId, prefix] of [
      [ann, 'a'],
      [ben, 'b'],
    ] as const) {
      await createAccount(sql, accountId);
      await store.commit(await takeLease(sql, accountId), { places: testPlaces(), messages: mailbox(prefix) });
    }
    for (const table of ['mailFolders', 'mailLabels']) {
      for (const row of await sql.rows(`SELECT "id", "remoteId", "accountId" FROM {${table}}`, [])) {
        places.set(`${toId(row.accountId) === ann ? 'ann' : 'ben'} ${String(row.remoteId)}`, toId(row.id));
      }
    }
  });
  afterAll(() => database.close());

  async function all<T extends { id: string }>(
    page: (cursor: string | null) => Promise<{ data: T[]; nextCursor: string | null }>,
  ) {
    const lines: T[] = [];
    let cursor: string | null = null;
    do {
      const found: { data: T[]; nextCursor: string | null } = await page(cursor);
      lines.push(...found.data);
      cursor = found.nextCursor;
    } while (cursor !== null);
    return lines;
  }
  const threads = (filter: ListFilter, pageSize: number) =>
    all((cursor) => lists.threads(filter, { pageSize, cursor }));
  const messages = (filter: ListFilter & { threadId?: string }, pageSize: number) =>
    all((cursor) => lists.messages(filter, { pageSize, cursor }));

  it('a page boundary loses a line or repeats one', async () => {
    for (const filter of [
      { visibleAccountIds: [ann, ben] },
      { visibleAccountIds: [ann, ben], folderRole: 'inbox' as const },
      { visibleAccountIds: [ann], labelId: places.get('ann L2')! },
    ]) {
      const whole = await threads(filter, 200);
      expect(whole.length).toBeGreaterThan(3);
      for (const pageSize of [1, 2, 3, 7]) expect(await threads(filter, pageSize)).toEqual(whole);
      const times = whole.map(({ lastMessageAt }) => lastMessageAt);
      expect(times).toEqual([...times].sort().reverse());
      const wholeMessages = await messages(filter, 200);
      for (const pageSize of [1, 4]) expect(await messages(filter, pageSize)).toEqual(wholeMessages);
    }
  });

  it('a list is not what its filter says', async () => {
    const own = mailbox('a').map(({ envelope }) => envelope);
    const remoteIds = (lines: readonly { remoteId: string }[]) => lines.map(({ remoteId }) => remoteId).sort();
    const expected = (keep: (envelope: (typeof own)[number]) => boolean) =>
      own
        .filter(keep)
        .map(({ remoteId }) => remoteId)
        .sort();
    const visible = { visibleAccountIds: [ann] };
    const inbox = places.get('ann INBOX')!;
    expect(remoteIds(await messages(visible, 50))).toEqual(expected(() => true));
    expect(remoteIds(await messages({ ...visible, isRead: false }, 9))).toEqual(expected((e) => !e.isRead));
    expect(remoteIds(await messages({ ...visible, folderId: inbox, isStarred: true }, 2))).toEqual(
      expected((e) => e.isStarred && e.places.includes('INBOX')),
    );
    expect(remoteIds(await messages({ ...visible, folderId: inbox, labelId: places.get('ann L1')! }, 2))).toEqual(
      expected((e) => e.places.includes('INBOX') && e.places.includes('L1')),
    );
    const threadsOf = (keep: (envelope: (typeof own)[number]) => boolean) =>
      new Set(own.filter(keep).map(({ threadRemoteId }) => threadRemoteId)).size;
    expect(await threads(visible, 5)).toHaveLength(threadsOf(() => true));
    expect(await threads({ ...visible, isRead: false }, 5)).toHaveLength(threadsOf((e) => !e.isRead));
    expect(await threads({ ...visible, folderId: inbox, isRead: false }, 5)).toHaveLength(
      threadsOf((e) => !e.isRead && e.places.includes('INBOX')),
    );
    expect(await threads({ ...visible, folderId: inbox, isStarred: true }, 5)).toHaveLength(
      threadsOf((e) => e.isStarred && e.places.includes('INBOX')),
    );
  });

  it('a list shows a mailbox that is not visible', async () => {
    const foreign = { visibleAccountIds: [ann], accountIds: [ben] };
    expect(await threads(foreign, 50)).toEqual([]);
    expect(await threads({ visibleAccountIds: [ann], folderId: places.get('ben INBOX')! }, 50)).toEqual([]);
    expect(await messages({ visibleAccountIds: [ann], labelId: places.get('ben L1')! }, 50)).toEqual([]);
    expect(await threads({ visibleAccountIds: [] }, 50)).toEqual([]);
    const both = await threads({ visibleAccountIds: [ann, ben], folderRole: 'inbox' }, 50);
    const mine = await threads({ visibleAccountIds: [ann], folderRole: 'inbox' }, 50);
    expect(both).toHaveLength(2 * mine.length);
    expect(new Set(mine.map(({ accountId }) => accountId))).toEqual(new Set([ann]));
    const [foreignThread] = await threads({ visibleAccountIds: [ben] }, 50);
    expect(await lists.thread([ann], foreignThread!.id)).toBeNull();
    expect(await messages({ visibleAccountIds: [ann], threadId: foreignThread!.id }, 50)).toEqual([]);
    const [foreignMessage] = await messages({ visibleAccountIds: [ben] }, 50);
    expect(await lists.message([ann], foreignMessage!.id)).toBeNull();
    expect((await lists.message([ben], foreignMessage!.id))?.remoteId).toBe(foreignMessage!.remoteId);
  });

  it('a search misses case in another script, takes a wildcard for one, or finds words of two messages', async () => {
    const search = async (q: string) => (await messages({ visibleAccountIds: [ann], q }, 50)).map((m) => m.remoteId);
    expect(await search('рахунок-ФАКТУРА')).toEqual(['a17']);
    expect(await search('жовтень 100%')).toEqual(['a17']);
    expect(await search('%')).toEqual(['a17']);
    expect(await search('off_')).toEqual(['a17']);
    expect(await search('жовтень much')).toEqual([]);
    expect(await search('SENDER2@example.ORG')).toHaveLength(8);
    expect(await threads({ visibleAccountIds: [ann], folderRole: 'inbox', q: 'рахунок' }, 5)).toHaveLength(1);
  });

  it('a conversation is not in order, or counts wrongly', async () => {
    const whole = await threads({ visibleAccountIds: [ann] }, 50);
    for (const line of whole) {
      const thread = await messages({ visibleAccountIds: [ann], threadId: line.id }, 2);
      const times = thread.map(({ receivedAt }) => receivedAt);
      expect(times).toEqual([...times].sort());
      expect(line.messageCount).toBe(thread.length);
      expect(line.unreadCount).toBe(thread.filter(({ isRead }) => !isRead).length);
      expect(line.subject).toBe(thread[0]!.subject);
      expect(line.snippet).toBe(thread.at(-1)!.snippet);
      expect(line.lastMessageAt).toBe(times.at(-1));
      const senders = new Set(thread.map(({ from }) => from!.address));
      expect(new Set(line.senders.map(({ address }) => address))).toEqual(senders);
    }
  });

  it('a folder counts messages instead of conversations, or those of another mailbox', async () => {
    const folders = await counts.folders([ann]);
    for (const folder of folders) {
      expect(folder.total).toBe((await threads({ visibleAccountIds: [ann], folderId: folder.id }, 50)).length);
      const unread = await threads({ visibleAccountIds: [ann], folderId: folder.id, isRead: false }, 50);
      expect(folder.unread).toBe(unread.length);
    }
    const inboxes = (await counts.folders([ann, ben])).filter(({ role }) => role === 'inbox');
    expect(await counts.unread([ann, ben])).toBe(inboxes.reduce((sum, { unread }) => sum + unread, 0));
    for (const label of await counts.labels([ann])) {
      const unread = await threads({ visibleAccountIds: [ann], labelId: label.id, isRead: false }, 50);
      expect(label.unread).toBe(unread.length);
    }
  });

  it('a forged cursor reaches the database', async () => {
    for (const cursor of [
      'x',
      Buffer.from("1.1' OR 1=1").toString('base64url'),
      Buffer.from('1').toString('base64url'),
    ]) {
      await expect(lists.threads({ visibleAccountIds: [ann] }, { cursor })).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      });
    }
  });

  describe('with 200,000 messages', () => {
    let large: FilledMailbox;
    beforeAll(async () => {
      large = await fillMailbox(sql, () => database.newId(), 200_000);
    }, 120_000);

    /** Plans of the statements that a call runs. */
    async function plans(run: (recorded: MessageLists) => Promise<unknown>): Promise<string[]> {
      const { db } = database;
      const statements: { text: string; options: Record<string, unknown> }[] = [];
      const recording = {
        inDialect: (...names: string[]) => db.inDialect(...names),
        getCollection: (name: string) => db.getCollection(name),
        sequelize: {
          query: (text: string, options: Record<string, unknown>) => {
            statements.push({ text, options });
            return db.sequelize.query(text, options);
          },
        },
      } as unknown as HostDatabase;
      await run(createMessageLists(recording));
      const explain = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN ' : 'EXPLAIN ';
      return Promise.all(
        statements.map(async ({ text, options }) => {
          const rows = (await db.sequelize.query(explain + text, options)) as Record<string, unknown>[];
          return rows.map((row) => String(row.detail ?? row['QUERY PLAN'])).join('\n');
        }),
      );
    }

    it('a list reads a whole table or index', async () => {
      const visibleAccountIds = [large.accountId];
      const middle = (await lists.threads({ visibleAccountIds }, { pageSize: 200 })).nextCursor;
      const filters: ListFilter[] = [
        { visibleAccountIds },
        { visibleAccountIds, isRead: false },
        { visibleAccountIds, isStarred: true },
        { visibleAccountIds, folderId: large.inboxId },
        { visibleAccountIds, folderId: large.inboxId, isRead: false },
        { visibleAccountIds, folderRole: 'inbox', isStarred: true },
        { visibleAccountIds, labelId: large.rareLabelId },
        { visibleAccountIds, folderId: large.inboxId, labelId: large.labelId },
      ];
      for (const filter of filters) {
        for (const plan of [
          ...(await plans((recorded) => recorded.threads(filter, { cursor: middle }))),
          ...(await plans((recorded) => recorded.messages(filter, { cursor: middle }))),
        ]) {
          // Small tables (folders, labels, the parameters) may be read whole.
          expect(plan).not.toMatch(/SCAN (l|m|o|mailMessages|mailThreads|mailThreadPlacements|mailPlacements)\b/);
          expect(plan).not.toMatch(/Seq Scan on "mail(Messages|Threads|ThreadPlacements|Placements)"/);
        }
      }
    }, 60_000);
  });
});
