import type { LeaseStore } from '@email-manager/mail-engine/ports/lease-store';
import { Sql, type HostDatabase, type Row } from '../stores/sql';

/** The engine's LeaseStore on mailLeases. Each call is one statement; on SQLite it takes its turn in the write queue. */
export function createLeaseStore(db: HostDatabase): LeaseStore {
  const sql = new Sql(db);
  const write = (text: string, binds: readonly (string | number | null)[]): Promise<Row[]> =>
    sql.urgentTransaction((transaction) => sql.rows(text, binds, transaction));

  return {
    async read(accountId) {
      const [row] = await sql.rows(`SELECT "owner", "fence", "beat" FROM {mailLeases} WHERE "accountId" = $1`, [
        accountId,
      ]);
      if (!row) return null;
      const owner = row.owner === null || row.owner === undefined ? null : String(row.owner);
      return { accountId, owner, fence: Number(row.fence), beat: Number(row.beat) };
    },

    async take(accountId, owner, expected) {
      if (expected.kind === 'none') {
        const created = await write(
          `INSERT INTO {mailLeases} ("accountId", "owner", "fence", "beat", "writes") VALUES ($1, $2, 1, 0, 0)
           ON CONFLICT ("accountId") DO NOTHING RETURNING "fence"`,
          [accountId, owner],
        );
        return created.length > 0;
      }
      const isFree = expected.kind === 'free';
      const taken = await write(
        `UPDATE {mailLeases} SET "owner" = $2, "fence" = "fence" + 1, "beat" = "beat" + 1
          WHERE "accountId" = $1 AND "fence" = $3 AND ${isFree ? '"owner" IS NULL' : '"beat" = $4'} RETURNING "fence"`,
        isFree ? [accountId, owner, expected.fence] : [accountId, owner, expected.fence, expected.beat],
      );
      return taken.length > 0;
    },

    async renew(accountId, fence) {
      const renewed = await write(
        `UPDATE {mailLeases} SET "beat" = "beat" + 1 WHERE "accountId" = $1 AND "fence" = $2 RETURNING "beat"`,
        [accountId, fence],
      );
      return renewed.length > 0;
    },

    async release(accountId, fence, polledAt) {
      const released = await write(
        `UPDATE {mailLeases} SET "owner" = NULL, "polledAt" = coalesce($3, "polledAt")
          WHERE "accountId" = $1 AND "fence" = $2 RETURNING "fence"`,
        [accountId, fence, polledAt === null ? null : Math.trunc(polledAt)],
      );
      return released.length > 0;
    },
  };
}
