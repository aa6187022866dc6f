import type { ListEntry } from '@email-manager/mail-engine/model/change';
import type { InventoryTotals, InventoryWrite } from '@email-manager/mail-engine/ports/mail-store';
import type { Columns, Sql, Transaction } from './sql';

const INVENTORY_COLUMNS = {
  accountId: 'id',
  remoteId: 'text',
  threadRemoteId: 'text',
  run: 'int',
  closed: 'bool',
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
    `DO UPDATE SET "run" = CASE WHEN excluded."run" > t."run" THEN excluded."run" ELSE t."run" END, "closed" = false
      WHERE excluded."run" > t."run" OR t."closed"`,
  );
}

/** Messages that are here stand in the inventory, listed or not. */
export async function openInventory(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  entries: readonly ListEntry[],
): Promise<void> {
  await upsert(sql, transaction, accountId, 0, entries, 'DO UPDATE SET "closed" = false WHERE t."closed"');
}

async function upsert(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  run: number,
  entries: readonly ListEntry[],
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
