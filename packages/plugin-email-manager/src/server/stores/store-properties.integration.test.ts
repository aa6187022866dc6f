import { LeaseLostError } from '@email-manager/mail-engine/errors';
import type { HydratedMessage, MessageState } from '@email-manager/mail-engine/model/message';
import type { StoreRules, StoreWrite } from '@email-manager/mail-engine/ports/mail-store';
import { InMemoryStore } from '@email-manager/mail-engine/sync/testing/in-memory-store';
import { settleTestPlaces, testMessage, testPlaces } from '@email-manager/mail-engine/sync/testing/messages';
import type { StoreSnapshot } from '@email-manager/mail-engine/sync/testing/snapshot';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { createLeaseStore } from '../sync/lease-store';
import { createMailStore, splitWrite } from './mail-store';
import { createOperationStore } from './operation-store';
import { Sql, StoreError, toId, type HostDatabase } from './sql';
import { expectDerivedRows } from './testing/check-rows';
import { openStoreDatabase, type StoreDatabase } from './testing/open-store-database';
import { createAccount, snapshot, takeLease } from './testing/store-harness';

const rules = { settlePlaces: settleTestPlaces };
const rulesOf = () => rules;
const splitting = { ...rules, splitThreads: true };
const IDS = ['a', 'b', 'B', 'c', 'd', 'e', 'f', '10', '9'];
const PLACES = ['INBOX', 'SENT', 'TRASH', 'L1', 'L2', 'L3'];

const places = fc.subarray(PLACES).map((chosen) => [...settleTestPlaces(new Set(chosen))].sort());
const state: fc.Arbitrary<MessageState> = fc.record({
  remoteId: fc.constantFrom(...IDS),
  threadRemoteId: fc.constantFrom('t1', 't2', 't3'),
  places,
  isRead: fc.boolean(),
  isStarred: fc.boolean(),
  isDraft: fc.boolean(),
});
const message: fc.Arbitrary<HydratedMessage> = fc
  .record({
    state,
    subject: fc.constantFrom('One', 'Zwei', 'Три'),
    sender: fc.constantFrom('ann@example.org', 'Ben@example.org', 'cy@example.org', null),
    minute: fc.integer({ min: 0, max: 3 }),
    hasAttachments: fc.boolean(),
    named: fc.boolean(),
    references: fc.subarray(IDS.slice(0, 5), { maxLength: 2 }),
  })
  .map(({ state: chosen, subject, sender, minute, hasAttachments, named, references }) =>
    testMessage(chosen.remoteId, {
      ...chosen,
      subject,
      snippet: `${subject} snippet`,
      hasAttachments,
      ...(named ? {} : { internetMessageId: null }),
      references: references.map((id) => `<${id}@example.org>`),
      receivedAt: Date.UTC(2026, 1, 1, 0, minute),
      from: sender === null ? null : { name: 'Somebody', address: sender },
    }),
  );
const write: fc.Arbitrary<StoreWrite> = fc.record(
  {
    messages: fc.array(message, { maxLength: 5 }),
    states: fc.array(state, { maxLength: 4 }),
    gone: fc.array(fc.constantFrom(...IDS), { maxLength: 2 }),
    // L1 stays: nobody can click on a label that does not exist.
    places: fc.subarray(['L2', 'L3']).map((labels) => testPlaces(['L1', ...labels])),
    inventory: fc.record({
      run: fc.integer({ min: 1, max: 3 }),
      entries: fc.array(
        fc.constantFrom(...IDS).map((remoteId) => ({ remoteId, threadRemoteId: 't1' })),
        { maxLength: 4 },
      ),
    }),
    work: fc.array(
      fc.record({
        kind: fc.constantFrom('hydrate' as const, 'check' as const),
        remoteId: fc.constantFrom(...IDS),
        threadRemoteId: fc.constantFrom('t1', 't2'),
        priority: fc.integer({ min: -5, max: 5 }),
      }),
      { maxLength: 3 },
    ),
    cursors: fc.array(
      fc.record({ name: fc.constantFrom('changes' as const, 'listing' as const), value: fc.string() }),
      {
        maxLength: 2,
      },
    ),
  },
  { requiredKeys: [] },
);
const click = fc.record({ remoteId: fc.constantFrom(...IDS), isRead: fc.boolean(), add: fc.subarray(['L1', 'TRASH']) });
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: write.map((w) => ({ write: w })) },
    click.map((c) => ({ click: c })),
  ),
  {
    minLength: 1,
    maxLength: 10,
  },
);

