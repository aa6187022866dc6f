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

type StateEvent = Extract<ChangeEvent, { kind: 'state' }>;

interface Folded {
  threadRemoteId: string;
  seq: bigint;
  exists: boolean;
  announced: boolean;
  /** Not only shown because the feed is being pinned: that is left to the listing, which is made once more after it. */
  wanted: boolean;
  left: boolean;
  /** The latest word about having left a place, by place. */
  readonly leftPlaces: Map<string, bigint>;
  /** The last complete state; words about single places and flags count only after it. */
  complete?: StateEvent;
  readonly places: Map<string, LastWord>;
  isRead?: LastWord;
  isStarred?: LastWord;
}

/**
 * Merges the events of one round into what must be done, whatever their order and however often they are repeated:
 * events are folded per id by `seq`, `gone` is final because ids are never used again, and *present beats left*.
 * `known` holds the states of those ids that are here; it may hold others too. Unknown ids that are only part of a
 * baseline are left to the listing. What a draft says may change
 * while its id stays, so a draft whose state is told is fetched again.
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
    }
    const isWanted = state ? fold.complete && (state.isDraft || fold.complete.isDraft) : fold.wanted;
    if (isWanted) hydrate.push({ remoteId, threadRemoteId: fold.threadRemoteId, live: fold.announced, seq: fold.seq });
    if (fold.left && (!fold.exists || leftLater(fold))) check.push(remoteId);
  }
  hydrate.sort((a, b) => (a.seq === b.seq ? compare(a.remoteId, b.remoteId) : a.seq < b.seq ? 1 : -1));
  return {
    hydrate: hydrate.map(({ remoteId, threadRemoteId, live }) => ({ remoteId, threadRemoteId, live })),
    check: check.sort(compare),
    states: states.sort((a, b) => compare(a.remoteId, b.remoteId)),
    gone: [...gone].sort(compare),
  };
}

/** Seen somewhere, and after that said to have left that very place. */
function leftLater({ complete, leftPlaces }: Folded): boolean {
  return (
    complete !== undefined && complete.places.some((place) => (leftPlaces.get(place) ?? -1n) > BigInt(complete.seq))
  );
}

function newFold(): Folded {
  return {
    threadRemoteId: '',
    seq: -1n,
    exists: false,
    announced: false,
    wanted: false,
    left: false,
    leftPlaces: new Map(),
    places: new Map(),
  };
}

function foldEvent(fold: Folded, event: ChangeEvent): void {
  const seq = BigInt(event.seq);
  if (event.kind === 'left') {
    fold.left = true;
    if (event.place !== undefined && seq > (fold.leftPlaces.get(event.place) ?? -1n)) {
      fold.leftPlaces.set(event.place, seq);
    }
    return;
  }
  if (event.kind === 'gone') return;
  fold.exists = true;
  fold.wanted ||= event.kind !== 'state' || !event.baseline;
  if (seq > fold.seq || (seq === fold.seq && event.threadRemoteId > fold.threadRemoteId)) {
    fold.seq = seq;
    fold.threadRemoteId = event.threadRemoteId;
  }
  if (event.kind === 'present') {
    fold.announced = true;
    return;
  }
  if (event.kind === 'state') {
    fold.announced ||= !event.baseline;
    if (!fold.complete || isLater(event, fold.complete)) fold.complete = event;
    return;
  }
  for (const place of event.removed) fold.places.set(place, later(fold.places.get(place), seq, false));
  for (const place of event.added) fold.places.set(place, later(fold.places.get(place), seq, true));
  if (event.isRead !== undefined) fold.isRead = later(fold.isRead, seq, event.isRead);
  if (event.isStarred !== undefined) fold.isStarred = later(fold.isStarred, seq, event.isStarred);
}

/** Of two states with one `seq`, which no provider gives, the choice must at least not depend on their order. */
function isLater(a: StateEvent, b: StateEvent): boolean {
  const [left, right] = [BigInt(a.seq), BigInt(b.seq)];
  return left === right ? JSON.stringify(a) > JSON.stringify(b) : left > right;
}

function later(before: LastWord | undefined, seq: bigint, value: boolean): LastWord {
  if (!before || seq > before.seq) return { seq, value };
  return seq === before.seq && value ? { seq, value } : before;
}

function applyFold(state: MessageState, fold: Folded, settle: SettlePlaces): MessageState {
  const { complete } = fold;
  const since = complete ? BigInt(complete.seq) : -1n;
  const base: MessageState = complete
    ? {
        remoteId: state.remoteId,
        threadRemoteId: complete.threadRemoteId,
        isRead: complete.isRead,
        isStarred: complete.isStarred,
        isDraft: complete.isDraft,
        places: complete.places,
      }
    : state;
  const places = new Set(base.places);
  const words = [...fold.places].filter(([, word]) => word.seq > since);
  for (const [place, word] of words) {
    if (word.value) places.add(place);
    else places.delete(place);
  }
  const flag = (word: LastWord | undefined, before: boolean) => (word && word.seq > since ? word.value : before);
  return {
    ...base,
    isRead: flag(fold.isRead, base.isRead),
    isStarred: flag(fold.isStarred, base.isStarred),
    places: !complete && words.length === 0 ? base.places : [...settle(places)].sort(),
  };
}

function sameState(a: MessageState, b: MessageState): boolean {
  return (
    a.isRead === b.isRead &&
    a.isStarred === b.isStarred &&
    a.isDraft === b.isDraft &&
    a.threadRemoteId === b.threadRemoteId &&
    a.places.length === b.places.length &&
    a.places.every((place, index) => place === b.places[index])
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
