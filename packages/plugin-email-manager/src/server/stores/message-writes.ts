import type { HydratedMessage, MessageState } from '@email-manager/mail-engine/model/message';
import type { StateEffect } from '@email-manager/mail-engine/model/operation';
import type { SettlePlaces } from '@email-manager/mail-engine/model/place';
import { overlay } from '@email-manager/mail-engine/sync/operations';
import { openInventory } from './inventory';
import {
  envelopeColumns,
  MESSAGE_COLUMNS,
  MESSAGE_SELECT,
  packMessageRow,
  readMessageRow,
  sameMessageRow,
  stateColumns,
  type MessageColumn,
  type MessageRow,
} from './message-rows';
import { writeMessageParts, type WrittenMessage } from './message-parts';
import type { PlaceMap, PlaceRef } from './places';
import { toId, toJson, toMs, type Columns, type Sql, type Transaction } from './sql';
import { ensureThreads, existingThreads } from './threads';

export interface MessageContext {
  readonly sql: Sql;
  readonly transaction: Transaction;
  readonly accountId: string;
  readonly userId: string | null;
  readonly settle: SettlePlaces;
  /** Whether the provider's conversations may hold unrelated messages; see StoreRules. */
  readonly splitThreads: boolean;
  readonly newId: () => string;
  /** A place that a state names and that is not in here does not exist at the provider any more: it is left out. */
  readonly places: PlaceMap;
  /** Threads whose counts must be computed anew at the end of the transaction. */
  readonly touchedThreads: Set<string>;
  /** Threads that this transaction has made and taken nothing from: nothing of them can be left over. */
  readonly freshThreads: Set<string>;
  /** Whether any operation of the account waits or is not confirmed yet. */
  readonly hasOperations: boolean;
  /** Conversations that may have to be split otherwise at the end of the transaction; none where nothing is split. */
  readonly touchedConversations: Set<string>;
  /** Ids of messages that are in a touched conversation and have not been given their thread. */
  readonly unsettled: Set<string>;
}

/**
 * Upserts messages and states with the pending operations laid over them, and their placements. Reads first and
 * writes only what differs: the same input again writes nothing.
 */
export async function writeMessages(
  context: MessageContext,
  messages: readonly HydratedMessage[],
  states: readonly MessageState[],
): Promise<void> {
  const hydrated = lastOf(messages, ({ envelope }) => envelope.remoteId);
  const changed = lastOf(states, ({ remoteId }) => remoteId);
  if (hydrated.size === 0 && changed.size === 0) return;

  const existing = await loadExisting(context, hydrated, changed);
  const wanted: Wanted[] = [];
  for (const message of hydrated.values()) {
    // States of the same commit come after its messages.
    const state = changed.get(message.envelope.remoteId) ?? message.envelope;
    wanted.push({ before: existing.get(message.envelope.remoteId) ?? null, message, state });
  }
  for (const state of changed.values()) {
    const before = existing.get(state.remoteId);
    if (hydrated.has(state.remoteId) || !before || before.goneAt !== null) continue;
    wanted.push({ before, message: null, state });
  }
  if (wanted.length > 0) await writeWanted(context, wanted);
  await openInventory(
    context.sql,
    context.transaction,
    context.accountId,
    [...hydrated.values()].map(({ envelope }) => envelope),
  );
}

interface Wanted {
  readonly before: MessageRow | null;
  readonly message: HydratedMessage | null;
  readonly state: MessageState;
}

