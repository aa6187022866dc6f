import { BATCH } from './batches';
import { Sql, type HostDatabase } from './sql';

const OWNED = ['mailFolders', 'mailLabels', 'mailThreads', 'mailMessages', 'mailParticipants'] as const;

/** Writes the owner that an account's rows show, in short transactions. May be stopped, and called again. */
export async function reassignRows(
  db: HostDatabase,
  accountId: string,
  userId: string,
  stop?: AbortSignal,
): Promise<void> {
  const sql = new Sql(db);
  const row = sql.isPostgres ? 'ctid' : 'rowid';
  for (const name of OWNED) {
    let changed = BATCH;
    while (changed === BATCH && !stop?.aborted) {
      changed = await sql.transaction(async (transaction) => {
        const rows = await sql.rows(
          `UPDATE {${name}} SET "userId" = ${sql.idParameter(2)} WHERE ${row} IN (
             SELECT ${row} FROM {${name}}
              WHERE "accountId" = $1 AND "userId" IS DISTINCT FROM ${sql.idParameter(2)} LIMIT ${BATCH})
           RETURNING 1 AS "one"`,
          [accountId, userId],
          transaction,
        );
        return rows.length;
      });
    }
  }
}
