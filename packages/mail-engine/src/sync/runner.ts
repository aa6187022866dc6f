import { LeaseLostError, MailError } from '../errors';
import type { Clock, Random } from '../ports/clock';
import type { Log } from '../ports/log';
import type { AccountOverview, CursorWrite, LeaseToken, MailStore } from '../ports/mail-store';
import type { MailProvider } from '../providers/provider';
import { auditStep, type AuditState, beginAudit, beginRepair, parseAudit } from './audit';
import { changesRound } from './changes';
import { type Did, mustWait, SliceContext, StopError } from './context';
import { decide, type Decision, decideOwnFailure, type SliceStatus } from './decide';
import { hydratePass } from './hydrate';
import {
  afterRound,
  firstListing,
  isListingScope,
  listingStep,
  type ListingState,
  moveStart,
  parseListing,
  reconcile,
  storedRun,
} from './inventory';
import { pushOperations } from './operations';
import { PLACES_MAX_AGE_MS, PlacesKeeper } from './places';
import { checkPass } from './removal';

export interface SliceSettings {
  /** Messages before this time (epoch ms) are known by id only; null fetches the whole mailbox. */
  readonly syncFrom: number | null;
  /**
   * Requests of a person: any text that differs from that of the last request. They stand with the account and are
   * given to every slice; the engine remembers which one it has taken up.
   */
  readonly resync?: string | null;
  readonly verify?: string | null;
  readonly repair?: string | null;
  readonly placesMaxAgeMs?: number;
}

export interface SliceOptions {
  readonly accountId: string;
  readonly provider: MailProvider;
  readonly store: MailStore;
  readonly lease: LeaseToken;
  readonly clock: Clock;
  readonly log: Log;
  /** No new step begins after this; the ones that run are finished. */
  readonly budgetMs: number;
  /** Ends the slice without waiting for the provider; what was claimed is given back. */
  readonly stop: AbortSignal;
  readonly settings: SliceSettings;
  readonly onProgress?: (did: Readonly<Did>) => void;
  /** Slices in a row that ended with the same error, for the length of the pause. */
  readonly failures?: number;
  /** True when the account shows an error that a successful slice must clear. */
  readonly hadError?: boolean;
  readonly random?: Random;
}

export interface SliceResult {
  readonly status: SliceStatus;
  readonly did: Readonly<Did>;
  /** True when the next slice should run at once. */
  readonly more: boolean;
  /** Epoch ms at which something waits to be done; null leaves it to the poll interval, or to a person. */
  readonly nextAt: number | null;
  /** When the change feed was last read to its end in this slice; null when it was not. */
  readonly polledAt: number | null;
  /** The state that the account goes to, and who must act; see decide. */
  readonly account: Decision['account'];
  readonly actor: Decision['actor'];
  readonly error: { readonly kind: string; readonly message: string; readonly providerCode: string | null } | null;
}

/** Between two looks at the change feed and at people's clicks inside one slice. */
const LIVE_INTERVAL_MS = 5_000;
/** Claims of one pass before the other steps get their turn. */
const CLAIMS_PER_TURN = 12;
/** Messages that each slice fetches before it goes on listing what is wanted: enough for a first page of threads. */
const FIRST_MESSAGES = 75;

/**
 * One small slice of an account's sync, under a lease that the caller holds. The order of care: what people changed,
 * what changed at the provider, one page of a listing, checks by id, fetching. Everything that is done is committed;
 * whatever ends the slice, the next one goes on where it stood. Never rejects, except when the store itself is dead.
 */
export async function runSlice(options: SliceOptions): Promise<SliceResult> {
  const slice = new Slice(options);
  let failure: unknown;
  try {
    await slice.run();
  } catch (error) {
    failure = error;
  }
  return slice.result(failure);
}

