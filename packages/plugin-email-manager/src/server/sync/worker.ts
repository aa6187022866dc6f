import { setMaxListeners } from 'node:events';
import type { Clock, Random } from '@email-manager/mail-engine/ports/clock';
import type { Log } from '@email-manager/mail-engine/ports/log';
import type { MailStore } from '@email-manager/mail-engine/ports/mail-store';
import type { LeaseKeeper } from '@email-manager/mail-engine/sync/lease';
import { runSlice, type SliceResult } from '@email-manager/mail-engine/sync/runner';
import type { AccountStore, WorkerAccount } from '../accounts/account-store';
import type { Mailboxes } from '../accounts/mailboxes';
import { loggableError } from '../errors';
import { trusted } from '../guard/trusted';
import type { Presence } from './presence';
import { Schedule, type SliceOutcome } from './schedule';
import type { RateMeter } from './rate-meter';
import type { RunLog } from './run-log';

/** How often the rows are read for mailboxes that other processes added, paused or woke. */
const REFRESH_MS = 15_000;
const HOUSEKEEPING_MS = 3_600_000;
const SLICE_BUDGET_MS = 5_000;
/** A stop waits no longer than this for slices; what they claimed is given back by whoever takes the lease next. */
const STOP_WAIT_MS = 4_000;

export interface WorkerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly accounts: AccountStore;
  readonly mailboxes: Mailboxes;
  readonly store: MailStore;
  readonly leases: LeaseKeeper;
  readonly runLog: RunLog;
  readonly presence: Presence;
  readonly rate: RateMeter;
  readonly intervalSeconds: () => Promise<number>;
  /** Slices that may run at once in this process. */
  readonly concurrency: number;
  readonly onProgress: (accountId: string) => void;
  /** Called when a slice has ended, with the transition of the account that follows from it. */
  readonly onSlice: (accountId: string, result: SliceResult) => Promise<void>;
  /** Takes a deletion a little further; true when the account is gone. */
  readonly deleteSome: (accountId: string, stop: AbortSignal) => Promise<boolean>;
  readonly housekeeping: (stop: AbortSignal) => Promise<void>;
}

export interface Worker {
  start(): void;
  /** Resolves within five seconds, whatever the provider does. */
  stop(): Promise<void>;
  /** A row changed that makes this mailbox worth a look now. */
  wake(accountId: string, options?: { urgent?: boolean }): void;
  /** A mail page of this user is visible (or no longer). */
  touch(userId: string, visible: boolean): Promise<void>;
  settingsChanged(): void;
  readonly running: boolean;
}

/**
 * Runs the mailboxes' slices: at most one per mailbox, a few at once. Timers, clicks and other processes only wake it;
 * what is to be done stands in the rows, and the lease decides who does it.
 */
