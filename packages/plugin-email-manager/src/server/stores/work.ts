import type { WorkCounts } from '@email-manager/mail-engine/ports/mail-store';
import {
  STRIKES,
  type NewWork,
  type WorkFailure,
  type WorkItem,
  type WorkKey,
  type WorkKind,
} from '@email-manager/mail-engine/model/work';
import { cleanText, type Columns, type Row, type Sql, type Transaction } from './sql';

const WORK_COLUMNS = {
  id: 'id',
  accountId: 'id',
  kind: 'text',
  remoteId: 'text',
  threadRemoteId: 'text',
  status: 'text',
  priority: 'int',
  attempts: 'int',
  notBefore: 'int',
  updatedAt: 'time',
} as const satisfies Columns;

const KEY_COLUMNS = { kind: 'text', remoteId: 'text' } as const satisfies Columns;

export async function addWork(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  work: readonly NewWork[],
  newId: () => string,
  now: number,
): Promise<void> {
  const highest = new Map<string, NewWork>();
  const revived = new Map<string, WorkKey>();
  for (const item of work) {
    const key = `${item.kind} ${item.remoteId}`;
    const known = highest.get(key);
    if (!known || item.priority > known.priority) highest.set(key, item);
    if (item.revive) revived.set(key, item);
  }
  if (highest.size === 0) return;
  const rows = [...highest.values()].map(({ kind, remoteId, threadRemoteId, priority }) => ({
    id: newId(),
    accountId,
    kind,
    remoteId,
    threadRemoteId,
    status: 'pending',
    priority: Math.trunc(priority),
    attempts: 0,
    notBefore: 0,
    updatedAt: sql.time(now),
  }));
  const conflict = `("accountId", "kind", "remoteId") DO UPDATE SET "priority" = excluded."priority"
    WHERE excluded."priority" > t."priority"`;
  await sql.run(sql.insert('mailWorkItems', WORK_COLUMNS, conflict), [sql.pack(rows)], transaction);
  if (revived.size > 0) {
    await sql.run(
      `UPDATE {mailWorkItems} SET "status" = 'pending', "attempts" = 0, "notBefore" = 0, "error" = NULL, "message" = NULL
        WHERE "accountId" = $1 AND "status" = 'quarantined' AND ("kind", "remoteId") IN ${keys(sql, 2)}`,
      [accountId, sql.pack(keyRows([...revived.values()]))],
      transaction,
    );
  }
}

export async function finishWork(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  done: readonly WorkKey[],
): Promise<void> {
  if (done.length === 0) return;
  await sql.run(
    `DELETE FROM {mailWorkItems} WHERE "accountId" = $1 AND ("kind", "remoteId") IN ${keys(sql, 2)}`,
    [accountId, sql.pack(keyRows(done))],
    transaction,
  );
}

const FAILURE_COLUMNS = {
  ...KEY_COLUMNS,
  error: 'text',
  message: 'text',
  notItsFault: 'bool',
  notBefore: 'int',
} as const satisfies Columns;

export async function failWork(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  failures: readonly WorkFailure[],
  now: number,
): Promise<void> {
  if (failures.length === 0) return;
  const rows = [...new Map(failures.map((failure) => [`${failure.kind} ${failure.remoteId}`, failure])).values()].map(
    (failure) => ({
      kind: failure.kind,
      remoteId: failure.remoteId,
      error: failure.error,
      message: cleanText(failure.message, 2000),
      notItsFault: failure.notItsFault,
      notBefore: Math.trunc(failure.notBefore),
    }),
  );
  const excused = sql.isPostgres ? 'r."notItsFault"' : 'r."notItsFault" = 1';
  await sql.run(
    `UPDATE {mailWorkItems} AS w
        SET "status" = CASE WHEN NOT (${excused}) AND w."attempts" >= ${STRIKES} THEN 'quarantined' ELSE 'pending' END,
            "attempts" = CASE WHEN ${excused} AND w."attempts" > 0 THEN w."attempts" - 1 ELSE w."attempts" END,
            "notBefore" = r."notBefore", "error" = r."error", "message" = r."message",
            "updatedAt" = ${sql.timeParameter(3)}
       FROM ${sql.records(2, FAILURE_COLUMNS)} AS r
      WHERE w."accountId" = $1 AND w."kind" = r."kind" AND w."remoteId" = r."remoteId" AND w."status" = 'running'`,
    [accountId, sql.pack(rows), sql.time(now)],
    transaction,
  );
}

