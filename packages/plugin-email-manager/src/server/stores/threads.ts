import type { Columns, Sql, Transaction } from './sql';
import { cleanText, toId } from './sql';

const THREAD_COLUMNS = { id: 'id', accountId: 'id', userId: 'id', key: 'text' } as const satisfies Columns;

/** How many senders a conversation's line shows at most. */
const SENDERS = 5;

/** Ids of the threads with these keys, `created` where missing. Their counts come from `recomputeThreads`. */
export async function ensureThreads(
  sql: Sql,
  transaction: Transaction,
  owner: { readonly accountId: string; readonly userId: string | null },
  keys: readonly string[],
  newId: () => string,
): Promise<{ readonly ids: Map<string, string>; readonly created: ReadonlySet<string> }> {
  if (keys.length === 0) return { ids: new Map(), created: new Set() };
  const found = await findThreads(sql, transaction, owner.accountId, keys);
  const missing = keys.filter((key) => !found.has(key));
  if (missing.length > 0) {
    const rows = missing.map((key) => ({ id: newId(), accountId: owner.accountId, userId: owner.userId, key }));
    await sql.run(sql.insert('mailThreads', THREAD_COLUMNS), [sql.pack(rows)], transaction);
    for (const { id, key } of rows) found.set(key, id);
  }
  return { ids: found, created: new Set(missing) };
}

/** Which of these threads exist. */
export async function existingThreads(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql.rows(
    `SELECT "id" FROM {mailThreads} WHERE "id" IN ${sql.ids(2)} AND "accountId" = $1`,
    [accountId, JSON.stringify(ids)],
    transaction,
  );
  return new Set(rows.map((row) => toId(row.id)));
}

async function findThreads(sql: Sql, transaction: Transaction, accountId: string, keys: readonly string[]) {
  const rows = await sql.rows(
    `SELECT "id", "key" FROM {mailThreads} WHERE "accountId" = $1 AND "key" IN ${sql.texts(2)}`,
    [accountId, JSON.stringify(keys.map((key) => cleanText(key)))],
    transaction,
  );
  return new Map(rows.map((row) => [String(row.key), toId(row.id)]));
}

/**
 * Computes these threads anew from their messages that are not gone: the subject is the oldest message's, the snippet
 * the newest one's. Threads without such a message are removed, except `fresh` ones, which are known to have some. Rows
 * that would not change are not written.
 */
export async function recomputeThreads(
  sql: Sql,
  transaction: Transaction,
  threadIds: Iterable<string>,
  fresh: ReadonlySet<string> = new Set(),
): Promise<void> {
  const ids = [...new Set(threadIds)];
  if (ids.length === 0) return;
  const list = JSON.stringify(ids);
  await sql.run(threadUpdate(sql), [list], transaction);
  await sql.run(placementUpsert(sql), [list], transaction);
  const older = ids.filter((id) => !fresh.has(id));
  if (older.length === 0) return;
  const olderList = JSON.stringify(older);
  await sql.run(
    `DELETE FROM {mailThreadPlacements} WHERE "threadId" IN ${sql.ids(1)} AND NOT EXISTS (
       SELECT 1 FROM {mailMessages} AS m JOIN {mailPlacements} AS p ON p."messageId" = m."id"
        WHERE m."threadId" = {mailThreadPlacements}."threadId" AND m."goneAt" IS NULL
          AND p."placeId" = {mailThreadPlacements}."placeId")`,
    [olderList],
    transaction,
  );
  await sql.run(
    `DELETE FROM {mailThreads} WHERE "id" IN ${sql.ids(1)} AND NOT EXISTS (
       SELECT 1 FROM {mailMessages} AS m WHERE m."threadId" = {mailThreads}."id" AND m."goneAt" IS NULL)`,
    [olderList],
    transaction,
  );
}