export function createWorker(deps: WorkerDeps): Worker {
  const { clock, log } = deps;
  const schedule = new Schedule();
  const watchers = new Map<string, readonly string[]>();
  const slices = new Set<Promise<void>>();
  let rows = new Map<string, WorkerAccount>();
  let stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let ticking: Promise<void> | null = null;
  let tickAgain = false;
  let refreshedAt = -Infinity;
  let housekeptAt = -Infinity;
  let intervalMs = 300_000;
  let started = false;

  function arm(ms: number): void {
    if (!started || stopping.signal.aborted) return;
    if (timer) clearTimeout(timer);
    timer = setTimeout(() => tick(), Math.max(0, Math.min(ms, REFRESH_MS)));
    timer.unref();
  }

  function tick(): void {
    if (ticking) {
      tickAgain = true;
      return;
    }
    // A click's request must not be what a slice runs on behalf of.
    ticking = trusted('sync worker', () => turn())
      .catch((error: unknown) => log.error('The sync worker could not plan its work.', loggableError(error)))
      .finally(() => {
        ticking = null;
        const next = tickAgain ? 0 : (schedule.nextDue() ?? Infinity) - clock.now();
        tickAgain = false;
        arm(slices.size >= deps.concurrency ? REFRESH_MS : next);
      });
  }

  async function turn(): Promise<void> {
    if (stopping.signal.aborted) return;
    if (clock.monotonic() - refreshedAt >= REFRESH_MS) await refresh();
    // Stopped while the rows were read: nothing new may begin.
    if (stopping.signal.aborted) return;
    const now = clock.now();
    for (const [user, accountIds] of watchers) {
      if (!deps.presence.isVisible(user)) watchers.delete(user);
      else for (const accountId of accountIds) schedule.lookedAt(accountId, now);
    }
    for (const accountId of schedule.take(now, deps.concurrency - slices.size)) {
      const slice = trusted('sync', () => run(accountId)).finally(() => {
        slices.delete(slice);
        arm(0);
      });
      slices.add(slice);
    }
  }

  async function refresh(): Promise<void> {
    refreshedAt = clock.monotonic();
    const [found, seconds] = await Promise.all([deps.accounts.forWorker(), deps.intervalSeconds()]);
    intervalMs = seconds * 1000;
    rows = new Map(found.map((row) => [row.id, row]));
    schedule.setAccounts(found, clock.now(), intervalMs);
    if (clock.monotonic() - housekeptAt < HOUSEKEEPING_MS) return;
    housekeptAt = clock.monotonic();
    const tidying = deps
      .housekeeping(stopping.signal)
      .catch((error: unknown) => log.warn('Housekeeping was interrupted.', loggableError(error)))
      .finally(() => slices.delete(tidying));
    slices.add(tidying);
  }

  async function run(accountId: string): Promise<void> {
    const row = rows.get(accountId);
    let outcome: SliceOutcome = FAILED(clock.now());
    try {
      if (!row) return;
      outcome = row.status === 'deleting' ? await remove(accountId) : await slice(row);
    } catch (error) {
      log.error('A sync slice could not be run.', loggableError(error));
    } finally {
      schedule.finish(accountId, outcome, clock.now(), intervalMs);
    }
  }

  async function slice(row: WorkerAccount): Promise<SliceOutcome> {
    const { id: accountId, requests } = row;
    const startedAt = clock.now();
    const begin = clock.monotonic();
    const unitsBefore = deps.mailboxes.unitsUsed(accountId) ?? 0;
    const result = await deps.leases.withLease(accountId, stopping.signal, (lease, stop) => {
      // Each of a slice's concurrent calls listens to it.
      setMaxListeners(0, stop);
      return runSlice({
        accountId,
        provider: deps.mailboxes.forSync(row),
        store: deps.store,
        lease,
        clock,
        log,
        budgetMs: SLICE_BUDGET_MS,
        stop,
        random: deps.random,
        failures: schedule.failures(accountId),
        hadError: row.errorKind !== null,
        settings: {
          syncFrom: row.syncFrom,
          resync: requests.resync ?? null,
          verify: requests.verify ?? null,
          repair: requests.repair ?? null,
        },
        onProgress: () => deps.onProgress(accountId),
      });
    });
    if (!result) return { ...IDLE, taken: true };
    const elapsed = clock.monotonic() - begin;
    deps.rate.note(accountId, result.did.hydrated, elapsed);
    if (result.error) rows.set(accountId, { ...row, errorKind: result.error.kind });
    else if (row.errorKind !== null && result.polledAt !== null) rows.set(accountId, { ...row, errorKind: null });
    await deps.onSlice(accountId, result);
    const units = (deps.mailboxes.unitsUsed(accountId) ?? 0) - unitsBefore;
    await deps.runLog.record(accountId, startedAt, elapsed, units, result);
    if (result.account !== null) refreshedAt = -Infinity;
    return { ...result, errorKind: result.error?.kind ?? null };
  }

  async function remove(accountId: string): Promise<SliceOutcome> {
    const gone = await deps.deleteSome(accountId, stopping.signal);
    refreshedAt = -Infinity;
    return { ...IDLE, more: !gone };
  }

  return {
    get running() {
      return started;
    },

    start() {
      if (started) return;
      started = true;
      stopping = new AbortController();
      refreshedAt = -Infinity;
      housekeptAt = clock.monotonic();
      tick();
    },

    async stop() {
      started = false;
      if (timer) clearTimeout(timer);
      timer = null;
      stopping.abort();
      const waited = new AbortController();
      const ended = Promise.resolve(ticking).then(() => Promise.allSettled([...slices]));
      await Promise.race([ended.finally(() => waited.abort()), clock.sleep(STOP_WAIT_MS, waited.signal)]);
    },

    wake(accountId, { urgent = false } = {}) {
      if (!started) return;
      schedule.wake(accountId, clock.now(), urgent);
      if (urgent) refreshedAt = -Infinity;
      tick();
    },

    async touch(userId, visible) {
      deps.presence.touch(userId, visible);
      if (!visible) {
        watchers.delete(userId);
        return;
      }
      const isNew = !watchers.has(userId);
      watchers.set(userId, await deps.accounts.idsOfMember(userId));
      if (isNew) tick();
    },

    settingsChanged() {
      refreshedAt = -Infinity;
      for (const accountId of rows.keys()) schedule.wake(accountId, clock.now(), true);
      if (started) tick();
    },
  };
}

const IDLE: SliceOutcome = { status: 'idle', more: false, nextAt: null, polledAt: null, errorKind: null };
const FAILED = (now: number): SliceOutcome => ({
  ...IDLE,
  status: 'failed',
  errorKind: 'failed',
  nextAt: now + 15_000,
});