/** Waits for both, also when one fails: nothing may go on when the slice has ended. @throws what the first one threw */
async function both(one: Promise<boolean>, other: Promise<boolean>): Promise<boolean> {
  const results = await Promise.allSettled([one, other]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.some((result) => result.status === 'fulfilled' && result.value);
}

class Slice {
  readonly #options: SliceOptions;
  readonly #context: SliceContext;
  #places: PlacesKeeper;
  #listing: ListingState | null = null;
  #audit: AuditState | null = null;
  #polledAt: number | null = null;
  #lastLook = -Infinity;
  #looked = false;
  #fetchedFirst = false;
  #feedNotBefore = 0;
  #roundComplete = false;
  #mayWork = false;
  #expired = false;
  #view: AccountOverview | null = null;

  constructor(options: SliceOptions) {
    this.#options = options;
    this.#context = new SliceContext(options);
    this.#places = new PlacesKeeper(this.#context, undefined);
  }

  async run(): Promise<void> {
    const { store, accountId, lease, clock, settings } = this.#options;
    const view = await store.overview(accountId, clock.now());
    this.#view = view;
    this.#places = new PlacesKeeper(this.#context, view.cursors.get('places'));
    this.#listing = parseListing(view.cursors.get('listing'));
    this.#audit = parseAudit(view.cursors.get('verify'));
    const { nextNotBefore } = view.work;
    if (nextNotBefore !== null && !this.#waits(nextNotBefore)) this.#context.absurdWait = nextNotBefore;
    if (view.work.running > 0) await store.recoverWork(lease);
    if (!this.#listing || !view.cursors.has('changes')) await this.#begin();
    else if (this.#places.isOld(settings.placesMaxAgeMs ?? PLACES_MAX_AGE_MS)) await this.#places.refresh();

    let mayHaveWork = view.work.pending + view.work.running > 0;
    for (;;) {
      if (clock.monotonic() - this.#lastLook >= LIVE_INTERVAL_MS) await this.#look();
      if (this.#context.over) return;
      await this.#takeUpRequests();
      const beside = this.#options.provider.capabilities.listsBesideFetching ?? false;
      const work = () => mayHaveWork && this.#mayWork && !this.#context.over;
      let moved: boolean;
      if (beside && work()) moved = await both(this.#list(), this.#work());
      else moved = await this.#list();
      mayHaveWork ||= this.#context.workAdded;
      if (!beside && work()) moved = (await this.#work()) || moved;
      if (this.#context.over) return;
      moved = (await this.#verify()) || moved;
      if (!moved) return;
    }
  }

  /**
   * Checks and fetches. While the messages that are wanted are still being listed, a slice fetches only a few of them:
   * threads are cheapest when they are known whole, and a page of a listing costs next to nothing.
   */
  async #work(): Promise<boolean> {
    const { fetchBatch } = this.#options.provider.capabilities;
    const listing = this.#listing;
    const { listsBesideFetching } = this.#options.provider.capabilities;
    const listingOn =
      !listsBesideFetching &&
      listing &&
      isListingScope(listing) &&
      listing.position > 0 &&
      !this.#waits(listing.notBefore)
        ? listing
        : null;
    if (listingOn && this.#fetchedFirst) return false;
    this.#fetchedFirst = true;
    const claims = listingOn ? Math.ceil(FIRST_MESSAGES / fetchBatch) : CLAIMS_PER_TURN;
    const checked = await checkPass(this.#context, this.#places, claims);
    if (this.#context.over) return checked > 0;
    // With nothing else to do, fetching goes on without a break until it is time to look: each break idles the quota.
    const nothingElse = checked === 0 && (!this.#listing || this.#listing.phase === 'done');
    const lookIsDue = () => this.#options.clock.monotonic() - this.#lastLook >= LIVE_INTERVAL_MS;
    const maxClaims = nothingElse ? Infinity : claims;
    const fetched = await hydratePass(this.#context, this.#places, maxClaims, lookIsDue);
    return checked + fetched > 0;
  }

  /** First contact: the cursor is pinned before anything is listed, so that nothing can slip between the two. */
  async #begin(): Promise<void> {
    const { provider, settings } = this.#options;
    const profile = await this.#context.ask(() => provider.profile());
    await this.#places.refresh();
    const run = Math.max(this.#nextRun(), storedRun(this.#view?.cursors.get('listing')) + 1);
    this.#listing = this.#listing
      ? reconcile(this.#listing, run, this.#options.clock.now(), false)
      : { ...firstListing(settings.syncFrom, settings.resync ?? null), run };
    await this.#context.commit({
      cursors: [
        { name: 'changes', value: profile.cursor },
        { name: 'listing', value: JSON.stringify(this.#listing) },
      ],
      retireOperationsPushedBefore: Number.MAX_SAFE_INTEGER,
      account: { remoteTotal: profile.messagesTotal, lastSyncedAt: this.#options.clock.now() },
    });
    // A cursor that was made a moment ago has nothing behind it yet.
    this.#lastLook = this.#options.clock.monotonic();
    // One that has yet to be pinned is read as soon as the first messages are here.
    this.#roundComplete = !provider.inBaseline?.(profile.cursor);
    this.#mayWork = true;
    if (this.#roundComplete) this.#polledAt = this.#options.clock.now();
  }

  /** People's changes out, the provider's changes in. */
  async #look(): Promise<void> {
    const { store, accountId, clock } = this.#options;
    const first = this.#view !== null && !this.#looked;
    this.#looked = true;
    if (!first || this.#view?.hasOperations) await pushOperations(this.#context);
    // The first look spends no statement on what the overview has just said.
    const seen = first && this.#context.did.commits === 0 ? this.#view?.cursors : undefined;
    const cursor = seen?.get('changes') ?? (await store.cursor(accountId, 'changes'));
    if (cursor === null) throw new MailError('malformed', 'The position in the change feed is lost.');
    const trouble = first ? this.#view?.cursors.get('feed') : ((await store.cursor(accountId, 'feed')) ?? undefined);
    const { did } = this.#context;
    const removedBefore = did.gone + did.left;
    const round = await changesRound(this.#context, {
      places: this.#places,
      cursor,
      trouble,
      relist: () => this.#relist(),
    });
    const sawDeletions = did.gone + did.left > removedBefore;
    this.#lastLook = clock.monotonic();
    // While a feed is being pinned, its pages and everything else take turns; nothing is lost in between, as each page
    // says what is true now and what changes after it is told again.
    this.#mayWork = round.kind !== 'partial' || round.baseline;
    if (first && this.#mayWork) this.#context.grantBudget();
    this.#roundComplete = round.kind !== 'partial';
    if (round.kind === 'complete') {
      this.#polledAt = clock.now();
      if (this.#listing) await this.#saveListing(afterRound(this.#listing, sawDeletions));
    }
    if (round.kind === 'unreadable') this.#feedNotBefore = round.notBefore;
    if (round.kind === 'expired') await this.#expire();
  }

  /** Something happened that only a new listing can tell. It is no expiry: nobody has to wait for it. */
  #relist(): CursorWrite {
    const state = this.#listing ?? firstListing(this.#options.settings.syncFrom, null);
    this.#listing = reconcile(state, this.#nextRun(), this.#options.clock.now(), false);
    return { name: 'listing', value: JSON.stringify(this.#listing) };
  }

  /** The changes since the cursor are lost: pin a new one, then list everything again and ask by id what is unclear. */
  async #expire(): Promise<void> {
    const { provider, clock, log } = this.#options;
    if (this.#expired) return;
    this.#expired = true;
    const profile = await this.#context.ask(() => provider.profile());
    const state = this.#listing ?? firstListing(this.#options.settings.syncFrom, null);
    this.#listing = reconcile(state, this.#nextRun(), clock.now(), true);
    log.warn('The change feed expired; the mailbox is listed anew.', { expiries: this.#listing.expiries });
    await this.#context.commit({
      cursors: [
        { name: 'changes', value: profile.cursor },
        { name: 'listing', value: JSON.stringify(this.#listing) },
        { name: 'feed', value: null },
      ],
      // The events that would have confirmed these clicks are lost; the listing's checks bring the truth.
      retireOperationsPushedBefore: Number.MAX_SAFE_INTEGER,
      account: { remoteTotal: profile.messagesTotal },
    });
  }

  async #takeUpRequests(): Promise<void> {
    const { settings, clock } = this.#options;
    const listing = this.#listing;
    if (!listing) return;
    let next = listing;
    if (settings.resync && settings.resync !== listing.resync) {
      next = { ...reconcile(next, this.#nextRun(), clock.now(), false), resync: settings.resync };
    }
    if (settings.syncFrom !== next.syncFrom) next = moveStart(next, settings.syncFrom);
    await this.#saveListing(next);
    const audit = this.#audit;
    if (settings.verify && settings.verify !== audit?.token) {
      this.#audit = await beginAudit(this.#context, audit, settings.verify, this.#nextRun(), next.syncFrom);
    } else if (audit?.phase === 'done' && settings.repair && settings.repair !== audit.repair) {
      this.#audit = beginRepair(audit, settings.repair);
    }
  }

  async #saveListing(next: ListingState): Promise<void> {
    if (next === this.#listing) return;
    await this.#context.commit({ cursors: [{ name: 'listing', value: JSON.stringify(next) }] });
    this.#listing = next;
  }

  async #list(): Promise<boolean> {
    const listing = this.#listing;
    if (!listing || listing.phase === 'done' || this.#waits(listing.notBefore) || this.#context.over) return false;
    this.#listing = await listingStep(this.#context, this.#places, listing);
    return true;
  }

  async #verify(): Promise<boolean> {
    const { store, accountId, clock } = this.#options;
    const audit = this.#audit;
    if (!audit || audit.phase === 'done' || this.#waits(audit.notBefore)) return false;
    if (audit.phase === 'confirm') {
      const { pending } = await store.workCounts(accountId, clock.now());
      if (pending > 0 || (this.#listing && this.#listing.phase !== 'done')) return false;
    }
    const next = await auditStep(this.#context, audit, this.#listing?.syncFrom ?? null);
    const repaired = audit.phase === 'repair' && next.phase === 'done';
    this.#audit = repaired
      ? await beginAudit(this.#context, next, next.token, this.#nextRun(), this.#listing?.syncFrom ?? null)
      : next;
    return true;
  }

  #nextRun(): number {
    return Math.max(this.#listing?.run ?? 0, this.#audit?.run ?? 0) + 1;
  }

  #waits(notBefore: number): boolean {
    return mustWait(notBefore, this.#options.clock.now());
  }

  async result(failure: unknown): Promise<SliceResult> {
    if (failure === undefined) return this.#finished();
    const base = {
      did: this.#context.did,
      more: false,
      polledAt: this.#polledAt,
      account: null,
      actor: 'nobody' as const,
    };
    if (failure instanceof StopError) return { ...base, status: 'stopped', nextAt: null, error: null };
    if (failure instanceof LeaseLostError) return { ...base, status: 'leaseLost', nextAt: null, error: null };
    const { clock, failures = 0, random, log } = this.#options;
    const chance = random?.next() ?? 0.5;
    if (!(failure instanceof MailError)) {
      log.error('A sync slice failed.', { error: failure instanceof Error ? failure.name : typeof failure });
      const error = { kind: 'failed', message: 'The sync was interrupted by an internal error.', providerCode: null };
      const decision = decideOwnFailure(clock.now(), failures, chance);
      return { ...base, ...decision, error };
    }
    const decision = decide(failure, clock.now(), failures, chance);
    log.warn('A sync slice ended early.', {
      kind: failure.kind,
      code: failure.providerCode,
      status: failure.httpStatus,
    });
    const error = { kind: failure.kind, message: failure.message, providerCode: failure.providerCode };
    await this.#remember({ error, notBefore: decision.nextAt });
    return { ...base, ...decision, error };
  }

  async #finished(): Promise<SliceResult> {
    const { store, accountId, clock, hadError } = this.#options;
    if (hadError && this.#polledAt !== null) await this.#remember({ error: null, notBefore: null });
    const base = {
      did: this.#context.did,
      polledAt: this.#polledAt,
      account: null,
      actor: 'nobody',
      error: null,
    } as const;
    if (this.#context.stopped) return { ...base, status: 'stopped', more: false, nextAt: null };

    const now = clock.now();
    const listing = this.#listing;
    const audit = this.#audit;
    // A slice that wrote nothing has changed no counts since its overview.
    const unchanged = this.#context.did.commits === 0 && this.#view;
    const counts = unchanged ? unchanged.work : await store.workCounts(accountId, now);
    const listingWaits = listing && listing.phase !== 'done' ? listing.notBefore : null;
    const auditOpen = audit && audit.phase !== 'done' && audit.phase !== 'confirm';
    const auditReady = audit?.phase === 'confirm' && counts.pending === 0 && listingWaits === null;
    const times = [
      counts.pending > 0 ? (counts.nextNotBefore ?? now) : null,
      listingWaits,
      auditOpen || auditReady ? audit.notBefore : null,
      this.#feedNotBefore > now ? this.#feedNotBefore : null,
      this.#roundComplete ? null : now,
      // The listing is believed after the next round; one that cannot be read has its own time.
      listing?.unconfirmed && this.#feedNotBefore <= now ? now : null,
    ].filter((time) => time !== null);
    if (times.length === 0) return { ...base, status: 'idle', more: false, nextAt: null };
    const nextAt = Math.min(...times.map((time) => (this.#waits(time) ? time : now)));
    return nextAt <= now
      ? { ...base, status: 'more', more: true, nextAt: now }
      : { ...base, status: 'waiting', more: false, nextAt };
  }

  /** The error that the account shows. When even that cannot be written, the next slice finds the same error. */
  async #remember(patch: { error: SliceResult['error']; notBefore: number | null }): Promise<void> {
    try {
      await this.#context.commit({ account: patch });
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      this.#options.log.warn('The outcome of a sync slice could not be stored.', { error: name });
    }
  }
}
