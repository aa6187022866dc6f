import { LeaseLostError } from '@email-manager/mail-engine/errors';
import type { MessageState, HydratedMessage } from '@email-manager/mail-engine/model/message';
import type { LeaseToken, MailStore, StoreWrite } from '@email-manager/mail-engine/ports/mail-store';
import { patchAccount } from './account-patch';
import { settleThreads } from './conversations';
import { idSource } from './ids';
import { inventoryNotSeenIn, inventoryTotals, lostIds, writeInventory } from './inventory';
import { idsWithOperations, messageIds, pendingOperations, presentIds, readStates } from './message-reads';
import { messageContext, type RulesOf } from './message-context';
import { writeMessages, type MessageContext } from './message-writes';
import { retireOperations, writeOperations } from './operation-writes';
import { readCursor, readOverview, writeCursors } from './overview';
import { PartSize, WHOLE_PART, type PartLimit } from './part-size';
import { loadPlaces, removePlaces, writePlaces } from './places';
import { emptyPlaces, hideMessages, rewritePlaceLists } from './removals';
import { Sql, toId, type HostDatabase, type Transaction } from './sql';
import { addWork, claimWork, failWork, finishWork, recoverWork, workCounts } from './work';

export interface MailStoreOptions {
  readonly db: HostDatabase;
  readonly rulesOf: RulesOf;
  /** Epoch ms; for the times that only the store writes (goneAt, updatedAt). */
  readonly now?: () => number;
}

const PART_STATES = 150;
const EMPTYING_BATCH = 200;

/**
 * The engine's MailStore on NocoBase's database. A write that is too big for one short transaction is split: what the
 * provider said about messages goes first, in parts that may be repeated without harm, and everything that says "this
 * is done" (cursors, inventory, work, removals, account) goes with the last part. Operations and places go with the
 * first one. So a crash between parts costs a repetition and never a message. Each part proves the lease first.
 */
export function createMailStore({ db, rulesOf, now = Date.now }: MailStoreOptions): MailStore {
  const sql = new Sql(db);
  const newId = idSource(db);
  // PostgreSQL's writers do not wait for each other.
  const partSize = new PartSize(!sql.isPostgres);

  async function underLease<T>(lease: LeaseToken, run: (transaction: Transaction) => Promise<T>): Promise<T> {
    return sql.transaction(async (transaction) => {
      await proveLease(sql, transaction, lease);
      return run(transaction);
    });
  }

  const contextOf = (transaction: Transaction, accountId: string): Promise<MessageContext> =>
    messageContext(sql, transaction, accountId, rulesOf, newId);

  /** Takes the messages out of places that are about to be removed, a few hundred per transaction. */
  async function emptyRemovedPlaces(lease: LeaseToken, write: StoreWrite): Promise<void> {
    if (!write.places) return;
    const present = new Set([...write.places.folders, ...write.places.labels].map(({ remoteId }) => remoteId));
    const known = await loadPlaces(sql, lease.accountId);
    const removed = [...known.values()].filter(({ remoteId }) => !present.has(remoteId)).map(({ id }) => id);
    if (removed.length === 0) return;
    let emptied: number;
    do {
      emptied = await underLease(lease, async (transaction) => {
        const context = await contextOf(transaction, lease.accountId);
        const count = await emptyPlaces(context, removed, EMPTYING_BATCH);
        await settleThreads(context);
        return count;
      });
    } while (emptied === EMPTYING_BATCH);
  }

  async function writePart(lease: LeaseToken, part: StoreWrite): Promise<void> {
    const { accountId } = lease;
    await underLease(lease, async (transaction) => {
      const began = performance.now();
      if (part.operations) await writeOperations(sql, transaction, accountId, part.operations);
      if (part.retireOperationsPushedBefore !== undefined) {
        await retireOperations(sql, transaction, accountId, part.retireOperationsPushedBefore);
      }
      const concernsMessages = part.places || part.messages || part.states || part.gone;
      const context = concernsMessages ? await contextOf(transaction, accountId) : null;
      if (context && part.places) await applyPlaces(context, part.places);
      if (context) await writeMessages(context, part.messages ?? [], part.states ?? []);
      if (part.inventory) await writeInventory(sql, transaction, accountId, part.inventory);
      if (part.work) await addWork(sql, transaction, accountId, part.work, newId, now());
      if (part.workDone) await finishWork(sql, transaction, accountId, part.workDone);
      if (part.workFailed) await failWork(sql, transaction, accountId, part.workFailed, now());
      if (context) {
        await hideMessages(context, part.gone ?? [], now());
        await settleThreads(context);
      }
      if (part.cursors) await writeCursors(sql, transaction, accountId, part.cursors, now());
      if (part.account) await patchAccount(sql, transaction, accountId, part.account, now());
      partSize.note(part.messages?.length ?? 0, performance.now() - began);
    });
  }

  return {
    async commit(lease, write) {
      await emptyRemovedPlaces(lease, write);
      for (const part of splitWrite(write, partSize)) await writePart(lease, part);
    },
    overview: (accountId, at) => readOverview(sql, accountId, at),
    cursor: (accountId, name) => readCursor(sql, accountId, name),
    states: (accountId, remoteIds) => readStates(sql, accountId, remoteIds),
    claimWork: (lease, kind, limit, at) =>
      underLease(lease, (transaction) => claimWork(sql, transaction, lease.accountId, kind, limit, at)),
    workCounts: (accountId, at) => workCounts(sql, accountId, at),
    recoverWork: (lease) => underLease(lease, (transaction) => recoverWork(sql, transaction, lease.accountId)),
    pendingOperations: (accountId, limit) => pendingOperations(sql, accountId, limit),
    idsWithOperations: (accountId, remoteIds) => idsWithOperations(sql, accountId, remoteIds),
    inventoryNotSeenIn: (accountId, run, after, limit) => inventoryNotSeenIn(sql, accountId, run, after, limit),
    inventoryTotals: (accountId, run) => inventoryTotals(sql, accountId, run),
    presentIds: (accountId, remoteIds) => presentIds(sql, accountId, remoteIds),
    lostIds: (accountId, remoteIds, run) => lostIds(sql, accountId, remoteIds, run),
    messageIds: (accountId, after, limit) => messageIds(sql, accountId, after, limit),
  };
}