async function writeWanted(context: MessageContext, wanted: readonly Wanted[]): Promise<void> {
  const { sql, transaction } = context;
  const effects = await loadEffects(
    context,
    wanted.map(({ state }) => state.remoteId),
  );
  const settled = wanted.map(({ state, ...rest }) => ({
    ...rest,
    state: overlay(state, effects.get(state.remoteId) ?? [], context.settle),
  }));
  const threadOf = await threadsFor(context, settled);

  const inserts: MessageRow[] = [];
  const updates: MessageRow[] = [];
  const written: WrittenMessage[] = [];
  const placed: Placed[] = [];
  for (const { before, message, state } of settled) {
    const after = nextRow(context, before, message, state, threadOf(state));
    if (context.splitThreads) noteConversations(context, before, after);
    if (!before) inserts.push(after);
    else if (!sameMessageRow(before, after)) updates.push(after);
    if (!before || !sameMessageRow(before, after)) {
      for (const threadId of [before?.threadId, after.threadId])
        if (threadId) context.touchedThreads.add(toId(threadId));
    }
    if (message) written.push({ before, after, message });
    placed.push({ row: after, placeIds: placesOf(context, state).map(({ id }) => id), isNew: !before });
  }
  if (inserts.length > 0) {
    await sql.run(
      sql.insert('mailMessages', MESSAGE_COLUMNS),
      [sql.pack(inserts.map((row) => packMessageRow(sql, row)))],
      transaction,
    );
  }
  await updateMessages(context, updates);
  await followThreads(
    context,
    settled.flatMap(({ before, message }, index) => {
      const after = placed[index]!.row;
      return before && !message && before.threadId !== after.threadId ? [after] : [];
    }),
  );
  await writePlacements(context, placed);
  await writeMessageParts(sql, transaction, written, context.newId);
}

/**
 * The thread of each message, by its state. Where conversations are split, a message that is here stays in its thread,
 * and one that comes is put into the conversation's first one until `settleThreads` knows better.
 */
async function threadsFor(
  context: MessageContext,
  wanted: readonly Wanted[],
): Promise<(state: MessageState) => string | null> {
  const { sql, transaction, accountId, userId, newId } = context;
  const staying = new Map<string, string>();
  if (context.splitThreads) {
    const kept = wanted.filter(({ before, state }) => before && staysIn(before, state));
    const ids = kept.map(({ before }) => toId(before?.threadId));
    const existing = await existingThreads(sql, transaction, accountId, [...new Set(ids)]);
    kept.forEach(({ state }, index) => {
      if (existing.has(ids[index]!)) staying.set(state.remoteId, ids[index]!);
    });
  }
  const coming = wanted.flatMap(({ state }) => (staying.has(state.remoteId) ? [] : [threadKey(state)]));
  const threads = await ensureThreads(sql, transaction, { accountId, userId }, [...new Set(coming)], newId);
  for (const key of threads.created) context.freshThreads.add(threads.ids.get(key)!);
  if (context.splitThreads) {
    const repeated = new Set(coming.filter((key, index) => coming.indexOf(key) !== index));
    // A conversation of one message is its own thread.
    for (const key of coming) if (!threads.created.has(key) || repeated.has(key)) context.touchedConversations.add(key);
  }
  return (state) => staying.get(state.remoteId) ?? threads.ids.get(threadKey(state)) ?? null;
}

function staysIn(before: MessageRow, state: MessageState): boolean {
  return before.goneAt === null && before.threadId !== null && conversationOf(before) === threadKey(state);
}

/** What decides in which thread of its conversation a message is. */
const LINKS: readonly MessageColumn[] = [
  'remoteId',
  'internetMessageId',
  'inReplyTo',
  'references',
  'receivedAt',
  'isDraft',
];

function noteConversations(context: MessageContext, before: MessageRow | null, after: MessageRow): void {
  const shown = before !== null && before.goneAt === null;
  if (!shown || before.threadId !== after.threadId) context.unsettled.add(toId(after.id));
  if (!shown) return;
  if (conversationOf(before) !== conversationOf(after)) context.touchedConversations.add(conversationOf(before));
  else if (LINKS.some((name) => before[name] !== after[name])) context.touchedConversations.add(conversationOf(after));
}

/** A thread has lost a message: its counts change, and it may have become empty. */
export function noteLoss(context: MessageContext, threadId: string): void {
  context.touchedThreads.add(threadId);
  context.freshThreads.delete(threadId);
}

export function conversationOf(row: Pick<MessageRow, 'threadRemoteId' | 'remoteId'>): string {
  return String(row.threadRemoteId || row.remoteId);
}

function threadKey(state: MessageState): string {
  return state.threadRemoteId || state.remoteId;
}

function placesOf(context: MessageContext, state: MessageState): PlaceRef[] {
  return state.places.flatMap((place) => context.places.get(place) ?? []);
}

