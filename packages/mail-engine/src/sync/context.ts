import { MailError } from '../errors';
import type { Clock } from '../ports/clock';
import type { Log } from '../ports/log';
import type { LeaseToken, MailStore, StoreWrite } from '../ports/mail-store';
import type { MailProvider } from '../providers/provider';

/** Counters of one slice: how much was done, for progress and the run log. */
export interface Did {
  /** Calls of the provider's methods (a method may make several requests). */
  calls: number;
  events: number;
  listed: number;
  hydrated: number;
  /** Messages that were gone before they could be fetched. */
  skipped: number;
  checked: number;
  gone: number;
  /** Messages that left a listing, and are asked by id. */
  left: number;
  failed: number;
  pushed: number;
  conflicted: number;
  commits: number;
}

/** A wait that is longer than any that we or a provider set comes from a wall clock that jumped: it is over. */
const LONGEST_WAIT_MS = 25 * 60 * 60_000;

/** Whether something that may not run before `notBefore` must still wait. */
export function mustWait(notBefore: number, now: number): boolean {
  return notBefore > now && notBefore - now < LONGEST_WAIT_MS;
}

/** Thrown inside a slice when it was asked to stop; the runner turns it into a status. */
export class StopError extends Error {
  constructor() {
    super('The slice was asked to stop.');
    this.name = 'StopError';
  }
}

export interface SliceContextOptions {
  readonly accountId: string;
  readonly provider: MailProvider;
  readonly store: MailStore;
  readonly lease: LeaseToken;
  readonly clock: Clock;
  readonly log: Log;
  readonly budgetMs: number;
  readonly stop: AbortSignal;
  readonly onProgress?: ((did: Readonly<Did>) => void) | undefined;
}

/** What every step of a slice needs, and the two ways out: `ask` to the provider, `commit` to the store. */
export class SliceContext {
  readonly accountId: string;
  readonly provider: MailProvider;
  readonly store: MailStore;
  readonly lease: LeaseToken;
  readonly clock: Clock;
  readonly log: Log;
  readonly did: Did = {
    calls: 0,
    events: 0,
    listed: 0,
    hydrated: 0,
    skipped: 0,
    checked: 0,
    gone: 0,
    left: 0,
    failed: 0,
    pushed: 0,
    conflicted: 0,
    commits: 0,
  };
  /** True once this slice has added work, so that an idle one need not look for any. */
  workAdded = false;
  /** When the earliest item waits absurdly long, its time: items are claimed as if it had come. */
  absurdWait: number | null = null;
  readonly #options: SliceContextOptions;
  #deadline: number;

  constructor(options: SliceContextOptions) {
    this.#options = options;
    this.accountId = options.accountId;
    this.provider = options.provider;
    this.store = options.store;
    this.lease = options.lease;
    this.clock = options.clock;
    this.log = options.log;
    this.#deadline = options.clock.monotonic() + options.budgetMs;
  }

  get stopped(): boolean {
    return this.#options.stop.aborted;
  }

  /** True when no new step should begin. */
  get over(): boolean {
    return this.stopped || this.clock.monotonic() >= this.#deadline;
  }

  claimTime(): number {
    return Math.max(this.clock.now(), this.absurdWait ?? 0);
  }

  /** The budget begins anew, so that a slow look at the feed cannot starve everything else slice after slice. */
  grantBudget(): void {
    this.#deadline = this.clock.monotonic() + this.#options.budgetMs;
  }

  /**
   * One call of the provider. A stop does not wait for its answer: the call is abandoned and StopError thrown. Whatever
   * the provider throws that is no MailError is a fault of its mapping and becomes `malformed`.
   */
  async ask<T>(call: () => Promise<T>): Promise<T> {
    const { stop } = this.#options;
    if (stop.aborted) throw new StopError();
    this.did.calls += 1;
    let onAbort = () => {};
    const stopping = new Promise<never>((_, reject) => {
      onAbort = () => reject(new StopError());
      stop.addEventListener('abort', onAbort, { once: true });
    });
    const answer = (async () => call())();
    try {
      return await Promise.race([answer, stopping]);
    } catch (error) {
      if (error instanceof MailError || error instanceof StopError) throw error;
      const name = error instanceof Error ? error.name : typeof error;
      throw new MailError('malformed', `The answer could not be read (${name}).`, { cause: error });
    } finally {
      stop.removeEventListener('abort', onAbort);
      // An abandoned answer may still fail; nobody is left to hear it.
      answer.catch(() => undefined);
    }
  }

  async commit(write: StoreWrite): Promise<void> {
    await this.store.commit(this.lease, write);
    this.did.commits += 1;
    if (write.work && write.work.length > 0) this.workAdded = true;
    this.#options.onProgress?.({ ...this.did });
  }
}

/** `items` in pieces of at most `size`; no pieces when there are none. */
export function pieces<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let index = 0; index < items.length; index += size) result.push(items.slice(index, index + size));
  return result;
}
