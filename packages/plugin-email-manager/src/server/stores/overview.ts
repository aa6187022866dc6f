import type { AccountOverview, CursorName, CursorWrite } from '@email-manager/mail-engine/ports/mail-store';
import type { Columns, Sql, Transaction } from './sql';

const CURSOR_COLUMNS = { accountId: 'id', name: 'text', value: 'text', updatedAt: 'time' } as const satisfies Columns;

export async function writeCursors(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  cursors: readonly CursorWrite[],
  now: number,
): Promise<void> {
  const last = new Map(cursors.map(({ name, value }) => [name, value]));
  const removed = [...last].filter(([, value]) => value === null).map(([name]) => name);
  const kept = [...last].filter(([, value]) => value !== null);
  if (removed.length > 0) {
    await sql.run(
      `DELETE FROM {mailCursors} WHERE "accountId" = $1 AND "name" IN ${sql.texts(2)}`,
      [accountId, JSON.stringify(removed)],
      transaction,
    );
  }
  if (kept.length > 0) {
    const rows = kept.map(([name, value]) => ({ accountId, name, value, updatedAt: sql.time(now) }));
    const conflict = `("accountId", "name") DO UPDATE SET "value" = excluded."value", "updatedAt" = excluded."updatedAt"
      WHERE t."value" IS DISTINCT FROM excluded."value"`;
    await sql.run(sql.insert('mailCursors', CURSOR_COLUMNS, conflict), [sql.pack(rows)], transaction);
  }
}

export async function readCursor(sql: Sql, accountId: string, name: CursorName): Promise<string | null> {
  const [row] = await sql.rows(`SELECT "value" FROM {mailCursors} WHERE "accountId" = $1 AND "name" = $2`, [
    accountId,
    name,
  ]);
  return row ? String(row.value) : null;
}

/** One statement: an idle poll asks no more. */
export async function readOverview(sql: Sql, accountId: string, now: number): Promise<AccountOverview> {
  const rows = await sql.rows(
    `SELECT 'cursor' AS "line", "name", "value", 0 AS "count", 0 AS "ready", 0 AS "next"
       FROM {mailCursors} WHERE "accountId" = $1 AND "name" NOT LIKE 'audit:%'
     UNION ALL
     SELECT 'operations', NULL, NULL, count(*), 0, 0 FROM (
       SELECT 1 AS "one" FROM {mailOperations} WHERE "accountId" = $1 AND "status" = 'applied' LIMIT 1) AS o
     UNION ALL
     SELECT 'work', "status", NULL, count(*), sum(CASE WHEN "notBefore" <= $2 THEN 1 ELSE 0 END), min("notBefore")
       FROM {mailWorkItems} WHERE "accountId" = $1 GROUP BY "status"`,
    [accountId, Math.trunc(now)],
  );
  const cursors = new Map<CursorName, string>();
  let hasOperations = false;
  const work = { pending: 0, quarantined: 0, running: 0, nextNotBefore: null as number | null };
  for (const row of rows) {
    if (row.line === 'cursor') cursors.set(row.name as CursorName, String(row.value));
    else if (row.line === 'operations') hasOperations = Number(row.count) > 0;
    else {
      const status = row.name as 'pending' | 'quarantined' | 'running';
      work[status] = Number(row.count);
      if (status === 'pending' && Number(row.ready) === 0) work.nextNotBefore = Number(row.next);
    }
  }
  return { cursors, hasOperations, work };
}
