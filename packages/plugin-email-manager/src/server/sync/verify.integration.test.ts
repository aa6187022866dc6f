import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Account, AuditReport } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, eventually, type MailApp, type TestUser } from '../testing/mail-app';

const ANN = 'ann@gmail.example';
const LOST = 25;

describeOnEachDatabase('Verify mailbox, with a start date', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let account: Account;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: { accounts: [{ address: ANN, name: 'Ann', messages: 400, seed: 5, profile: 'demo' }] },
    });
    await app.configure({ syncIntervalSeconds: 15 });
    ann = await app.createUser('Ann');
    account = await app.connect(ann.token, ANN);
    await app.post(`mailAccounts:update?filterByTk=${account.id}`, ann.token, { syncFrom: null });
    account = await app.synced(ann.token, account.id);
    // A later start takes nothing away: what is older stays, as it does when it came along with its conversation.
    const middle = Object.values(truth())
      .map(({ internalDate }) => internalDate)
      .sort((a, b) => a - b)[350];
    const update = { syncFrom: new Date(middle ?? 0).toISOString() };
    await app.post(`mailAccounts:update?filterByTk=${account.id}`, ann.token, update);
    account = await app.synced(ann.token, account.id);
  });
  afterAll(() => app?.stop());

  const truth = () => app.google.control.truth({ account: ANN }).messages;
  const query = async (statement: string): Promise<Record<string, unknown>[]> =>
    (await trusted('test', () => app.db.sequelize.query(statement, { type: 'SELECT', raw: true }))) as never;
  const ask = async (action: 'verify' | 'repair', missing: number): Promise<AuditReport> => {
    await app.post(`mailAccounts:${action}?filterByTk=${account.id}`, ann.token);
    let report: AuditReport | null = null;
    await eventually(
      action,
      async () => {
        report = (await app.get(`mailAccounts:verify?filterByTk=${account.id}`, ann.token)).body.data as AuditReport;
        return report.status === 'done' && (action === 'verify' || report.missing === missing);
      },
      () => JSON.stringify(report),
    );
    return report!;
  };

  it('overlooks rows that were deleted by hand and are older than the start, or does not bring them back', async () => {
    const first = await ask('verify', 0);
    expect(first).toMatchObject({ provider: 400, here: 400, missing: 0, extra: 0, older: 0 });

    const rows = await query(
      'SELECT "id", "remoteId" FROM "mailMessages" WHERE "goneAt" IS NULL ORDER BY "receivedAt"',
    );
    const lost = [...rows.slice(0, 13), ...rows.slice(-12)];
    const start = Date.parse(account.syncFrom ?? '');
    const older = lost.filter(({ remoteId }) => (truth()[String(remoteId)]?.internalDate ?? 0) < start);
    expect(older.length).toBeGreaterThanOrEqual(13);
    const ids = lost.map(({ id }) => String(id)).join(', ');
    await query(`DELETE FROM "mailMessages" WHERE "id" IN (${ids}) RETURNING "id"`);

    const second = await ask('verify', LOST);
    expect(second).toMatchObject({ provider: first.provider, missing: LOST, extra: 0, older: first.older });
    expect(second.here).toBe((first.here ?? 0) - LOST);
    expect(await ask('repair', 0)).toMatchObject({ provider: first.provider, here: first.here, missing: 0, extra: 0 });
    const back = await query('SELECT "remoteId" FROM "mailMessages" WHERE "goneAt" IS NULL');
    expect(new Set(back.map(({ remoteId }) => remoteId))).toEqual(new Set(rows.map(({ remoteId }) => remoteId)));
  });
});
