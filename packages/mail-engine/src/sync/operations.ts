import { ACCOUNT_WIDE, MailError } from '../errors';
import type { MessageState } from '../model/message';
import type { Operation, OrganiseOp, StateEffect } from '../model/operation';
import type { SettlePlaces } from '../model/place';
import { PRIORITY_LIVE } from '../model/work';
import type { SliceContext } from './context';

/**
 * Lays effects over a state, oldest first: the state that people see is always *provider ⊕ pending operations*.
 * Pure and idempotent: laying the same effects over the result again changes nothing.
 */
export function overlay(state: MessageState, effects: readonly StateEffect[], settle: SettlePlaces): MessageState {
  if (effects.length === 0) return state;
  const places = new Set(state.places);
  let { isRead, isStarred } = state;
  for (const effect of effects) {
    for (const place of effect.remove ?? []) places.delete(place);
    for (const place of effect.add ?? []) places.add(place);
    isRead = effect.isRead ?? isRead;
    isStarred = effect.isStarred ?? isStarred;
  }
  return { ...state, isRead, isStarred, places: [...settle(places)].sort() };
}

/** Operations that may go to the provider in one call: the same change for several messages. */
export interface PushBatch {
  readonly op: OrganiseOp;
  readonly effect: StateEffect;
  readonly operations: readonly Operation[];
}

/**
 * Groups operations (oldest first) into as few calls as possible without ever letting a later change of a message
 * overtake an earlier one of the same message.
 */
export function batchOperations(operations: readonly Operation[], size: number): readonly PushBatch[] {
  const batches: { op: OrganiseOp; effect: StateEffect; operations: Operation[]; ids: Set<string> }[] = [];
  const latestByKey = new Map<string, number>();
  const latestByMessage = new Map<string, number>();
  for (const operation of operations) {
    const key = `${operation.op} ${effectKey(operation.effect)}`;
    const same = latestByKey.get(key) ?? -1;
    const before = latestByMessage.get(operation.remoteId) ?? -1;
    const candidate = batches[same];
    let index = same;
    if (!candidate || same < before || (candidate.ids.size >= size && !candidate.ids.has(operation.remoteId))) {
      index = batches.push({ op: operation.op, effect: operation.effect, operations: [], ids: new Set() }) - 1;
    }
    const batch = batches[index];
    if (!batch) continue;
    batch.operations.push(operation);
    batch.ids.add(operation.remoteId);
    latestByKey.set(key, index);
    latestByMessage.set(operation.remoteId, index);
  }
  return batches;
}

function effectKey(effect: StateEffect): string {
  const { isRead, isStarred, add, remove } = effect;
  return JSON.stringify([isRead, isStarred, [...(add ?? [])].sort(), [...(remove ?? [])].sort()]);
}

/** After so many answers that cannot be understood, a person's change is given up and the truth is read again. */
const PUSH_ATTEMPTS = 3;
const PUSH_PAGE = 500;

/**
 * Writes people's waiting changes to the provider, oldest first. A change that is refused becomes `conflicted` and its
 * message is asked by id, so that the screen returns to the truth; it never holds up the changes of other messages.
 * @throws MailError account-wide kinds; everything that was accepted before is committed.
 */
export async function pushOperations(context: SliceContext): Promise<void> {
  const blocked = new Set<string>();
  for (;;) {
    const waiting = await context.store.pendingOperations(context.accountId, PUSH_PAGE);
    const next = waiting.filter((operation) => !blocked.has(operation.remoteId));
    if (next.length === 0) return;
    for (const batch of batchOperations(next, context.provider.capabilities.organiseBatch)) {
      if (context.over) return;
      const rest = batch.operations.filter((operation) => !blocked.has(operation.remoteId));
      await pushBatch(context, { ...batch, operations: rest }, blocked);
    }
    if (waiting.length < PUSH_PAGE || context.over) return;
  }
}

async function pushBatch(context: SliceContext, batch: PushBatch, blocked: Set<string>): Promise<void> {
  const ids = [...new Set(batch.operations.map((operation) => operation.remoteId))];
  if (ids.length === 0) return;
  try {
    await context.ask(() => context.provider.organise(ids, batch.op, batch.effect));
  } catch (error) {
    if (!(error instanceof MailError) || ACCOUNT_WIDE.has(error.kind)) throw error;
    if (ids.length > 1) {
      for (const remoteId of ids) {
        const operations = batch.operations.filter((operation) => operation.remoteId === remoteId);
        await pushBatch(context, { ...batch, operations }, blocked);
      }
      return;
    }
    for (const operation of batch.operations) await refuse(context, operation, error, blocked);
    return;
  }
  const pushedAt = context.clock.now();
  context.did.pushed += batch.operations.length;
  await context.commit({ operations: batch.operations.map(({ id }) => ({ id, status: 'pushed', pushedAt })) });
}

async function refuse(
  context: SliceContext,
  operation: Operation,
  error: MailError,
  blocked: Set<string>,
): Promise<void> {
  const { id, remoteId } = operation;
  const attempts = operation.attempts + 1;
  if (error.kind === 'malformed' && attempts < PUSH_ATTEMPTS) {
    blocked.add(remoteId);
    await context.commit({ operations: [{ id, status: 'applied', attempts, error: error.kind }] });
    return;
  }
  context.did.conflicted += 1;
  await context.commit({
    operations: [{ id, status: 'conflicted', attempts, error: error.kind }],
    work: [{ kind: 'check', remoteId, threadRemoteId: '', priority: PRIORITY_LIVE }],
  });
}