function nextRow(
  context: MessageContext,
  before: MessageRow | null,
  message: HydratedMessage | null,
  state: MessageState,
  threadId: string | null,
): MessageRow {
  const refs = placesOf(context, state);
  const base = before ?? emptyRow(context);
  return {
    ...base,
    ...(message ? envelopeColumns(message.envelope) : {}),
    ...stateColumns(state),
    threadId,
    folderIds: JSON.stringify(refs.filter(({ isFolder }) => isFolder).map(({ id }) => id)),
    labelIds: JSON.stringify(refs.filter(({ isFolder }) => !isFolder).map(({ id }) => id)),
    goneAt: null,
  };
}

function emptyRow(context: MessageContext): MessageRow {
  const row = Object.fromEntries(Object.keys(MESSAGE_COLUMNS).map((name) => [name, null])) as MessageRow;
  return { ...row, id: context.newId(), accountId: context.accountId, userId: context.userId };
}

/** Rows by remote id. A row that is found by its draft id is given under the remote id that it is about to take. */
async function loadExisting(
  context: MessageContext,
  hydrated: ReadonlyMap<string, HydratedMessage>,
  changed: ReadonlyMap<string, MessageState>,
): Promise<Map<string, MessageRow>> {
  const { sql, transaction, accountId } = context;
  const remoteIds = [...new Set([...hydrated.keys(), ...changed.keys()])];
  const byRemoteId = await selectMessages(sql, transaction, accountId, 'remoteId', remoteIds);
  const existing = new Map(byRemoteId.map((row) => [String(row.remoteId), row]));
  const drafts = new Map<string, string>();
  for (const { envelope } of hydrated.values()) {
    if (envelope.draftRemoteId !== null) drafts.set(envelope.draftRemoteId, envelope.remoteId);
  }
  if (drafts.size === 0) return existing;
  for (const row of await selectMessages(sql, transaction, accountId, 'draftRemoteId', [...drafts.keys()])) {
    const remoteId = drafts.get(String(row.draftRemoteId));
    if (remoteId === undefined || row.remoteId === remoteId) continue;
    const rival = existing.get(remoteId);
    // The draft's own row keeps its id; a second row of the same draft cannot stay.
    if (rival) await discardMessage(context, rival);
    await sql.run(
      `UPDATE {mailOperations} SET "remoteId" = $3 WHERE "accountId" = $1 AND "remoteId" = $2`,
      [accountId, String(row.remoteId), remoteId],
      transaction,
    );
    existing.delete(String(row.remoteId));
    existing.set(remoteId, row);
  }
  return existing;
}

async function discardMessage(context: MessageContext, row: MessageRow): Promise<void> {
  const { sql, transaction } = context;
  const id = JSON.stringify([row.id]);
  for (const table of ['mailPlacements', 'mailParticipants', 'mailSearch', 'mailAttachments', 'mailBodies']) {
    await sql.run(`DELETE FROM {${table}} WHERE "messageId" IN ${sql.ids(1)}`, [id], transaction);
  }
  await sql.run(`DELETE FROM {mailMessages} WHERE "id" IN ${sql.ids(1)}`, [id], transaction);
  if (row.threadId) noteLoss(context, toId(row.threadId));
  if (context.splitThreads) context.touchedConversations.add(conversationOf(row));
}

export async function selectMessages(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  column: 'remoteId' | 'draftRemoteId',
  values: readonly string[],
): Promise<MessageRow[]> {
  // The partial index of draft ids is used only when the condition says that there is one.
  const present = column === 'draftRemoteId' ? ' AND m."draftRemoteId" IS NOT NULL' : '';
  const rows = await sql.rows(
    `SELECT ${MESSAGE_SELECT} FROM {mailMessages} AS m
      WHERE m."accountId" = $1 AND m."${column}" IN ${sql.texts(2)}${present}`,
    [accountId, JSON.stringify(values)],
    transaction,
  );
  return rows.map(readMessageRow);
}

/** Effects of the operations that are not settled yet, oldest first, by remote id. */
async function loadEffects(
  { sql, transaction, accountId, hasOperations }: MessageContext,
  remoteIds: readonly string[],
): Promise<Map<string, StateEffect[]>> {
  if (!hasOperations) return new Map();
  const rows = await sql.rows(
    `SELECT "remoteId", "effect" FROM {mailOperations}
      WHERE "accountId" = $1 AND "status" IN ('applied', 'pushed') AND "remoteId" IN ${sql.texts(2)}
      ORDER BY "createdAt", "id"`,
    [accountId, JSON.stringify(remoteIds)],
    transaction,
  );
  const effects = new Map<string, StateEffect[]>();
  for (const row of rows) {
    const list = effects.get(String(row.remoteId)) ?? [];
    list.push(toJson<StateEffect>(row.effect, {}));
    effects.set(String(row.remoteId), list);
  }
  return effects;
}