function threadUpdate(sql: Sql): string {
  const remoteId = sql.bytewise('"remoteId"');
  const senders = sql.isPostgres
    ? `json_agg("from" ORDER BY "receivedAt", ${remoteId})`
    : // Not json_group_array: with an ORDER BY inside, SQLite 3.44 forgets that its values are JSON.
      `'[' || group_concat("from", ',' ORDER BY "receivedAt", ${remoteId}) || ']'`;
  const columns = [
    'subject',
    'snippet',
    'lastMessageAt',
    'messageCount',
    'draftCount',
    'unreadCount',
    'isRead',
    'isStarred',
    'hasAttachments',
  ];
  const set = columns.map((name) => `"${name}" = a."${name}"`).join(', ');
  const differs = columns.map((name) => `t."${name}" IS DISTINCT FROM a."${name}"`).join(' OR ');
  return `
    WITH m AS (
      SELECT "threadId", "remoteId", "subject", "snippet", "from", "fromAddress", "receivedAt", "isRead", "isStarred",
             "isDraft", "hasAttachments",
             row_number() OVER (PARTITION BY "threadId" ORDER BY "receivedAt", ${remoteId}) AS "first",
             row_number() OVER (PARTITION BY "threadId" ORDER BY "receivedAt" DESC, ${remoteId} DESC) AS "last",
             row_number() OVER (PARTITION BY "threadId", "fromAddress"
                                ORDER BY "receivedAt" DESC, ${remoteId} DESC) AS "lastOfSender"
        FROM {mailMessages} WHERE "threadId" IN ${sql.ids(1)} AND "goneAt" IS NULL),
    totals AS (
      SELECT "threadId",
             max(CASE WHEN "first" = 1 THEN "subject" END) AS "subject",
             max(CASE WHEN "last" = 1 THEN "snippet" END) AS "snippet",
             max("receivedAt") AS "lastMessageAt",
             sum(CASE WHEN "isDraft" THEN 0 ELSE 1 END) AS "messageCount",
             sum(CASE WHEN "isDraft" THEN 1 ELSE 0 END) AS "draftCount",
             sum(CASE WHEN "isRead" THEN 0 ELSE 1 END) AS "unreadCount",
             min(CASE WHEN "isRead" THEN 1 ELSE 0 END) = 1 AS "isRead",
             max(CASE WHEN "isStarred" THEN 1 ELSE 0 END) = 1 AS "isStarred",
             max(CASE WHEN "hasAttachments" THEN 1 ELSE 0 END) = 1 AS "hasAttachments"
        FROM m GROUP BY "threadId"),
    recent AS (
      SELECT "threadId", "remoteId", "receivedAt", "from",
             row_number() OVER (PARTITION BY "threadId" ORDER BY "receivedAt" DESC, ${remoteId} DESC) AS "place"
        FROM m WHERE "lastOfSender" = 1 AND "fromAddress" IS NOT NULL),
    people AS (
      SELECT "threadId", ${senders} AS "senders" FROM recent WHERE "place" <= ${SENDERS} GROUP BY "threadId"),
    a AS (
      SELECT totals.*, people."senders" FROM totals LEFT JOIN people ON people."threadId" = totals."threadId")
    UPDATE {mailThreads} AS t SET ${set}, "senders" = a."senders" FROM a
     WHERE t."id" = a."threadId"
       AND (${differs} OR CAST(t."senders" AS TEXT) IS DISTINCT FROM CAST(a."senders" AS TEXT))`;
}

function placementUpsert(sql: Sql): string {
  return `
    WITH p AS (
      SELECT m."threadId", p."placeId", max(m."accountId") AS "accountId", max(m."receivedAt") AS "receivedAt",
             sum(CASE WHEN m."isRead" THEN 0 ELSE 1 END) AS "unreadCount",
             max(CASE WHEN m."isStarred" THEN 1 ELSE 0 END) = 1 AS "isStarred"
        FROM {mailMessages} AS m JOIN {mailPlacements} AS p ON p."messageId" = m."id"
       WHERE m."threadId" IN ${sql.ids(1)} AND m."goneAt" IS NULL
       GROUP BY m."threadId", p."placeId")
    INSERT INTO {mailThreadPlacements} AS t
           ("threadId", "placeId", "accountId", "receivedAt", "unreadCount", "isStarred")
    SELECT "threadId", "placeId", "accountId", "receivedAt", "unreadCount", "isStarred" FROM p WHERE true
    ON CONFLICT ("threadId", "placeId") DO UPDATE
       SET "receivedAt" = excluded."receivedAt", "unreadCount" = excluded."unreadCount",
           "isStarred" = excluded."isStarred"
     WHERE t."receivedAt" IS DISTINCT FROM excluded."receivedAt"
        OR t."unreadCount" IS DISTINCT FROM excluded."unreadCount"
        OR t."isStarred" IS DISTINCT FROM excluded."isStarred"`;
}
