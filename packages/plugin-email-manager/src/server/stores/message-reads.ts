import type { MessageState } from '@email-manager/mail-engine/model/message';
import type { Operation, OrganiseOp, StateEffect } from '@email-manager/mail-engine/model/operation';
import { loadPlaces } from './places';
import { toBool, toId, toJson, type Sql, type Transaction } from './sql';

/** Effective states of those of the ids that are here and not hidden, from the placement rows. */
export async function readStates(
  sql: Sql,
  accountId: string,
  remoteIds: readonly string[],
  transaction?: Transaction,
): Promise<Map<string, MessageState>> {
  if (remoteIds.length === 0) return new Map();
  const list = JSON.stringify([...new Set(remoteIds)]);
  const messages = await sql.rows(
    `SELECT "id", "remoteId", "threadRemoteId", "isRead", "isStarred", "isDraft" FROM {mailMessages}
      WHERE "accountId" = $1 AND "remoteId" IN ${sql.texts(2)} AND "goneAt" IS NULL`,
    [accountId, list],
    transaction,
  );
  if (messages.length === 0) return new Map();
  const placements = await sql.rows(
    `SELECT "messageId", "placeId" FROM {mailPlacements} WHERE "messageId" IN ${sql.ids(1)}`,
    [JSON.stringify(messages.map((row) => toId(row.id)))],
    transaction,
  );
  const remoteIdOf = new Map(
    [...(await loadPlaces(sql, accountId, transaction)).values()].map(({ id, remoteId }) => [id, remoteId]),
  );
  const places = new Map<string, string[]>();
  for (const row of placements) {
    const place = remoteIdOf.get(toId(row.placeId));
    if (place !== undefined) places.set(toId(row.messageId), [...(places.get(toId(row.messageId)) ?? []), place]);
  }
  return new Map(
    messages.map((row) => [
      String(row.remoteId),
      {
        remoteId: String(row.remoteId),
        threadRemoteId: String(row.threadRemoteId ?? ''),
        isRead: toBool(row.isRead),
        isStarred: toBool(row.isStarred),
        isDraft: toBool(row.isDraft),
        places: (places.get(toId(row.id)) ?? []).sort(),
      },
    ]),
  );
}

export async function presentIds(sql: Sql, accountId: string, remoteIds: readonly string[]): Promise<Set<string>> {
  if (remoteIds.length === 0) return new Set();
  const rows = await sql.rows(
    `SELECT "remoteId" FROM {mailMessages}
      WHERE "accountId" = $1 AND "remoteId" IN ${sql.texts(2)} AND "goneAt" IS NULL`,
    [accountId, JSON.stringify(remoteIds)],
  );
  return new Set(rows.map((row) => String(row.remoteId)));
}

export async function messageIds(sql: Sql, accountId: string, after: string | null, limit: number): Promise<string[]> {
  const rows = await sql.rows(
    `SELECT "remoteId" FROM {mailMessages}
      WHERE "accountId" = $1 AND "goneAt" IS NULL ${after === null ? '' : 'AND "remoteId" > $3'}
      ORDER BY "remoteId" LIMIT $2`,
    after === null ? [accountId, limit] : [accountId, limit, after],
  );
  return rows.map((row) => String(row.remoteId));
}

export async function pendingOperations(sql: Sql, accountId: string, limit: number): Promise<Operation[]> {
  const rows = await sql.rows(
    `SELECT "id", "remoteId", "op", CAST("effect" AS TEXT) AS "effect", "status", "createdAt", "pushedAt", "attempts"
       FROM {mailOperations} WHERE "accountId" = $1 AND "status" = 'applied' ORDER BY "createdAt", "id" LIMIT $2`,
    [accountId, limit],
  );
  return rows.map((row) => ({
    id: toId(row.id),
    remoteId: String(row.remoteId),
    op: row.op as OrganiseOp,
    effect: toJson<StateEffect>(row.effect, {}),
    status: row.status as Operation['status'],
    createdAt: Number(row.createdAt ?? 0),
    pushedAt: row.pushedAt === null || row.pushedAt === undefined ? null : Number(row.pushedAt),
    attempts: Number(row.attempts),
  }));
}

export async function idsWithOperations(
  sql: Sql,
  accountId: string,
  remoteIds: readonly string[],
): Promise<Set<string>> {
  if (remoteIds.length === 0) return new Set();
  const rows = await sql.rows(
    `SELECT DISTINCT "remoteId" FROM {mailOperations}
      WHERE "accountId" = $1 AND "status" IN ('applied', 'pushed') AND "remoteId" IN ${sql.texts(2)}`,
    [accountId, JSON.stringify(remoteIds)],
  );
  return new Set(rows.map((row) => String(row.remoteId)));
}
