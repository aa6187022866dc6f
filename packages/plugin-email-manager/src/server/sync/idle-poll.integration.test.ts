import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Account } from '../../shared/api';
import { bootMailApp, eventually, type MailApp, type TestUser } from '../testing/mail-app';

const ANN = 'ann@gmail.example';

type Query = (sql: string | { query: string }, options?: unknown) => Promise<unknown>;

describeOnEachDatabase('an idle poll', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let account: Account;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: { accounts: [{ address: ANN, name: 'Ann', messages: 10, seed: 9, profile: 'tiny' }] },
    });
    await app.configure();
    ann = await app.createUser('Ann');
    account = await app.connect(ann.token, ANN);
    account = await app.synced(ann.token, account.id);
  });
  afterAll(() => app?.stop());

  /** One click on "Sync emails", until the feed was read again. */
  const poll = async () => {
    const before = account.lastSyncedAt;
    await app.post(`mailAccounts:sync?filterByTk=${account.id}`, ann.token);
    await eventually('the poll', async () => {
      account = (await app.get(`mailAccounts:get?filterByTk=${account.id}`, ann.token)).body.data as Account;
      return account.lastSyncedAt !== before;
    });
  };

  it('asks the provider once and the database three times', async () => {
    const statements: string[] = [];
    const sequelize = app.db.sequelize as unknown as { query: Query };
    const original = sequelize.query;
    sequelize.query = function (this: unknown, sql, options) {
      statements.push(typeof sql === 'string' ? sql : sql.query);
      return original.call(this, sql, options);
    };
    // The lease, the overview and the lease again: the click's own statements touch none of these tables for writing.
    // The run log is not counted: the line of the poll before may be written at any moment after it.
    const ofThePoll = () =>
      statements
        .map((sql) => sql.trim().replace(/"public"\./g, ''))
        .filter((sql) =>
          /UPDATE "?mailLeases|FROM "?[^ ]*mailCursors"? WHERE "accountId" = |mailGrants|UPDATE "?mailAccounts/.test(
            sql,
          ),
        )
        .map((sql) => sql.slice(0, 60));
    let seen = { calls: {} as Record<string, number>, statements: [] as string[] };
    const isIdle = () => seen.calls['history.list'] === 1 && seen.statements.length === 3;
    try {
      // The first ones after a sync still have something to settle, and one that begins while another ends is mixed with it.
      for (let tries = 0; tries < 8 && !isIdle(); tries += 1) {
        statements.length = 0;
        app.google.control.resetCounters();
        await poll();
        seen = { calls: app.google.control.counters().calls, statements: ofThePoll() };
      }
    } finally {
      sequelize.query = original;
    }
    expect(seen.calls).toEqual({ 'history.list': 1 });
    expect(seen.statements).toHaveLength(3);
  });
});
