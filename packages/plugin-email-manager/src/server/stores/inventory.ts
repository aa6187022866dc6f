import type { ListEntry } from '@email-manager/mail-engine/model/change';
import type { InventoryTotals, InventoryWrite } from '@email-manager/mail-engine/ports/mail-store';
import type { Columns, Sql, Transaction } from './sql';

const INVENTORY_COLUMNS = {
  accountId: 'id',
  remoteId: 'text',
  threadRemoteId: 'text',
  run: 'int',
  closed: 'bool',
  hydrated: 'bool',
} as const satisfies Columns;

export async function writeInventory(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  { run, entries }: InventoryWrite,
): Promise<void> {
  await upsert(
    sql,
    transaction,
    accountId,
    run,
    entries,
    false,
    `DO UPDATE SET "run" = CASE WHEN excluded."run" > t."run" THEN excluded."run" ELSE t."run" END, "closed" = false
      WHERE excluded."run" > t."run" OR t."closed"`,
  );
}

/**
 * Messages that are stored stand in the inventory, listed or not, and it remembers that they were: should their rows
 * disappear without the provider's word, a verification misses them.
 */
export async function openInventory(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  entries: readonly ListEntry[],
): Promise<void> {
  const conflict = 'DO UPDATE SET "closed" = false, "hydrated" = true WHERE t."closed" OR NOT t."hydrated"';
  await upsert(sql, transaction, accountId, 0, entries, true, conflict);
}

async function upsert(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  run: number,
  entries: readonly ListEntry[],
  hydrated: boolean,
  conflict: string,
) {
  const unique = new Map(entries.map(({ remoteId, threadRemoteId }) => [remoteId, threadRemoteId]));
  if (unique.size === 0) return;
  const rows = [...unique].map(([remoteId, threadRemoteId]) => ({
    accountId,
    remoteId,
    threadRemoteId,
    run,
    closed: false,
    hydrated,
  }));
  await sql.run(
    sql.insert('mailInventory', INVENTORY_COLUMNS, `("accountId", "remoteId") ${conflict}`),
    [sql.pack(rows)],
    transaction,
  );
}

export async function closeInventory(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  remoteIds: readonly string[],
): Promise<void> {
  await sql.run(
    `UPDATE {mailInventory} SET "closed" = true
      WHERE "accountId" = $1 AND "remoteId" IN ${sql.texts(2)} AND NOT "closed"`,
    [accountId, JSON.stringify(remoteIds)],
    transaction,
  );
}

export async function inventoryNotSeenIn(
  sql: Sql,
  accountId: string,
  run: number,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql.rows(
    `SELECT "remoteId" FROM {mailInventory}
      WHERE "accountId" = $1 AND "run" < $2 AND NOT "closed" ${after === null ? '' : 'AND "remoteId" > $4'}
      ORDER BY "remoteId" LIMIT $3`,
    after === null ? [accountId, run, limit] : [accountId, run, limit, after],
  );
  return rows.map((row) => String(row.remoteId));
}

export async function lostIds(
  sql: Sql,
  accountId: string,
  remoteIds: readonly string[],
  run: number,
): Promise<Set<string>> {
  if (remoteIds.length === 0) return new Set();
  const rows = await sql.rows(
    `SELECT i."remoteId" FROM {mailInventory} AS i
      WHERE i."accountId" = $1 AND i."run" < $2 AND i."hydrated" AND i."remoteId" IN ${sql.texts(3)}
        AND NOT EXISTS (SELECT 1 FROM {mailMessages} AS m
          WHERE m."accountId" = i."accountId" AND m."remoteId" = i."remoteId" AND m."goneAt" IS NULL)`,
    [accountId, run, JSON.stringify(remoteIds)],
  );
  return new Set(rows.map((row) => String(row.remoteId)));
}

/**
 * Rows of a database whose inventory did not remember yet what was stored: whatever is here now was. What had been
 * deleted by hand before stays unknown.
 */
export async function rememberStoredMessages(sql: Sql): Promise<void> {
  await sql.urgentTransaction((transaction) =>
    sql.run(
      `UPDATE {mailInventory} SET "hydrated" = true WHERE NOT "hydrated" AND EXISTS (
         SELECT 1 FROM {mailMessages} AS m
          WHERE m."accountId" = {mailInventory}."accountId" AND m."remoteId" = {mailInventory}."remoteId")`,
      [],
      transaction,
    ),
  );
}

export async function inventoryTotals(sql: Sql, accountId: string, run: number): Promise<InventoryTotals> {
  const [row] = await sql.rows(
    `SELECT count(*) AS "listed", count(m."id") AS "here" FROM {mailInventory} AS i
       LEFT JOIN {mailMessages} AS m
         ON m."accountId" = i."accountId" AND m."remoteId" = i."remoteId" AND m."goneAt" IS NULL
      WHERE i."accountId" = $1 AND i."run" >= $2 AND NOT i."closed"`,
    [accountId, run],
  );
  return { listed: Number(row?.listed ?? 0), here: Number(row?.here ?? 0) };
}
