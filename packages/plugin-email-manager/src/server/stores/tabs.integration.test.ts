import type { Places } from '@email-manager/mail-engine/model/place';
import { settleTestPlaces, testMessage, testPlaces } from '@email-manager/mail-engine/sync/testing/messages';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { InboxTab } from '../../shared/api';
import { createPreferences } from '../accounts/preferences';
import { createFolderCounts, type FolderCounts } from './folder-counts';
import type { ListFilter } from './list-sources';
import { createMailStore } from './mail-store';
import { createMessageLists, type MessageLists } from './message-lists';
import { Sql, type HostDatabase } from './sql';
import { fillMailbox } from './testing/fill-mailbox';
import { openStoreDatabase, type StoreDatabase } from './testing/open-store-database';
import { createAccount, takeLease } from './testing/store-harness';

const DAY = Date.UTC(2026, 9, 1);

function placesWithTabs(): Places {
  const plain = testPlaces(['FOR_ME', 'NEWS', 'SHOPS']);
  return {
    ...plain,
    labels: plain.labels.map((label) => ({ ...label, kind: label.remoteId === 'FOR_ME' ? 'primary' : 'category' })),
  };
}

/** Thirty-six messages in twelve conversations with every mix of tabs; some are in no inbox. */
const TABS = [['FOR_ME'], ['NEWS'], ['SHOPS'], [], ['NEWS', 'SHOPS']] as const;
const MESSAGES = Array.from({ length: 36 }, (_, index) =>
  testMessage(`m${index}`, {
    threadRemoteId: `t${index % 12}`,
    places: [
      ...(index % 12 === 11 || index === 5 ? ['ARCHIVE'] : ['INBOX']),
      ...(TABS[(index % 12 < 8 ? index % 12 : index) % TABS.length] ?? []),
    ],
    isRead: index % 4 === 0,
    receivedAt: DAY + Math.floor(index / 2) * 1000,
  }),
);

/** What a tab must hold, by the rule alone. */
function expectedSubjects(tab: InboxTab, keep: (isRead: boolean) => boolean = () => true): string[] {
  const threads = new Map<string, (typeof MESSAGES)[number]['envelope'][]>();
  for (const { envelope } of MESSAGES)
    threads.set(envelope.threadRemoteId, [...(threads.get(envelope.threadRemoteId) ?? []), envelope]);
  return [...threads.values()]
    .filter((messages) => messages.some(({ places }) => places.includes('INBOX')))
    .filter((messages) => messages.some((one) => one.places.includes('INBOX') && keep(one.isRead)))
    .filter((messages) => {
      const has = (...wanted: string[]) => messages.some(({ places }) => wanted.some((one) => places.includes(one)));
      return (has('NEWS', 'SHOPS') && !has('FOR_ME') ? 'other' : 'primary') === tab;
    })
    .map((messages) => messages[0]!.subject)
    .sort();
}

