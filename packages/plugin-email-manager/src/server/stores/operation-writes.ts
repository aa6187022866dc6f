import type { OperationWrite } from '@email-manager/mail-engine/ports/mail-store';
import { cleanText, type Columns, type Sql, type Transaction } from './sql';

const OPERATION_COLUMNS = {
  id: 'id',
  status: 'text',
  pushedAt: 'int',
  attempts: 'int',
  error: 'text',
} as const satisfies Columns;

export async function writeOperations(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  operations: readonly OperationWrite[],
): Promise<void> {
  const last = [...new Map(operations.map((operation) => [operation.id, operation])).values()];
  if (last.length === 0) return;
  const rows = last.map(({ id, status, pushedAt, attempts, error }) => ({
    id,
    status,
    pushedAt: pushedAt === undefined ? null : Math.trunc(pushedAt),
    attempts: attempts ?? null,
    error: error === undefined ? null : cleanText(error, 2000),
  }));
  await sql.run(
    `UPDATE {mailOperations} AS o
        SET "status" = r."status", "pushedAt" = coalesce(r."pushedAt", o."pushedAt"),
            "attempts" = coalesce(r."attempts", o."attempts"), "error" = coalesce(r."error", o."error")
       FROM ${sql.records(2, OPERATION_COLUMNS)} AS r WHERE o."accountId" = $1 AND o."id" = r."id"`,
    [accountId, sql.pack(rows)],
    transaction,
  );
}

export async function retireOperations(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  pushedBefore: number,
): Promise<void> {
  await sql.run(
    `DELETE FROM {mailOperations} WHERE "accountId" = $1 AND "status" = 'pushed' AND "pushedAt" < $2`,
    [accountId, Math.trunc(pushedBefore)],
    transaction,
  );
}
