import { z } from 'zod';
import { ACCOUNT_WIDE, MailError } from '../errors';
import type { ListedMessage, ListEntry, ListPage } from '../model/change';
import type { MessageState } from '../model/message';
import type { NewWork } from '../model/work';
import type { SliceContext } from './context';
import { askAgainWhatIsCovered } from './covered';
import { parseJson, type PlacesKeeper } from './places';

/** The last ids of the scope listing, by which the complete one knows how far the scope reaches. */
const TAIL = 50;
/** Positions that are always fetched, and by how much the scope may be overrun while its end is not found. */
const ALWAYS_FETCHED = 50;
const OVERRUN = 1_000;
const ABSENT_PAGE = 500;
/** Checks that only refresh a state come after those that decide about existence. */
const PRIORITY_REFRESH = -1_000_000_000;
const MINUTE = 60_000;
const EXTRA_PASSES = 3;

const ListingSchema = z.object({
  /** Number of this run: rows that it has seen carry it. */
  run: z.number(),
  /** Epoch ms from which on messages are fetched; null fetches all. */
  syncFrom: z.number().nullable(),
  purpose: z.enum(['first', 'extend', 'reconcile']),
  phase: z.enum(['scope', 'complete', 'absent', 'done']),
  pageToken: z.string().nullable(),
  /** Entries of this phase so far. */
  position: z.number(),
  /** Entries of the scope listing, and the provider's estimate while it runs. */
  scopeCount: z.number(),
  estimatedTotal: z.number().nullable(),
  tail: z.array(z.string()),
  endFound: z.boolean(),
  /** Messages were deleted while this pass ran: what came after them may have slipped over a page's edge. */
  disturbed: z.boolean().default(false),
  /** The pass came to its end, and the changes that happened during it have not all been read yet. */
  unconfirmed: z.boolean().default(false),
  /** Passes that were made again because the one before was disturbed. */
  passes: z.number().default(0),
  /** Walk over the ids that the run did not see. */
  after: z.string().nullable(),
  /** Refused page tokens in a row, and expired change cursors in a row. */
  restarts: z.number(),
  expiries: z.number(),
  expiredAt: z.number().nullable(),
  notBefore: z.number(),
  /** The person's last request for a resync that was taken up. */
  resync: z.string().nullable(),
});

/** Where a listing of the mailbox stands; kept as JSON in the cursor `listing`. */
export type ListingState = z.infer<typeof ListingSchema>;

export function parseListing(value: string | null | undefined): ListingState | null {
  const parsed = ListingSchema.safeParse(parseJson(value));
  return parsed.success ? parsed.data : null;
}

/** The run number of a stored listing even when the rest of it cannot be understood: numbers are never used twice. */
export function storedRun(value: string | null | undefined): number {
  const parsed = z.object({ run: z.number() }).safeParse(parseJson(value));
  return parsed.success ? parsed.data.run : 0;
}

export function firstListing(syncFrom: number | null, resync: string | null): ListingState {
  return {
    run: 1,
    syncFrom,
    purpose: 'first',
    phase: firstPhase(syncFrom),
    ...START,
    expiries: 0,
    expiredAt: null,
    notBefore: 0,
    resync,
  };
}

/**
 * The mailbox is listed completely again under a new run number, because its changes could not be followed. Each expiry
 * that follows another within a day makes the next listing wait longer, so that a feed that expires at once cannot
 * keep us listing for ever.
 */
export function reconcile(state: ListingState, run: number, now: number, expired: boolean): ListingState {
  const recent = state.expiredAt !== null && Math.abs(now - state.expiredAt) < 24 * 60 * MINUTE;
  const expiries = expired ? (recent ? state.expiries + 1 : 1) : state.expiries;
  const wait = expired && expiries > 1 ? Math.min(6 * 60 * MINUTE, 5 * MINUTE * 2 ** (expiries - 2)) : 0;
  return {
    ...state,
    run,
    // A first sync that has not come to its end goes on being one: whatever it did not fetch yet is still wanted.
    purpose: 'reconcile',
    phase: firstPhase(state.syncFrom),
    ...START,
    expiries,
    expiredAt: expired ? now : state.expiredAt,
    notBefore: now + wait,
  };
}