/** @throws LeaseLostError when another worker has taken over; the transaction must end then. */
async function proveLease(sql: Sql, transaction: Transaction, { accountId, fence }: LeaseToken): Promise<void> {
  const proven = await sql.rows(
    `UPDATE {mailLeases} SET "beat" = "beat" + 1 WHERE "accountId" = $1 AND "fence" = $2 RETURNING "beat"`,
    [accountId, fence],
    transaction,
  );
  if (proven.length === 0) throw new LeaseLostError();
}

async function applyPlaces(context: MessageContext, places: NonNullable<StoreWrite['places']>): Promise<void> {
  const { sql, transaction, accountId, newId } = context;
  const { removed, switched } = await writePlaces(sql, transaction, context, places, newId);
  context.places.clear();
  for (const [remoteId, place] of await loadPlaces(sql, accountId, transaction)) context.places.set(remoteId, place);
  while (removed.length > 0 && (await emptyPlaces(context, removed, EMPTYING_BATCH)) > 0);
  await removePlaces(sql, transaction, removed);
  for (const place of [...context.places.values()])
    if (removed.includes(place.id)) context.places.delete(place.remoteId);
  if (switched.length > 0) {
    const placed = await sql.rows(
      `SELECT DISTINCT "messageId" FROM {mailPlacements} WHERE "placeId" IN ${sql.ids(1)}`,
      [JSON.stringify(switched)],
      transaction,
    );
    await rewritePlaceLists(
      context,
      placed.map((row) => toId(row.messageId)),
    );
  }
}

/** The parts of a write in the order in which they are committed; the last one says that it is done. */
export function splitWrite(write: StoreWrite, limit: PartLimit = WHOLE_PART): StoreWrite[] {
  const chunks = chunksOfMessages(write.messages ?? [], limit);
  const parts: StoreWrite[] = [
    ...chunks.map((messages) => ({ messages })),
    ...chunksOfStates(write.states ?? []).map((states) => ({ states })),
  ];
  const { operations, retireOperationsPushedBefore, places, messages: _messages, states: _states, ...done } = write;
  const first = { operations, retireOperationsPushedBefore, places };
  if (chunks.length <= 1 && isSmall(write)) return [write];
  parts[0] = { ...first, ...parts[0] };
  parts[parts.length - 1] = { ...parts[parts.length - 1], ...done };
  return parts;
}

function isSmall({ messages = [], states = [] }: StoreWrite): boolean {
  return messages.length + states.length <= PART_STATES;
}

function chunksOfMessages(messages: readonly HydratedMessage[], limit: PartLimit): HydratedMessage[][] {
  const chunks: HydratedMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.body.html?.length ?? 0) + (message.body.text?.length ?? 0);
    const current = chunks.at(-1);
    if (!current || current.length >= limit.messages || bytes + size > limit.bytes) {
      chunks.push([message]);
      bytes = size;
    } else {
      current.push(message);
      bytes += size;
    }
  }
  return chunks;
}

function chunksOfStates(states: readonly MessageState[]): MessageState[][] {
  const chunks: MessageState[][] = [];
  for (let start = 0; start < states.length; start += PART_STATES)
    chunks.push(states.slice(start, start + PART_STATES));
  return chunks;
}