function comparable({ messages, inventory, work, cursors, places: placeRows }: StoreSnapshot) {
  const sorted = <T extends { remoteId: string; kind?: string }>(rows: readonly T[]) =>
    [...rows].sort((a, b) => (`${a.remoteId} ${a.kind}` < `${b.remoteId} ${b.kind}` ? -1 : 1));
  return {
    // Where a hidden message would be says nothing.
    messages: sorted(messages).map(({ rowId: _, places: own, ...row }) => ({ ...row, places: row.hidden ? [] : own })),
    inventory: sorted(inventory),
    work: sorted(work),
    cursors,
    places: sorted(placeRows),
  };
}

describeOnEachDatabase('The rows of the mail store', (dialect) => {
  let database: StoreDatabase;
  let db: HostDatabase;
  let sql: Sql;

  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
    db = database.db;
    sql = new Sql(db);
  });
  afterAll(() => database.close());

  async function account(own: StoreRules = rules) {
    const accountId = database.newId();
    await createAccount(sql, accountId);
    const lease = await takeLease(sql, accountId);
    return { accountId, lease, store: createMailStore({ db, rulesOf: () => own }) };
  }

  it.each([
    ['whole', rules],
    ['split', splitting],
  ])(
    'differ from the contract, or derived rows from those they are derived from, after any writes and clicks, conversations %s',
    async (_, own) => {
      await fc.assert(
        fc.asyncProperty(steps, async (chosen) => {
          const { accountId, lease, store } = await account(own);
          const operations = createOperationStore({ db, rulesOf: () => own });
          const model = new InMemoryStore(own);
          await model.take(accountId, 'node', { kind: 'none' });
          const modelLease = { accountId, fence: 1 };
          const first = { places: testPlaces() };
          await store.commit(lease, first);
          await model.commit(modelLease, first);
          for (const step of chosen) {
            if ('write' in step) {
              await store.commit(lease, step.write);
              await model.commit(modelLease, step.write);
              continue;
            }
            const { remoteId, isRead, add } = step.click;
            const effect = { isRead, add };
            const [row] = await sql.rows(
              `SELECT "id" FROM {mailMessages} WHERE "accountId" = $1 AND "remoteId" = $2 AND "goneAt" IS NULL`,
              [accountId, remoteId],
            );
            if (!row) continue;
            await operations.apply(accountId, {
              userId: '1',
              op: 'markRead',
              messageIds: [toId(row.id)],
              effectOf: () => effect,
            });
            model.operate(accountId, remoteId, 'markRead', effect, 0);
          }
          expect(comparable(await snapshot(sql, accountId))).toEqual(comparable(model.snapshot(accountId)));
          await expectDerivedRows(sql, accountId, own);
        }),
        { numRuns: 20, seed: 20261122 },
      );
    },
    120_000,
  );

  it.each([
    ['whole', rules],
    ['split', splitting],
  ])(
    'depend on the order or the repetition of messages, conversations %s',
    async (_, own) => {
      const many = Array.from({ length: 30 }, (_, index) =>
        testMessage(`m${index}`, {
          threadRemoteId: `t${index % 7}`,
          receivedAt: Date.UTC(2026, 1, 1, 0, index % 4),
          isRead: index % 2 === 0,
          places: index % 3 ? ['INBOX'] : ['ARCHIVE', 'L1'],
          from: { name: `S${index % 6}`, address: `s${index % 6}@example.org` },
          // Answers to what may come later, and some that name nothing.
          ...(index % 5 === 0 ? { internetMessageId: null } : {}),
          ...(index % 4 === 1 ? { inReplyTo: `<m${(index * 11) % 30}@example.org>` } : {}),
          ...(index % 9 === 4 ? { isDraft: true } : {}),
        }),
      );
      const dumps: unknown[] = [];
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(many, { minLength: 30 }),
          fc.integer({ min: 1, max: 30 }),
          async (order, size) => {
            const { accountId, lease, store } = await account(own);
            await store.commit(lease, { places: testPlaces() });
            for (let start = 0; start < order.length; start += size) {
              await store.commit(lease, { messages: order.slice(start, start + size) });
              await store.commit(lease, { messages: order.slice(start, start + 2) });
            }
            const threads = await sql.rows(
              `SELECT "key", "subject", "snippet", CAST("senders" AS TEXT) AS "senders", "lastMessageAt", "unreadCount"
             FROM {mailThreads} WHERE "accountId" = $1 ORDER BY "key"`,
              [accountId],
            );
            dumps.push({ rows: comparable(await snapshot(sql, accountId)), threads });
            expect(dumps.at(-1)).toEqual(dumps[0]);
            await expectDerivedRows(sql, accountId, own);
          },
        ),
        { numRuns: 6, seed: 7 },
      );
    },
    60_000,
  );

  it('a link to a thread shows other mail because its conversation was split otherwise', async () => {
    const { accountId, lease, store } = await account(splitting);
    await store.commit(lease, { places: testPlaces() });
    const minute = (index: number) => ({ threadRemoteId: 'conv', receivedAt: Date.UTC(2026, 1, 1, 0, index) });
    const threadOf = async (remoteId: string) => {
      const [row] = await sql.rows(
        `SELECT t."id" AS "id" FROM {mailMessages} AS m JOIN {mailThreads} AS t ON t."id" = m."threadId"
          WHERE m."accountId" = $1 AND m."remoteId" = $2`,
        [accountId, remoteId],
      );
      return toId(row?.id);
    };
    await store.commit(lease, { messages: [testMessage('new', minute(9))] });
    const link = await threadOf('new');
    // Older and unrelated: it becomes the conversation's first thread and takes its key.
    await store.commit(lease, { messages: [testMessage('old', minute(1))] });
    expect(await threadOf('new')).toBe(link);
    expect(await threadOf('old')).not.toBe(link);
    const answer = { ...minute(10), inReplyTo: '<new@example.org>' };
    await store.commit(lease, { messages: [testMessage('answer', answer), testMessage('oldest', minute(0))] });
    expect(await threadOf('answer')).toBe(link);
    // What links them makes one thread of two: the one that has more keeps its row.
    const both = { ...minute(11), references: ['<old@example.org>', '<new@example.org>'] };
    await store.commit(lease, { messages: [testMessage('both', both)] });
    expect(await threadOf('both')).toBe(link);
    expect(await threadOf('old')).toBe(link);
    expect(await threadOf('oldest')).not.toBe(link);
    await expectDerivedRows(sql, accountId, splitting);
    // Both swap their keys when the oldest goes and comes back.
    await store.commit(lease, { gone: ['oldest'] });
    await store.commit(lease, { messages: [testMessage('oldest', minute(0))] });
    expect(await threadOf('both')).toBe(link);
    await store.commit(lease, { messages: [testMessage('oldest', minute(20)), testMessage('both', both)] });
    expect(await threadOf('both')).toBe(link);
    await expectDerivedRows(sql, accountId, splitting);
  });

  it('of a thread that somebody deleted stay away for ever', async () => {
    const { accountId, lease, store } = await account(splitting);
    const messages = [testMessage('a', { threadRemoteId: 'conv' }), testMessage('b', { threadRemoteId: 'conv' })];
    await store.commit(lease, { places: testPlaces(), messages });
    await sql.run(`DELETE FROM {mailThreads} WHERE "accountId" = $1`, [accountId]);
    await store.commit(lease, { messages });
    await expectDerivedRows(sql, accountId, splitting);
  });

  describe('a write', () => {
    /** The database as a process sees it that dies at the n-th statement. */
    function dying(after: number): HostDatabase {
      let statements = 0;
      return {
        inDialect: (...names: string[]) => db.inDialect(...names),
        getCollection: (name: string) => db.getCollection(name),
        fieldTypes: (database.db as unknown as { fieldTypes: unknown }).fieldTypes,
        sequelize: {
          query: (text: string, options: Record<string, unknown>) => {
            statements += 1;
            if (statements > after) throw new Error('The process died.');
            return db.sequelize.query(text, options);
          },
          transaction: (options: Record<string, unknown>, run: never) => db.sequelize.transaction(options, run),
        },
      } as unknown as HostDatabase;
    }

    it('is half-written when the process dies between two statements', async () => {
      const whole = { places: testPlaces(['L1']), messages: [testMessage('a'), testMessage('b', { places: ['L1'] })] };
      const next: StoreWrite = {
        cursors: [{ name: 'changes', value: '2' }],
        places: testPlaces(['L1', 'L2']),
        messages: [testMessage('c'), testMessage('a', { subject: 'Changed' })],
        states: [{ ...testMessage('b').envelope, isRead: true, places: ['L1', 'L2'] }],
        gone: ['b'],
        inventory: { run: 4, entries: [{ remoteId: 'x', threadRemoteId: 't' }] },
        work: [{ kind: 'hydrate', remoteId: 'x', threadRemoteId: 't', priority: 1 }],
        account: { remoteTotal: 3 },
      };
      let completed = false;
      for (let after = 0; !completed; after += 1) {
        const { accountId, lease, store } = await account();
        await store.commit(lease, whole);
        const before = comparable(await snapshot(sql, accountId));
        try {
          await createMailStore({ db: dying(after), rulesOf }).commit(lease, next);
          completed = true;
          expect(after).toBeGreaterThan(15);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
          expect(comparable(await snapshot(sql, accountId))).toEqual(before);
        }
        await expectDerivedRows(sql, accountId);
        // What died is simply done again.
        await store.commit(lease, next);
        expect((await snapshot(sql, accountId)).cursors.get('changes')).toBe('2');
      }
    }, 60_000);

    it('that is too big for one transaction says that it is done before it is, or loses a message', async () => {
      const messages = Array.from({ length: 130 }, (_, index) => testMessage(`big${index}`));
      const big: StoreWrite = { messages, cursors: [{ name: 'changes', value: '9' }] };
      expect(splitWrite(big).length).toBeGreaterThan(2);
      let after = 5;
      for (;;) {
        const { accountId, lease, store } = await account();
        await store.commit(lease, { places: testPlaces() });
        const outcome = await createMailStore({ db: dying(after), rulesOf })
          .commit(lease, big)
          .then(
            () => 'done' as const,
            () => 'died' as const,
          );
        const rows = await snapshot(sql, accountId);
        if (rows.cursors.get('changes') === '9') expect(rows.messages).toHaveLength(130);
        await expectDerivedRows(sql, accountId);
        await store.commit(lease, big);
        expect((await snapshot(sql, accountId)).messages).toHaveLength(130);
        if (outcome === 'done') break;
        after += 9;
      }
    }, 60_000);

    it('that changes nothing writes rows all the same', async () => {
      const { accountId, lease, store } = await account();
      const messages = [testMessage('a'), testMessage('b', { places: ['INBOX', 'L1'], threadRemoteId: 't-a' })];
      const again: StoreWrite = {
        places: testPlaces(),
        messages,
        states: messages.map(({ envelope }) => envelope),
        inventory: { run: 2, entries: [{ remoteId: 'a', threadRemoteId: 't-a' }] },
        cursors: [{ name: 'changes', value: '5' }],
        workDone: [{ kind: 'hydrate', remoteId: 'a' }],
      };
      await store.commit(lease, again);
      let changed = 0;
      const counting = {
        ...dying(Number.POSITIVE_INFINITY),
        sequelize: {
          query: (text: string, options: Record<string, unknown>) => db.sequelize.query(text, options),
          transaction: (options: Record<string, unknown>, run: (transaction: object) => Promise<unknown>) =>
            db.sequelize.transaction(options, async (transaction) => {
              const before = await rowsWritten(transaction);
              const result = await run(transaction);
              changed += (await rowsWritten(transaction)) - before;
              return result;
            }),
        },
      } as unknown as HostDatabase;
      const unchanged = createMailStore({ db: counting, rulesOf });
      await unchanged.commit(lease, again);
      // The proof of the lease.
      expect(changed).toBe(1);
      await unchanged.commit(lease, { states: [{ ...messages[0]!.envelope, isRead: true }] });
      expect(changed).toBeGreaterThan(3);
      await expectDerivedRows(sql, accountId);
    });

    async function rowsWritten(transaction: object): Promise<number> {
      const text =
        dialect === 'sqlite'
          ? 'SELECT total_changes() AS "n"'
          : `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) AS "n" FROM pg_stat_xact_user_tables`;
      const [row] = await sql.rows(text, [], transaction);
      return Number(row?.n);
    }

    it('of two runners is made by both', async () => {
      const { accountId, store } = await account();
      const leases = createLeaseStore(db);
      const row = (await leases.read(accountId))!;
      const stale = { kind: 'stale', fence: row.fence, beat: row.beat } as const;
      const taken = await Promise.all(['n1', 'n2', 'n3'].map((owner) => leases.take(accountId, owner, stale)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      await expect(
        store.commit({ accountId, fence: row.fence }, { cursors: [{ name: 'changes', value: '1' }] }),
      ).rejects.toBeInstanceOf(LeaseLostError);
      const now = (await leases.read(accountId))!;
      expect(now.fence).toBe(row.fence + 1);
      expect(await leases.renew(accountId, now.fence)).toBe(true);
      expect((await leases.read(accountId))!.beat).toBe(now.beat + 1);
      expect(await leases.take(accountId, 'n4', { kind: 'stale', fence: now.fence, beat: now.beat })).toBe(false);
      expect(await leases.release(accountId, row.fence, null)).toBe(false);
      expect(await leases.release(accountId, now.fence, 77)).toBe(true);
      expect(await leases.take(accountId, 'n5', { kind: 'free', fence: now.fence })).toBe(true);
      expect(await leases.take(accountId, 'n6', { kind: 'none' })).toBe(false);
      const other = database.newId();
      expect(await leases.read(other)).toBeNull();
      expect(await leases.take(other, 'n', { kind: 'none' })).toBe(true);
      expect(await leases.read(other)).toMatchObject({ owner: 'n', fence: 1 });
    });

    it('and a click at the same time lose one of the two', async () => {
      const { accountId, lease, store } = await account();
      await store.commit(lease, { places: testPlaces(), messages: [testMessage('a')] });
      const [row] = await sql.rows(`SELECT "id" FROM {mailMessages} WHERE "accountId" = $1`, [accountId]);
      const operations = createOperationStore({ db, rulesOf });
      for (let turn = 0; turn < 6; turn += 1) {
        const isStarred = turn % 2 === 0;
        await Promise.all([
          store.commit(lease, {
            states: [{ ...testMessage('a').envelope, isStarred: false, places: ['INBOX', 'L1'] }],
          }),
          operations.apply(accountId, {
            userId: '1',
            op: isStarred ? 'star' : 'unstar',
            messageIds: [toId(row?.id)],
            effectOf: () => ({ isStarred }),
          }),
        ]);
        const [message] = (await snapshot(sql, accountId)).messages;
        expect(message).toMatchObject({ isStarred, places: ['INBOX', 'L1'] });
      }
      expect(await store.pendingOperations(accountId, 20)).toHaveLength(6);
    });
  });
});