/** The person chose another start. An earlier one needs a listing of what lies between; a later one fetches nothing. */
export function moveStart(state: ListingState, syncFrom: number | null): ListingState {
  const running = state.phase !== 'done';
  const earlier = state.syncFrom !== null && (syncFrom === null || syncFrom < state.syncFrom);
  if (!running && !earlier) return { ...state, syncFrom };
  const purpose = running ? state.purpose : 'extend';
  return { ...state, syncFrom, purpose, phase: firstPhase(syncFrom), ...START };
}

const START = {
  pageToken: null,
  position: 0,
  scopeCount: 0,
  estimatedTotal: null,
  tail: [] as string[],
  endFound: false,
  disturbed: false,
  unconfirmed: false,
  passes: 0,
  after: null,
  restarts: 0,
};

/** Whether the phase that runs is the one that finds the messages to be fetched. */
export function isListingScope(state: ListingState): boolean {
  return state.phase === 'scope' || (state.phase === 'complete' && state.syncFrom === null);
}

function firstPhase(syncFrom: number | null): ListingState['phase'] {
  return syncFrom === null ? 'complete' : 'scope';
}

/**
 * One page of a listing: its inventory rows, its work and its checkpoint in one commit.
 * @throws MailError account-wide kinds. Other refusals restart the listing, later and later.
 */
export async function listingStep(
  context: SliceContext,
  places: PlacesKeeper,
  state: ListingState,
): Promise<ListingState> {
  if (state.phase === 'absent') return absentStep(context, state);
  const since = state.phase === 'scope' ? state.syncFrom : null;
  let page: ListPage;
  try {
    page = await context.ask(() => context.provider.list({ since, pageToken: state.pageToken }));
  } catch (error) {
    if (!(error instanceof MailError) || ACCOUNT_WIDE.has(error.kind)) throw error;
    return restart(context, state, error);
  }
  const entries = distinct(page.entries);
  const here = await context.store.presentIds(
    context.accountId,
    entries.map((entry) => entry.remoteId),
  );
  const found = endOfScope(state, entries);
  const work: NewWork[] = [];
  const states: MessageState[] = [];
  // A reconcile is a new beginning for quarantined items too: a person asked for it, or much time has passed.
  const revive = state.purpose === 'reconcile';
  entries.forEach(({ remoteId, threadRemoteId, state: told }, index) => {
    const priority = -(state.position + index);
    if (!here.has(remoteId)) {
      if (index < found.wanted) work.push({ kind: 'hydrate', remoteId, threadRemoteId, priority, revive });
    } else if (state.purpose === 'reconcile' && state.phase === 'complete' && state.passes === 0) {
      // Flags and places may have changed while nobody could tell us, and in a draft everything.
      if (told) states.push(told);
      if (told?.isDraft) work.push({ kind: 'hydrate', remoteId, threadRemoteId, priority, revive });
      if (!told) work.push({ kind: 'check', remoteId, threadRemoteId, priority: PRIORITY_REFRESH + priority, revive });
    }
  });
  const next = advance({ ...state, endFound: found.endFound }, page, entries);
  context.did.listed += entries.length;
  await places.ensure(new Set(states.flatMap((told) => told.places)));
  const write = await askAgainWhatIsCovered(context, { states, work });
  await context.commit({
    ...write,
    inventory: { run: state.run, entries },
    cursors: [{ name: 'listing', value: JSON.stringify(next) }],
  });
  return next;
}

/**
 * How many entries of a page are to be fetched. A scope listing wants all. The complete one wants everything down to
 * the last message of the scope, because a search index lags behind the mailbox and may have left out the newest.
 */
function endOfScope(state: ListingState, entries: readonly ListEntry[]): { wanted: number; endFound: boolean } {
  if (state.phase === 'scope' || state.syncFrom === null) return { wanted: entries.length, endFound: false };
  const tail = new Set(state.tail);
  const lastOfTail = entries.reduce((last, entry, index) => (tail.has(entry.remoteId) ? index : last), -1);
  const endFound = state.endFound || lastOfTail >= 0;
  const limit = endFound || state.scopeCount === 0 ? ALWAYS_FETCHED : state.scopeCount + OVERRUN;
  return { wanted: Math.max(lastOfTail + 1, limit - state.position), endFound };
}