/** Items of ids that do not exist any more. */
export async function dropWork(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  remoteIds: readonly string[],
): Promise<void> {
  // The unique index begins with account and kind.
  await sql.run(
    `DELETE FROM {mailWorkItems}
      WHERE "accountId" = $1 AND "kind" IN ('hydrate', 'check') AND "remoteId" IN ${sql.texts(2)}`,
    [accountId, JSON.stringify(remoteIds)],
    transaction,
  );
}

export async function claimWork(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  kind: WorkKind,
  limit: number,
  now: number,
): Promise<WorkItem[]> {
  const candidates = await sql.rows(
    `SELECT "id", "threadRemoteId", "attempts" FROM {mailWorkItems}
      WHERE "accountId" = $1 AND "kind" = $2 AND "status" = 'pending' AND "notBefore" <= $3
      ORDER BY "priority" DESC, "id" LIMIT $4`,
    [accountId, kind, Math.trunc(now), Math.max(1, limit)],
    transaction,
  );
  const first = candidates[0];
  if (!first) return [];
  const isAlone = Number(first.attempts) > 0;
  const taken = isAlone ? [first] : candidates.filter((row) => Number(row.attempts) === 0);
  const ids = new Set(taken.map((row) => String(row.id)));
  if (kind === 'hydrate' && !isAlone) {
    const threads = [...new Set(taken.map((row) => String(row.threadRemoteId)))];
    const companions = await sql.rows(
      `SELECT "id" FROM {mailWorkItems}
        WHERE "accountId" = $1 AND "threadRemoteId" IN ${sql.texts(2)} AND "kind" = 'hydrate'
          AND "status" = 'pending' AND "attempts" = 0 AND "notBefore" <= $3`,
      [accountId, JSON.stringify(threads), Math.trunc(now)],
      transaction,
    );
    for (const row of companions) ids.add(String(row.id));
  }
  const claimed = await sql.rows(
    `UPDATE {mailWorkItems} SET "status" = 'running', "attempts" = "attempts" + 1, "updatedAt" = ${sql.timeParameter(2)}
      WHERE "id" IN ${sql.ids(1)} RETURNING "kind", "remoteId", "threadRemoteId", "priority", "attempts"`,
    [JSON.stringify([...ids]), sql.time(now)],
    transaction,
  );
  return claimed.map(workItem).sort((a, b) => b.priority - a.priority || (a.remoteId < b.remoteId ? -1 : 1));
}

export async function recoverWork(sql: Sql, transaction: Transaction, accountId: string): Promise<void> {
  await sql.run(
    `UPDATE {mailWorkItems}
        SET "status" = CASE WHEN "attempts" >= ${STRIKES} THEN 'quarantined' ELSE 'pending' END
      WHERE "accountId" = $1 AND "kind" IN ('hydrate', 'check') AND "status" = 'running'`,
    [accountId],
    transaction,
  );
}

/** Columns of WorkCounts over mailWorkItems of account $1 at time $2. */
const COUNTS = `
  sum(CASE WHEN "status" = 'pending' THEN 1 ELSE 0 END) AS "pending",
  sum(CASE WHEN "status" = 'quarantined' THEN 1 ELSE 0 END) AS "quarantined",
  sum(CASE WHEN "status" = 'running' THEN 1 ELSE 0 END) AS "running",
  sum(CASE WHEN "status" = 'pending' AND "notBefore" <= $2 THEN 1 ELSE 0 END) AS "ready",
  min(CASE WHEN "status" = 'pending' THEN "notBefore" END) AS "nextNotBefore"
  FROM {mailWorkItems} WHERE "accountId" = $1`;

export async function workCounts(sql: Sql, accountId: string, now: number): Promise<WorkCounts> {
  const [row] = await sql.rows(`SELECT ${COUNTS}`, [accountId, Math.trunc(now)]);
  return readCounts(row ?? {});
}

function readCounts(row: Row): WorkCounts {
  const next = row.nextNotBefore;
  const waits = next !== null && next !== undefined && Number(row.ready ?? 0) === 0;
  return {
    pending: Number(row.pending ?? 0),
    quarantined: Number(row.quarantined ?? 0),
    running: Number(row.running ?? 0),
    nextNotBefore: waits ? Number(next) : null,
  };
}

function workItem(row: Row): WorkItem {
  return {
    kind: row.kind as WorkKind,
    remoteId: String(row.remoteId),
    threadRemoteId: String(row.threadRemoteId ?? ''),
    priority: Number(row.priority),
    attempts: Number(row.attempts),
  };
}

function keys(sql: Sql, parameter: number): string {
  return `(SELECT r."kind", r."remoteId" FROM ${sql.records(parameter, KEY_COLUMNS)} AS r)`;
}

function keyRows(work: readonly WorkKey[]): Row[] {
  return work.map(({ kind, remoteId }) => ({ kind, remoteId }));
}
