import { toId, type Bind, type Sql } from './sql';

/** Rows that one transaction deletes at most; of those that hold bodies far fewer. */
export const SMALL_BATCH = 40;
export const BATCH = 400;

/** The tables that hold what belongs to a message, by `messageId`. */
const MESSAGE_PARTS = ['mailPlacements', 'mailParticipants', 'mailSearch', 'mailAttachments', 'mailBodies'] as const;

/** Deletes up to `limit` rows of a table in one short transaction and tells how many there were. */
export function deleteBatch(
  sql: Sql,
  table: string,
  where: string,
  binds: readonly Bind[],
  limit: number,
): Promise<number> {
  const row = sql.isPostgres ? 'ctid' : 'rowid';
  return sql.transaction(async (transaction) => {
    const deleted = await sql.rows(
      `DELETE FROM {${table}} WHERE ${row} IN (SELECT ${row} FROM {${table}} WHERE ${where} LIMIT ${limit}) RETURNING 1 AS "one"`,
      binds,
      transaction,
    );
    return deleted.length;
  });
}

/** Deletes up to `limit` messages with everything that hangs on them. Their threads must have been seen to before. */
export function deleteMessageBatch(sql: Sql, where: string, binds: readonly Bind[], limit: number): Promise<number> {
  return sql.transaction(async (transaction) => {
    const found = await sql.rows(`SELECT "id" FROM {mailMessages} WHERE ${where} LIMIT ${limit}`, binds, transaction);
    if (found.length === 0) return 0;
    const ids = JSON.stringify(found.map((row) => toId(row.id)));
    for (const table of MESSAGE_PARTS) {
      await sql.run(`DELETE FROM {${table}} WHERE "messageId" IN ${sql.ids(1)}`, [ids], transaction);
    }
    await sql.run(`DELETE FROM {mailMessages} WHERE "id" IN ${sql.ids(1)}`, [ids], transaction);
    return found.length;
  });
}