function advance(state: ListingState, page: ListPage, entries: readonly ListEntry[]): ListingState {
  const position = state.position + entries.length;
  const inScope = isListingScope(state);
  const counted = {
    ...state,
    position,
    restarts: 0,
    pageToken: page.nextPageToken,
    scopeCount: inScope ? position : state.scopeCount,
    estimatedTotal: inScope ? (page.estimatedTotal ?? state.estimatedTotal) : state.estimatedTotal,
    tail:
      state.phase === 'scope' ? [...state.tail, ...entries.map((entry) => entry.remoteId)].slice(-TAIL) : state.tail,
  };
  if (page.nextPageToken !== null) return counted;
  const ended = { ...counted, position: 0, pageToken: null };
  if (state.phase === 'scope' && state.purpose !== 'extend') return { ...ended, phase: 'complete' };
  return { ...ended, phase: state.purpose === 'reconcile' ? 'absent' : 'done', unconfirmed: true };
}

/**
 * To be called when a change round was read to its end. A listing is made of pages, and where their tokens are
 * positions, a deletion shifts what follows over the edge of a page that was read already. Nothing tells how a
 * provider makes its tokens, so a listing during which messages were deleted is made once more; it costs little, as
 * only what is not here yet is fetched.
 */
export function afterRound(state: ListingState, sawDeletions: boolean): ListingState {
  const disturbed = state.disturbed || sawDeletions;
  if (!state.unconfirmed)
    return state.phase === 'done' || disturbed === state.disturbed ? state : { ...state, disturbed };
  if (!disturbed || state.passes >= EXTRA_PASSES) return { ...state, unconfirmed: false, disturbed: false, tail: [] };
  const scopeOnly = state.purpose === 'extend' && state.syncFrom !== null;
  return {
    ...state,
    phase: scopeOnly ? 'scope' : 'complete',
    pageToken: null,
    position: 0,
    endFound: false,
    after: null,
    disturbed: false,
    unconfirmed: false,
    passes: state.passes + 1,
  };
}

/** Ids that a reconcile did not see: nobody concludes anything from that, each is asked by id. */
async function absentStep(context: SliceContext, state: ListingState): Promise<ListingState> {
  const { store, accountId } = context;
  const ids = await store.inventoryNotSeenIn(accountId, state.run, state.after, ABSENT_PAGE);
  const here = await store.presentIds(accountId, ids);
  const work: NewWork[] = ids
    .filter((remoteId) => here.has(remoteId))
    .map((remoteId, index) => ({ kind: 'check', remoteId, threadRemoteId: '', priority: -index, revive: true }));
  const last = ids.at(-1);
  const next: ListingState = last === undefined ? { ...state, phase: 'done', after: null } : { ...state, after: last };
  await context.commit({ work, cursors: [{ name: 'listing', value: JSON.stringify(next) }] });
  return next;
}

/** The page token was refused or the page made no sense: this phase begins anew; nothing that is known is lost. */
async function restart(context: SliceContext, state: ListingState, error: MailError): Promise<ListingState> {
  const restarts = state.restarts + 1;
  const tail = state.phase === 'scope' ? [] : state.tail;
  const wait = restarts === 1 && state.pageToken !== null ? 0 : Math.min(60 * MINUTE, 15_000 * 2 ** restarts);
  context.log.warn('A listing has to begin anew.', { kind: error.kind, code: error.providerCode, restarts });
  const notBefore = context.clock.now() + wait;
  const next = { ...state, pageToken: null, position: 0, endFound: false, tail, restarts, notBefore };
  await context.commit({ cursors: [{ name: 'listing', value: JSON.stringify(next) }] });
  return next;
}

export function distinct(entries: readonly ListedMessage[]): readonly ListedMessage[] {
  return [...new Map(entries.map((entry) => [entry.remoteId, entry])).values()];
}

export interface ListingProgress {
  readonly phase: ListingState['phase'];
  readonly purpose: ListingState['purpose'];
  /** Messages from `syncFrom` on that the listing has shown so far. */
  readonly inScope: number;
  /** How many of them are expected in all; exact once the scope was listed. Null when nobody knows yet. */
  readonly expected: number | null;
  /** Ids of the whole mailbox that the complete listing has shown so far; null before it began. */
  readonly listed: number | null;
}

/** What the account's progress shows of a running listing; null before the first one. `value`: the cursor `listing`. */
export function listingProgress(value: string | null): ListingProgress | null {
  const state = parseListing(value);
  if (!state) return null;
  const { phase, purpose, scopeCount, estimatedTotal, position } = state;
  const counting = isListingScope(state);
  const expected = counting ? (estimatedTotal === null ? null : Math.max(estimatedTotal, scopeCount)) : scopeCount;
  return { phase, purpose, inScope: scopeCount, expected, listed: phase === 'complete' ? position : null };
}
