import type { MessageState } from '../../model/message';
import type { StateEffect } from '../../model/operation';
import type { SettlePlaces } from '../../model/place';
import { overlay } from '../operations';
import type { StoreSnapshot } from './snapshot';

/** What a mailbox at the provider really holds. */
export interface MailboxTruth {
  readonly messages: readonly (MessageState & { readonly subject: string; readonly receivedAt: number })[];
  readonly places: readonly { readonly remoteId: string; readonly name: string }[];
}

export interface TruthOptions {
  readonly settle: SettlePlaces;
  /** Messages before this time need not be here. */
  readonly syncFrom?: number | null;
  /** Effects of a message's pending operations. */
  readonly pending?: (remoteId: string) => readonly StateEffect[];
  /** Messages that cannot be fetched (poison): they must be quarantined, and may be missing. */
  readonly quarantined?: ReadonlySet<string>;
  /** Places whose names are compared; all of them when left out. */
  readonly named?: (placeId: string) => boolean;
  /** Set when the subject of the truth is what the rows should show. */
  readonly subjects?: boolean;
}

/**
 * The final word of every story: what is wrong with the rows, id by id, place by place, flag by flag. Empty when the
 * rows equal the truth ⊕ pending operations and no work is left over.
 */
export function differences(snapshot: StoreSnapshot, truth: MailboxTruth, options: TruthOptions): string[] {
  const found: string[] = [];
  const visible = new Map(snapshot.messages.filter((row) => !row.hidden).map((row) => [row.remoteId, row]));
  const placeIds = new Set(truth.places.map((place) => place.remoteId));
  const real = new Map(truth.messages.map((message) => [message.remoteId, message]));
  if (visible.size !== snapshot.messages.filter((row) => !row.hidden).length) found.push('an id has two visible rows');

  for (const message of truth.messages) {
    if (options.quarantined?.has(message.remoteId)) continue;
    const row = visible.get(message.remoteId);
    if (!row) {
      if (message.receivedAt >= (options.syncFrom ?? -Infinity)) found.push(`${message.remoteId} is missing`);
      continue;
    }
    const expected = overlay(message, options.pending?.(message.remoteId) ?? [], options.settle);
    const places = expected.places.filter((place) => placeIds.has(place)).sort();
    if (places.join() !== row.places.join()) {
      found.push(`${message.remoteId} is in [${row.places.join()}] and should be in [${places.join()}]`);
    }
    if (row.threadRemoteId !== message.threadRemoteId) found.push(`${message.remoteId} is in another thread`);
    for (const flag of ['isRead', 'isStarred', 'isDraft'] as const) {
      if (row[flag] !== expected[flag]) found.push(`${message.remoteId}: ${flag} is ${row[flag]}`);
    }
    if (options.subjects && row.subject !== message.subject) found.push(`${message.remoteId}: another subject`);
  }
  for (const remoteId of visible.keys()) if (!real.has(remoteId)) found.push(`${remoteId} does not exist any more`);

  const named = (places: MailboxTruth['places']) =>
    places
      .filter((place) => options.named?.(place.remoteId) ?? true)
      .map((place) => `${place.remoteId}=${place.name}`)
      .sort();
  const here = named(snapshot.places);
  const there = named(truth.places);
  if (here.join() !== there.join()) found.push(`places are [${here.join()}] and should be [${there.join()}]`);

  for (const work of snapshot.work) {
    const excused = work.status === 'quarantined' && options.quarantined?.has(work.remoteId);
    if (!excused) found.push(`${work.kind} of ${work.remoteId} is left ${work.status}`);
  }
  return found;
}