describeOnEachDatabase('The tabs of an inbox', (dialect) => {
  let database: StoreDatabase;
  let db: HostDatabase;
  let sql: Sql;
  let lists: MessageLists;
  let counts: FolderCounts;
  let tabbed: string;
  let plain: string;

  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
    db = database.db as unknown as HostDatabase;
    sql = new Sql(db);
    lists = createMessageLists(db);
    counts = createFolderCounts(db);
    [tabbed, plain] = [database.newId(), database.newId()];
    const store = createMailStore({ db, rulesOf: () => ({ settlePlaces: settleTestPlaces }) });
    for (const [accountId, places, messages] of [
      [tabbed, placesWithTabs(), MESSAGES],
      [plain, testPlaces(), [testMessage('p1'), testMessage('p2')]],
    ] as const) {
      await createAccount(sql, accountId);
      await store.commit(await takeLease(sql, accountId), { places, messages });
    }
  });
  afterAll(() => database.close());

  async function subjects(filter: Omit<ListFilter, 'visibleAccountIds'>, pageSize = 50, visible = [tabbed]) {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<MessageLists['threads']>> = await lists.threads(
        { visibleAccountIds: visible, ...filter },
        { pageSize, cursor },
      );
      found.push(...page.data.map(({ subject }) => subject));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  }

  it('a conversation is in both tabs, in none, or twice in one', async () => {
    for (const tab of ['primary', 'other'] as const) {
      expect(expectedSubjects(tab).length).toBeGreaterThan(2);
      const whole = await subjects({ folderRole: 'inbox', tab });
      expect([...whole].sort()).toEqual(expectedSubjects(tab));
      for (const pageSize of [1, 2, 3]) expect(await subjects({ folderRole: 'inbox', tab }, pageSize)).toEqual(whole);
      const unread = await subjects({ folderRole: 'inbox', tab, isRead: false }, 2);
      const expected = expectedSubjects(tab, (isRead) => !isRead);
      expect([...unread].sort()).toEqual(expected);
    }
  });

  it('a mailbox without tabs disappears from All inboxes, or a folder that is no inbox is split', async () => {
    const primary = await subjects({ folderRole: 'inbox', tab: 'primary' }, 50, [tabbed, plain]);
    expect(primary).toEqual(expect.arrayContaining(['Subject of p1', 'Subject of p2']));
    expect(await subjects({ folderRole: 'inbox', tab: 'other', accountIds: [plain] }, 50, [tabbed, plain])).toEqual([]);
    const archive = { folderRole: 'archive' as const };
    expect(await subjects({ ...archive, tab: 'other' })).toEqual(await subjects(archive));
    expect((await subjects(archive)).length).toBeGreaterThan(0);
  });

  it('a message list of a tab has messages of the other one', async () => {
    const own = new Set<string>();
    for (const tab of ['primary', 'other'] as const) {
      const { data } = await lists.messages(
        { visibleAccountIds: [tabbed], folderRole: 'inbox', tab },
        { pageSize: 200 },
      );
      for (const { remoteId } of data) {
        expect(own.has(remoteId)).toBe(false);
        own.add(remoteId);
        const { places } = MESSAGES.find(({ envelope }) => envelope.remoteId === remoteId)!.envelope;
        const isOther = places.some((one) => one === 'NEWS' || one === 'SHOPS');
        expect([remoteId, isOther ? 'other' : 'primary']).toEqual([remoteId, tab]);
      }
    }
    expect(own.size).toBe(MESSAGES.filter(({ envelope }) => envelope.places.includes('INBOX')).length);
  });

  it('the badge counts what the list does not show', async () => {
    const unread = { folderRole: 'inbox' as const, isRead: false };
    const primary = (await subjects({ ...unread, tab: 'primary' })).length;
    const all = (await subjects(unread)).length;
    expect(primary).toBeLessThan(all);
    expect(await counts.unread([tabbed], 'primary')).toBe(primary);
    expect(await counts.unread([tabbed], 'all')).toBe(all);
    expect(await counts.unread([plain], 'primary')).toBe(2);
    const inbox = (await counts.folders([tabbed])).find(({ role }) => role === 'inbox')!;
    expect([inbox.unread, inbox.unreadPrimary]).toEqual([all, primary]);
  });

  it("a change of one preference loses the other, or reaches another person's", async () => {
    const preferences = createPreferences(db, () => DAY);
    expect(await preferences.of('7')).toEqual({ badge: 'primary', tab: 'primary' });
    expect(await preferences.change('7', { badge: 'all' })).toEqual({ badge: 'all', tab: 'primary' });
    expect(await preferences.change('7', { tab: 'other' })).toEqual({ badge: 'all', tab: 'other' });
    expect(await preferences.of('7')).toEqual({ badge: 'all', tab: 'other' });
    expect(await preferences.of('8')).toEqual({ badge: 'primary', tab: 'primary' });
  });

  it('a tab of a large inbox reads a whole table', async () => {
    const large = await fillMailbox(sql, () => database.newId(), 20_000);
    await sql.run(`UPDATE {mailLabels} SET "kind" = 'category' WHERE "id" = $1`, [large.labelId]);
    await sql.run(`UPDATE {mailLabels} SET "kind" = 'primary' WHERE "id" = $1`, [large.rareLabelId]);
    const statements: { text: string; options: Record<string, unknown> }[] = [];
    const recorded = createMessageLists({
      inDialect: (...names: string[]) => database.db.inDialect(...names),
      getCollection: (name: string) => database.db.getCollection(name),
      sequelize: {
        query: (text: string, options: Record<string, unknown>) => {
          statements.push({ text, options });
          return database.db.sequelize.query(text, options);
        },
      },
    } as unknown as HostDatabase);
    for (const tab of ['primary', 'other'] as const) {
      const filter: ListFilter = { visibleAccountIds: [large.accountId], folderRole: 'inbox', tab };
      await recorded.threads(filter, { pageSize: 50 });
    }
    const pages = statements.filter(({ text }) => text.includes('UNION ALL') || text.includes('AS part'));
    expect(pages.length).toBeGreaterThan(1);
    for (const { text, options } of pages) {
      const explain = dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN ' : 'EXPLAIN ';
      const rows = (await database.db.sequelize.query(explain + text, options)) as Record<string, unknown>[];
      const plan = rows.map((row) => String(row.detail ?? row['QUERY PLAN'])).join('\n');
      expect(plan).not.toMatch(/SCAN (l|o|mailThreadPlacements|mailPlacements)\b/);
      expect(plan).not.toMatch(/Seq Scan on "mail(Threads|ThreadPlacements|Placements)"/);
    }
  }, 60_000);
});
