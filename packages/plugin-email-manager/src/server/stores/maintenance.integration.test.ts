import { LeaseLostError } from '@email-manager/mail-engine/errors';
import { settleTestPlaces, testMessage, testPlaces } from '@email-manager/mail-engine/sync/testing/messages';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { expectedTables } from '../schema/tables';
import { createAccountDeletion } from './account-deletion';
import { createAttachmentStore } from './attachment-store';
import { createBodyStore } from './body-store';
import { createMailStore } from './mail-store';
import { createOperationStore } from './operation-store';
import { createRetention } from './retention';
import { Sql, toId, type HostDatabase } from './sql';
import { openStoreDatabase, type StoreDatabase } from './testing/open-store-database';
import { createAccount, takeLease } from './testing/store-harness';

const rules = { settlePlaces: settleTestPlaces };
const rulesOf = () => rules;
const DAY_MS = 86_400_000;

describeOnEachDatabase('Keeping the mail tables', (dialect) => {
  let database: StoreDatabase;
  let db: HostDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
    db = database.db;
    sql = new Sql(db);
  });
  afterAll(() => database.close());

  /** An account with something in every table that belongs to accounts. */
  async function fullAccount(messages = 90) {
    const accountId = database.newId();
    await createAccount(sql, accountId);
    const lease = await takeLease(sql, accountId);
    const store = createMailStore({ db, rulesOf });
    const attachments = [
      { partId: '2', fileName: 'x.pdf', mimeType: 'application/pdf', sizeBytes: 9, contentId: null, isInline: false },
    ];
    await store.commit(lease, {
      places: testPlaces(),
      messages: Array.from({ length: messages }, (_, index) => ({
        ...testMessage(`m${index}`, { threadRemoteId: `t${index % 20}`, places: ['INBOX', 'L1'] }),
        attachments,
      })),
      cursors: [{ name: 'changes', value: '1' }],
      work: [{ kind: 'hydrate', remoteId: 'later', threadRemoteId: 't', priority: 1 }],
    });
    const [first] = await sql.rows(`SELECT "id" FROM {mailMessages} WHERE "accountId" = $1`, [accountId]);
    const messageId = toId(first?.id);
    await createOperationStore({ db, rulesOf }).apply(accountId, {
      userId: '1',
      op: 'star',
      messageIds: [messageId],
      effectOf: () => ({ isStarred: true }),
    });
    await sql.run(
      `INSERT INTO {mailAccountMembers} ("id", "accountId", "userId", "role", "createdAt", "updatedAt")
      SELECT $1, $2, 1, 'owner', "createdAt", "updatedAt" FROM {mailAccounts} WHERE "id" = $2`,
      [database.newId(), accountId],
    );
    await sql.run(`INSERT INTO {mailGrants} ("accountId", "version") VALUES ($1, 1)`, [accountId]);
    await sql.run(
      `INSERT INTO {mailSyncRuns} ("id", "accountId", "startedAt") VALUES ($1, $2, ${sql.timeParameter(3)})`,
      [database.newId(), accountId, sql.time(Date.UTC(2026, 0, 1))],
    );
    await sql.run(
      `INSERT INTO {mailOAuthStates} ("stateHash", "userId", "provider", "accountId", "expiresAt") VALUES ($1, 1, 'google', $2, ${sql.timeParameter(3)})`,
      [`hash ${accountId}`, accountId, sql.time(Date.UTC(2026, 0, 1))],
    );
    return { accountId, lease, store, messageId };
  }

  const accountTables = () =>
    expectedTables()
      .filter(({ columns }) => columns.includes('accountId'))
      .map(({ name }) => name);
  async function counts(accountId: string) {
    const found: Record<string, number> = {};
    for (const table of accountTables()) {
      const [row] = await sql.rows(`SELECT count(*) AS "n" FROM {${table}} WHERE "accountId" = $1`, [accountId]);
      found[table] = Number(row?.n);
    }
    return found;
  }

  describe('deleting an account', () => {
    it('leaves rows behind, takes those of another account, or cannot go on after a stop', async () => {
      const doomed = await fullAccount();
      const other = await fullAccount(5);
      const before = await counts(other.accountId);
      // A table that this test does not fill would prove nothing.
      for (const [table, count] of Object.entries(await counts(doomed.accountId))) {
        expect(count, table).toBeGreaterThan(0);
      }
      const deletion = createAccountDeletion(db);
      await deletion.begin(doomed.accountId);
      expect(await deletion.unfinished()).toEqual([doomed.accountId]);
      await expect(doomed.store.commit(doomed.lease, { messages: [testMessage('late')] })).rejects.toBeInstanceOf(
        LeaseLostError,
      );

      const stop = new AbortController();
      let statements = 0;
      const interrupted = createAccountDeletion({
        ...({
          inDialect: (...names: string[]) => db.inDialect(...names),
          getCollection: (name: string) => db.getCollection(name),
        } as unknown as HostDatabase),
        sequelize: {
          query: (text, options) => {
            if ((statements += 1) === 5) stop.abort();
            return db.sequelize.query(text, options);
          },
          transaction: (options, run) => db.sequelize.transaction(options, run),
        },
      });
      expect(await interrupted.run(doomed.accountId, stop.signal)).toBe(false);
      expect((await counts(doomed.accountId)).mailMessages).toBeGreaterThan(0);
      expect(await deletion.unfinished()).toEqual([doomed.accountId]);

      expect(await deletion.run(doomed.accountId)).toBe(true);
      expect(Object.entries(await counts(doomed.accountId)).filter(([, count]) => count > 0)).toEqual([]);
      expect(await sql.rows(`SELECT "id" FROM {mailAccounts} WHERE "id" = $1`, [doomed.accountId])).toEqual([]);
      expect(await deletion.unfinished()).toEqual([]);
      expect(await counts(other.accountId)).toEqual(before);
    }, 60_000);

    it('forgets what hangs on rows that somebody deleted by hand', async () => {
      const { accountId } = await fullAccount(10);
      await sql.run(`DELETE FROM {mailMessages} WHERE "accountId" = $1`, [accountId]);
      const deletion = createAccountDeletion(db);
      await deletion.begin(accountId);
      expect(await deletion.run(accountId)).toBe(true);
      expect(Object.entries(await counts(accountId)).filter(([, count]) => count > 0)).toEqual([]);
    }, 60_000);
  });

  describe('retention', () => {
    it('deletes a message too early, never, or one that is shown', async () => {
      const { accountId, lease, store } = await fullAccount(60);
      const gone = Array.from({ length: 50 }, (_, index) => `m${index}`);
      await store.commit(lease, { gone });
      const at = (days: number) => createRetention({ db, now: () => Date.now() + days * DAY_MS }).run();
      await at(29);
      expect((await counts(accountId)).mailMessages).toBe(60);
      expect((await counts(accountId)).mailBodies).toBe(60);
      await at(31);
      const after = await counts(accountId);
      expect(after).toMatchObject({ mailMessages: 10, mailBodies: 10, mailAttachments: 10, mailSearch: 10 });
      expect(after.mailInventory).toBe(10);
      expect(after.mailSyncRuns).toBe(0);
      expect(after.mailOAuthStates).toBe(0);
      expect(await store.messageIds(accountId, null, 99)).toHaveLength(10);
    }, 60_000);
  });

  describe('bodies and attachments', () => {
    it('are shown to somebody else, or a stale sanitised form is kept', async () => {
      const { accountId, lease, store, messageId } = await fullAccount(3);
      const bodies = createBodyStore(db);
      const attachments = createAttachmentStore(db);
      expect(await bodies.read(['1'], messageId)).toBeNull();
      expect(await bodies.read([], messageId)).toBeNull();
      expect(await bodies.read([accountId], "1' OR '1'='1")).toBeNull();
      const body = (await bodies.read([accountId], messageId))!;
      expect(body).toMatchObject({ html: '<p>Hello</p>', isStored: true, safeHtml: null });
      await bodies.cacheSafe(body, { html: '<p>safe</p>', version: 3, hasRemoteContent: true });
      expect(await bodies.read([accountId], messageId)).toMatchObject({
        safeHtml: '<p>safe</p>',
        safeVersion: 3,
        hasRemoteContent: true,
      });
      const changed = testMessage(body.remoteId, { threadRemoteId: 't0', places: ['INBOX', 'L1'] });
      await store.commit(lease, { messages: [{ ...changed, body: { html: '<p>New</p>', text: null } }] });
      expect(await bodies.read([accountId], messageId)).toMatchObject({ html: '<p>New</p>', safeHtml: null });
      // Somebody sanitised the old body meanwhile.
      await bodies.cacheSafe(body, { html: '<p>old</p>', version: 3, hasRemoteContent: false });
      expect(await bodies.read([accountId], messageId)).toMatchObject({ safeHtml: null });

      const part = {
        partId: '4',
        fileName: '.. /"x".txt',
        mimeType: 'text/plain',
        sizeBytes: 3,
        contentId: 'c',
        isInline: true,
      };
      await bodies.save(messageId, { html: null, text: 'Only text' }, [part]);
      expect(await bodies.read([accountId], messageId)).toMatchObject({ html: null, text: 'Only text' });
      const [listed] = (await attachments.ofMessages([accountId], [messageId])).get(messageId)!;
      expect(listed).toMatchObject({ fileName: '.. /"x".txt', contentId: 'c', isInline: true });
      expect(await attachments.read(['1'], listed!.id)).toBeNull();
      expect(await attachments.read([accountId], listed!.id)).toMatchObject({
        accountId,
        messageId,
        partId: '4',
        remoteId: body.remoteId,
      });
      await store.commit(lease, { gone: [body.remoteId] });
      expect(await bodies.read([accountId], messageId)).toBeNull();
      expect(await attachments.read([accountId], listed!.id)).toBeNull();
    });
  });
});
