import type { ChangeEvent, ListEntry } from '../model/change';
import type { MessageState } from '../model/message';
import type { SettlePlaces } from '../model/place';

export interface PlannedFetch extends ListEntry {
  /** True when the provider announced the message itself: it just arrived. False: an unknown old one was touched. */
  readonly live: boolean;
}

export interface Plan {
  /** Unknown ids, the latest first. */
  readonly hydrate: readonly PlannedFetch[];
  /** Ids that left a listing and were not seen anywhere else: only the provider can say whether they still exist. */
  readonly check: readonly string[];
  /** New states of known messages; messages that nothing changes are left out. */
  readonly states: readonly MessageState[];
  /** Ids that the provider states do not exist any more. */
  readonly gone: readonly string[];
}

/** The last word about one place or flag: the event with the highest `seq`, and on a tie the one that says yes. */
interface LastWord {
  readonly seq: bigint;
  readonly value: boolean;
}

interface Folded {
  threadRemoteId: string;
  seq: bigint;
  exists: boolean;
  announced: boolean;
  left: boolean;
  readonly places: Map<string, LastWord>;
  isRead?: LastWord;
  isStarred?: LastWord;
}

/**
 * Merges the events of one round into what must be done, whatever their order and however often they are repeated:
 * events are folded per id by `seq`, `gone` is final because ids are never used again, and *present beats left*.
 * `known` holds the states of those ids that are here; it may hold others too.
 */
export function plan(
  events: readonly ChangeEvent[],
  known: ReadonlyMap<string, MessageState>,
  settle: SettlePlaces,
): Plan {
  const gone = new Set(events.filter((event) => event.kind === 'gone').map((event) => event.remoteId));
  const folded = new Map<string, Folded>();
  for (const event of events) {
    if (gone.has(event.remoteId)) continue;
    const fold = folded.get(event.remoteId) ?? newFold();
    folded.set(event.remoteId, fold);
    foldEvent(fold, event);
  }

  const hydrate: (PlannedFetch & { readonly seq: bigint })[] = [];
  const check: string[] = [];
  const states: MessageState[] = [];
  for (const [remoteId, fold] of folded) {
    const state = known.get(remoteId);
    if (state) {
      const next = applyFold(state, fold, settle);
      if (!sameState(state, next)) states.push(next);
    } else if (fold.exists) {
      hydrate.push({ remoteId, threadRemoteId: fold.threadRemoteId, live: fold.announced, seq: fold.seq });
    }
    if (fold.left && !fold.exists) check.push(remoteId);
  }
  hydrate.sort((a, b) => (a.seq === b.seq ? compare(a.remoteId, b.remoteId) : a.seq < b.seq ? 1 : -1));
  return {
    hydrate: hydrate.map(({ remoteId, threadRemoteId, live }) => ({ remoteId, threadRemoteId, live })),
    check: check.sort(compare),
    states: states.sort((a, b) => compare(a.remoteId, b.remoteId)),
    gone: [...gone].sort(compare),
  };
}

function newFold(): Folded {
  return { threadRemoteId: '', seq: -1n, exists: false, announced: false, left: false, places: new Map() };
}

function foldEvent(fold: Folded, event: ChangeEvent): void {
  const seq = BigInt(event.seq);
  if (event.kind === 'left') {
    fold.left = true;
    return;
  }
  if (event.kind === 'gone') return;
  fold.exists = true;
  if (seq > fold.seq || (seq === fold.seq && event.threadRemoteId > fold.threadRemoteId)) {
    fold.seq = seq;
    fold.threadRemoteId = event.threadRemoteId;
  }
  if (event.kind === 'present') {
    fold.announced = true;
    return;
  }
  for (const place of event.removed) fold.places.set(place, later(fold.places.get(place), seq, false));
  for (const place of event.added) fold.places.set(place, later(fold.places.get(place), seq, true));
  if (event.isRead !== undefined) fold.isRead = later(fold.isRead, seq, event.isRead);
  if (event.isStarred !== undefined) fold.isStarred = later(fold.isStarred, seq, event.isStarred);
}

function later(before: LastWord | undefined, seq: bigint, value: boolean): LastWord {
  if (!before || seq > before.seq) return { seq, value };
  return seq === before.seq && value ? { seq, value } : before;
}

function applyFold(state: MessageState, fold: Folded, settle: SettlePlaces): MessageState {
  const places = new Set(state.places);
  for (const [place, word] of fold.places) {
    if (word.value) places.add(place);
    else places.delete(place);
  }
  return {
    ...state,
    isRead: fold.isRead?.value ?? state.isRead,
    isStarred: fold.isStarred?.value ?? state.isStarred,
    places: fold.places.size === 0 ? state.places : [...settle(places)].sort(),
  };
}

function sameState(a: MessageState, b: MessageState): boolean {
  return (
    a.isRead === b.isRead &&
    a.isStarred === b.isStarred &&
    a.places.length === b.places.length &&
    a.places.every((place, index) => place === b.places[index])
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
