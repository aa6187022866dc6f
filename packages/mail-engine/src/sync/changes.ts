import { z } from 'zod';
import { ACCOUNT_WIDE, MailError } from '../errors';
import type { ChangeEvent } from '../model/change';
import type { MessageState } from '../model/message';
import { type NewWork, PRIORITY_LIVE } from '../model/work';
import type { CursorWrite, StoreWrite } from '../ports/mail-store';
import { mustWait, pieces, type SliceContext } from './context';
import { askAgainWhatIsCovered } from './covered';
import { parseJson, type PlacesKeeper } from './places';
import { type Plan, plan } from './plan';

/**
 * Events that are held in memory before they are committed; a round is longer only after days of absence. A shorter one
 * is read to its end even when the slice's time is up, because only a whole round is safe from pages out of order.
 */
const SEGMENT_EVENTS = 5_000;
/** Rows per transaction, so that each stays far below the time a busy database can spare. */
const ROWS_PER_COMMIT = 200;
/** So many unreadable pages at the same place, and the feed is given up and the mailbox listed anew. */
const UNREADABLE_PAGES = 5;
const LONGEST_WAIT_MS = 30 * 60_000;

const FeedTrouble = z.object({ unreadable: z.number(), notBefore: z.number() });

export type RoundResult =
  /** The feed was read to its end. */
  | { readonly kind: 'complete' }
  /** Time was up; the cursor stands where the commits stand. `baseline`: see ChangePage. */
  | { readonly kind: 'partial'; readonly baseline: boolean }
  /** The cursor is of no use any more: list the mailbox. */
  | { readonly kind: 'expired' }
  /** The feed cannot be read now; other work may go on. */
  | { readonly kind: 'unreadable'; readonly notBefore: number };

export interface RoundOptions {
  readonly places: PlacesKeeper;
  readonly cursor: string;
  /** The cursor `feed`. */
  readonly trouble: string | undefined;
  /** Begins a new listing of the mailbox; what it writes is committed together with the cursor that called for it. */
  readonly relist: () => CursorWrite;
}

/**
 * Reads the change feed from `cursor` to its end and commits what follows from it. All pages of a round are merged
 * before anything is decided, so that their order cannot matter; a very long round is committed in segments.
 * @throws MailError account-wide kinds.
 */
export async function changesRound(context: SliceContext, options: RoundOptions): Promise<RoundResult> {
  const known = FeedTrouble.safeParse(parseJson(options.trouble));
  const before = known.success ? known.data : null;
  if (before && mustWait(before.notBefore, context.clock.now()))
    return { kind: 'unreadable', notBefore: before.notBefore };
  try {
    return await readRound(context, options, before !== null);
  } catch (error) {
    if (!(error instanceof MailError) || ACCOUNT_WIDE.has(error.kind)) throw error;
    if (error.kind === 'cursorExpired') return { kind: 'expired' };
    const unreadable = (before?.unreadable ?? 0) + 1;
    context.log.warn('The change feed could not be read.', { kind: error.kind, code: error.providerCode, unreadable });
    if (unreadable >= UNREADABLE_PAGES) return { kind: 'expired' };
    const notBefore = context.clock.now() + Math.min(LONGEST_WAIT_MS, 15_000 * 2 ** unreadable);
    await context.commit({ cursors: [{ name: 'feed', value: JSON.stringify({ unreadable, notBefore }) }] });
    return { kind: 'unreadable', notBefore };
  }
}

async function readRound(context: SliceContext, options: RoundOptions, hadTrouble: boolean): Promise<RoundResult> {
  const { places } = options;
  let committed = options.cursor;
  let cursor = committed;
  let events: ChangeEvent[] = [];
  let placesChanged = false;
  let relist = false;
  for (;;) {
    const asked = cursor;
    const page = await context.ask(() => context.provider.changes(asked));
    events.push(...page.events);
    placesChanged ||= page.placesChanged;
    relist ||= page.relist ?? false;
    cursor = page.cursor;
    if (!page.done && cursor === asked) throw new MailError('malformed', 'The change feed does not move on.');
    const baseline = page.baseline ?? false;
    const mayPause = baseline && context.over;
    if (!page.done && !mayPause && events.length < SEGMENT_EVENTS) continue;
    if (placesChanged) await places.refresh();
    placesChanged = false;
    if (events.length > 0 || cursor !== committed || hadTrouble || relist) {
      await commitSegment(context, options, { events, cursor, done: page.done, hadTrouble, relist });
    }
    if (page.done) return { kind: 'complete' };
    if (context.over || baseline) return { kind: 'partial', baseline };
    committed = cursor;
    events = [];
    relist = false;
  }
}

interface Segment {
  readonly events: readonly ChangeEvent[];
  readonly cursor: string;
  readonly done: boolean;
  readonly hadTrouble: boolean;
  readonly relist: boolean;
}

async function commitSegment(context: SliceContext, options: RoundOptions, segment: Segment): Promise<void> {
  const { events, cursor, done, hadTrouble } = segment;
  const ids = [...new Set(events.map((event) => event.remoteId))];
  const known: ReadonlyMap<string, MessageState> =
    ids.length > 0 ? await context.store.states(context.accountId, ids) : new Map();
  const planned = plan(events, known, context.provider.capabilities.settlePlaces);
  await options.places.ensure(new Set(planned.states.flatMap((state) => state.places)));

  const writes = writesOf(planned);
  const last = writes.pop() ?? {};
  for (const write of writes) await context.commit(await askAgainWhatIsCovered(context, write));
  const cursors: CursorWrite[] = [{ name: 'changes', value: cursor }];
  if (hadTrouble) cursors.push({ name: 'feed', value: null });
  if (segment.relist) cursors.push(options.relist());
  context.did.events += events.length;
  context.did.gone += planned.gone.length;
  context.did.left += planned.check.length;
  if (!done) {
    await context.commit({ ...(await askAgainWhatIsCovered(context, last)), cursors });
    return;
  }
  // Operations are pushed by this same runner, and never during a round: all that were pushed were pushed before it.
  const retireOperationsPushedBefore = Number.MAX_SAFE_INTEGER;
  await context.commit({
    ...last,
    cursors,
    retireOperationsPushedBefore,
    account: { lastSyncedAt: context.clock.now() },
  });
}

function writesOf(planned: Plan): StoreWrite[] {
  const work: NewWork[] = [
    ...planned.hydrate.map(({ remoteId, threadRemoteId, live }) => ({
      kind: 'hydrate' as const,
      remoteId,
      threadRemoteId,
      priority: live ? PRIORITY_LIVE : 0,
    })),
    ...planned.check.map((remoteId) => ({
      kind: 'check' as const,
      remoteId,
      threadRemoteId: '',
      priority: PRIORITY_LIVE,
    })),
  ];
  const parts = {
    work: pieces(work, ROWS_PER_COMMIT),
    gone: pieces(planned.gone, ROWS_PER_COMMIT),
    states: pieces(planned.states, ROWS_PER_COMMIT),
  };
  const count = Math.max(parts.work.length, parts.gone.length, parts.states.length);
  return Array.from({ length: count }, (_, index) => ({
    work: parts.work[index] ?? [],
    gone: parts.gone[index] ?? [],
    states: parts.states[index] ?? [],
  }));
}
