import { BATCH, deleteBatch, SMALL_BATCH } from './batches';
import { Sql, toId, type HostDatabase } from './sql';

const DAY_MS = 86_400_000;

export interface RetentionTimes {
  /** How long a message that its provider deleted is kept hidden. */
  readonly goneDays: number;
  readonly runDays: number;
  readonly conflictDays: number;
}

const KEEP: RetentionTimes = { goneDays: 30, runDays: 14, conflictDays: 30 };

export interface Retention {
  /** Deletes what has been kept long enough, in short transactions; returns the number of rows of all kinds. */
  run(stop?: AbortSignal): Promise<number>;
}

export function createRetention(options: {
  readonly db: HostDatabase;
  readonly now?: () => number;
  readonly keep?: Partial<RetentionTimes>;
}): Retention {
  const sql = new Sql(options.db);
  const now = options.now ?? Date.now;
  const keep = { ...KEEP, ...options.keep };

  async function repeat(step: () => Promise<number>, stop?: AbortSignal): Promise<number> {
    let total = 0;
    for (;;) {
      if (stop?.aborted) return total;
      const count = await step();
      if (count === 0) return total;
      total += count;
    }
  }

  return {
    async run(stop) {
      const before = (days: number) => now() - days * DAY_MS;
      const accounts = await sql.rows(`SELECT "id" FROM {mailAccounts}`, []);
      let total = await repeat(() => purgeGone(sql, before(keep.goneDays)), stop);
      for (const row of accounts) {
        const accountId = toId(row.id);
        const runs = `"accountId" = $1 AND "startedAt" < ${sql.timeParameter(2)}`;
        const binds = [accountId, sql.time(before(keep.runDays))];
        total += await repeat(() => deleteBatch(sql, 'mailSyncRuns', runs, binds, BATCH), stop);
        const conflicts = `"accountId" = $1 AND "status" = 'conflicted' AND "createdAt" < $2`;
        const since = [accountId, before(keep.conflictDays)];
        total += await repeat(() => deleteBatch(sql, 'mailOperations', conflicts, since, BATCH), stop);
      }
      const expired = `"expiresAt" < ${sql.timeParameter(1)}`;
      total += await repeat(() => deleteBatch(sql, 'mailOAuthStates', expired, [sql.time(before(1))], BATCH), stop);
      return total;
    },
  };
}

/** Messages hidden for long enough, with their bodies, attachments and closed inventory rows. */
function purgeGone(sql: Sql, goneBefore: number): Promise<number> {
  return sql.transaction(async (transaction) => {
    const gone = await sql.rows(
      `SELECT "id", "accountId", "remoteId" FROM {mailMessages}
        WHERE "goneAt" IS NOT NULL AND "goneAt" < ${sql.timeParameter(1)} ORDER BY "goneAt" LIMIT ${SMALL_BATCH}`,
      [sql.time(goneBefore)],
      transaction,
    );
    if (gone.length === 0) return 0;
    const ids = JSON.stringify(gone.map((row) => toId(row.id)));
    for (const table of ['mailPlacements', 'mailParticipants', 'mailSearch', 'mailAttachments', 'mailBodies']) {
      await sql.run(`DELETE FROM {${table}} WHERE "messageId" IN ${sql.ids(1)}`, [ids], transaction);
    }
    await sql.run(`DELETE FROM {mailMessages} WHERE "id" IN ${sql.ids(1)}`, [ids], transaction);
    const closed = gone.map((row) => ({ accountId: toId(row.accountId), remoteId: String(row.remoteId) }));
    await sql.run(
      `DELETE FROM {mailInventory} WHERE "closed" AND ("accountId", "remoteId") IN
         (SELECT r."accountId", r."remoteId" FROM ${sql.records(1, { accountId: 'id', remoteId: 'text' })} AS r)`,
      [sql.pack(closed)],
      transaction,
    );
    return gone.length;
  });
}
