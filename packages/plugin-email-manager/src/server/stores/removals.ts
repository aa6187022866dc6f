import { closeInventory } from './inventory';
import { conversationOf, noteLoss, type MessageContext } from './message-writes';
import { toId, toJson, type Row } from './sql';
import { dropWork } from './work';

/** Hides messages that the provider states do not exist any more; bodies and attachments stay until the purge. */
export async function hideMessages(context: MessageContext, remoteIds: readonly string[], now: number): Promise<void> {
  if (remoteIds.length === 0) return;
  const { sql, transaction, accountId } = context;
  const hidden = await sql.rows(
    `UPDATE {mailMessages} SET "goneAt" = ${sql.timeParameter(3)}, "folderIds" = '[]', "labelIds" = '[]'
      WHERE "accountId" = $1 AND "remoteId" IN ${sql.texts(2)} AND "goneAt" IS NULL
      RETURNING "id", "threadId", "threadRemoteId", "remoteId"`,
    [accountId, JSON.stringify(remoteIds), sql.time(now)],
    transaction,
  );
  if (hidden.length > 0) {
    const ids = JSON.stringify(hidden.map((row) => toId(row.id)));
    for (const table of ['mailPlacements', 'mailParticipants', 'mailSearch']) {
      await sql.run(`DELETE FROM {${table}} WHERE "messageId" IN ${sql.ids(1)}`, [ids], transaction);
    }
    for (const row of hidden) {
      if (row.threadId !== null) noteLoss(context, toId(row.threadId));
      if (context.splitThreads) context.touchedConversations.add(conversationOf(row as never));
    }
  }
  await closeInventory(sql, transaction, accountId, remoteIds);
  await dropWork(sql, transaction, accountId, remoteIds);
}

/**
 * Takes up to `limit` messages out of places that do not exist any more. Returns how many there were: a label of a
 * hundred thousand messages is emptied in many short transactions before its row goes.
 */
export async function emptyPlaces(
  context: MessageContext,
  placeIds: readonly string[],
  limit: number,
): Promise<number> {
  const { sql, transaction } = context;
  const places = JSON.stringify(placeIds);
  const found = await sql.rows(
    `SELECT DISTINCT p."messageId" FROM {mailPlacements} AS p JOIN {mailMessages} AS m ON m."id" = p."messageId"
      WHERE p."placeId" IN ${sql.ids(1)} LIMIT $2`,
    [places, limit],
    transaction,
  );
  if (found.length === 0) return 0;
  const messageIds = found.map((row) => toId(row.messageId));
  await sql.run(
    `DELETE FROM {mailPlacements} WHERE "placeId" IN ${sql.ids(1)} AND "messageId" IN ${sql.ids(2)}`,
    [places, JSON.stringify(messageIds)],
    transaction,
  );
  await rewritePlaceLists(context, messageIds);
  return messageIds.length;
}

/** Writes folderIds and labelIds of these messages anew from their placements. */
export async function rewritePlaceLists(context: MessageContext, messageIds: readonly string[]): Promise<void> {
  const { sql, transaction } = context;
  const list = JSON.stringify(messageIds);
  const messages = await sql.rows(
    `SELECT "id", "threadId", CAST("folderIds" AS TEXT) AS "folderIds", CAST("labelIds" AS TEXT) AS "labelIds"
       FROM {mailMessages} WHERE "id" IN ${sql.ids(1)}`,
    [list],
    transaction,
  );
  const placements = await sql.rows(
    `SELECT "messageId", "placeId" FROM {mailPlacements} WHERE "messageId" IN ${sql.ids(1)}`,
    [list],
    transaction,
  );
  const placeIds = new Map<string, Set<string>>();
  for (const row of placements) {
    const id = toId(row.messageId);
    placeIds.set(id, (placeIds.get(id) ?? new Set()).add(toId(row.placeId)));
  }
  // The order of the lists is the order of the provider's ids, whatever our own ids are.
  const ordered = [...context.places.values()].sort((a, b) => (a.remoteId < b.remoteId ? -1 : 1));
  const changed: Row[] = [];
  for (const row of messages) {
    const own = placeIds.get(toId(row.id)) ?? new Set<string>();
    const present = ordered.filter(({ id }) => own.has(id));
    const folderIds = present.filter(({ isFolder }) => isFolder).map(({ id }) => id);
    const labelIds = present.filter(({ isFolder }) => !isFolder).map(({ id }) => id);
    if (row.threadId !== null) noteLoss(context, toId(row.threadId));
    if (same(row.folderIds, folderIds) && same(row.labelIds, labelIds)) continue;
    changed.push({ id: toId(row.id), folderIds, labelIds });
  }
  if (changed.length === 0) return;
  await sql.run(
    `UPDATE {mailMessages} AS m SET "folderIds" = r."folderIds", "labelIds" = r."labelIds"
       FROM ${sql.records(1, { id: 'id', folderIds: 'json', labelIds: 'json' })} AS r WHERE m."id" = r."id"`,
    [sql.pack(changed)],
    transaction,
  );
}

function same(stored: unknown, wanted: readonly string[]): boolean {
  return JSON.stringify(toJson<string[]>(stored, [])) === JSON.stringify(wanted);
}