/** The search text of messages whose thread changed goes with them. */
async function followThreads({ sql, transaction }: MessageContext, rows: readonly MessageRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.run(
    `UPDATE {mailSearch} AS s SET "threadId" = r."threadId"
       FROM ${sql.records(1, { id: 'id', threadId: 'id' })} AS r WHERE s."messageId" = r."id"`,
    [sql.pack(rows.map(({ id, threadId }) => ({ id, threadId })))],
    transaction,
  );
}

const CHANGEABLE = (Object.keys(MESSAGE_COLUMNS) as MessageColumn[]).filter((name) => name !== 'id');

async function updateMessages({ sql, transaction }: MessageContext, rows: readonly MessageRow[]): Promise<void> {
  if (rows.length === 0) return;
  const set = CHANGEABLE.map((name) => `"${name}" = r."${name}"`).join(', ');
  await sql.run(
    `UPDATE {mailMessages} AS m SET ${set} FROM ${sql.records(1, MESSAGE_COLUMNS)} AS r WHERE m."id" = r."id"`,
    [sql.pack(rows.map((row) => packMessageRow(sql, row)))],
    transaction,
  );
}

interface Placed {
  readonly row: MessageRow;
  readonly placeIds: readonly string[];
  readonly isNew: boolean;
}

const PLACEMENT_COLUMNS = {
  messageId: 'id',
  placeId: 'id',
  accountId: 'id',
  receivedAt: 'time',
} as const satisfies Columns;

/** Makes the placements of these messages exactly these. */
async function writePlacements(context: MessageContext, placed: readonly Placed[]): Promise<void> {
  const { sql, transaction, accountId } = context;
  const known = placed.filter(({ isNew }) => !isNew).map(({ row }) => toId(row.id));
  const before = new Map<string, number | null>();
  const stale = new Map<string, { messageId: string; placeId: string; threadId: string | null }>();
  if (known.length > 0) {
    const rows = await sql.rows(
      `SELECT "messageId", "placeId", "receivedAt" FROM {mailPlacements} WHERE "messageId" IN ${sql.ids(1)}`,
      [JSON.stringify(known)],
      transaction,
    );
    const threadOf = new Map(placed.map(({ row }) => [toId(row.id), row.threadId as string | null]));
    for (const row of rows) {
      const messageId = toId(row.messageId);
      const placeId = toId(row.placeId);
      before.set(`${messageId} ${placeId}`, toMs(row.receivedAt));
      stale.set(`${messageId} ${placeId}`, { messageId, placeId, threadId: threadOf.get(messageId) ?? null });
    }
  }
  const added = [];
  for (const { row, placeIds } of placed) {
    for (const placeId of placeIds) {
      const key = `${toId(row.id)} ${placeId}`;
      stale.delete(key);
      if (before.has(key) && before.get(key) === row.receivedAt) continue;
      added.push({ messageId: row.id, placeId, accountId, receivedAt: sql.time(row.receivedAt as number) });
      if (row.threadId) context.touchedThreads.add(toId(row.threadId));
    }
  }
  if (stale.size > 0) {
    const gone = [...stale.values()];
    for (const { threadId } of gone) if (threadId) noteLoss(context, threadId);
    await sql.run(
      `DELETE FROM {mailPlacements} WHERE ("messageId", "placeId") IN
         (SELECT r."messageId", r."placeId" FROM ${sql.records(1, { messageId: 'id', placeId: 'id' })} AS r)`,
      [sql.pack(gone.map(({ messageId, placeId }) => ({ messageId, placeId })))],
      transaction,
    );
  }
  if (added.length > 0) {
    const conflict = '("messageId", "placeId") DO UPDATE SET "receivedAt" = excluded."receivedAt"';
    await sql.run(sql.insert('mailPlacements', PLACEMENT_COLUMNS, conflict), [sql.pack(added)], transaction);
  }
}

function lastOf<T>(values: readonly T[], key: (value: T) => string): Map<string, T> {
  return new Map(values.map((value) => [key(value), value]));
}
