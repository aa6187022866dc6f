import type { Clock } from '../ports/clock';
import type { LeaseExpectation, LeaseStore } from '../ports/lease-store';
import type { LeaseToken } from '../ports/mail-store';

export const LEASE_TTL_MS = 30_000;

export interface LeaseKeeperOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Unique to this process and start, so that a restarted node does not take its dead self for alive. */
  readonly owner: string;
  readonly ttlMs?: number;
}

interface Sighting {
  readonly fence: number;
  readonly beat: number;
  readonly free: boolean;
  /** Our monotonic clock when this beat was first seen. */
  readonly since: number;
}

/**
 * Claims, keeps and gives back the right to run an account. A lease is stale when its beat stood still for one TTL on
 * *our* monotonic clock: wall clocks of different machines, and jumps of our own, decide nothing. A runner that was
 * believed dead and was not is harmless, because its fence is old and its next commit writes nothing.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #ttl: number;
  readonly #seen = new Map<string, Sighting>();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#ttl = options.ttlMs ?? LEASE_TTL_MS;
  }

  /** The lease, or null while somebody else (or another claim of this process) has it. At most two statements. */
  async claim(accountId: string): Promise<LeaseToken | null> {
    const remembered = this.#seen.get(accountId);
    // A lease that we gave back ourselves is most likely still free: no need to read it first.
    if (remembered?.free) {
      const token = await this.#take(accountId, { kind: 'free', fence: remembered.fence });
      if (token) return token;
    }
    const row = await this.#options.store.read(accountId);
    if (!row) return this.#take(accountId, { kind: 'none' });
    if (row.owner === null) return this.#take(accountId, { kind: 'free', fence: row.fence });
    const now = this.#options.clock.monotonic();
    const stoodStill = remembered && remembered.fence === row.fence && remembered.beat === row.beat;
    if (!stoodStill) {
      this.#seen.set(accountId, { fence: row.fence, beat: row.beat, free: false, since: now });
      return null;
    }
    if (now - remembered.since < this.#ttl) return null;
    return this.#take(accountId, { kind: 'stale', fence: row.fence, beat: row.beat });
  }

  /** False when the lease is lost. */
  renew(lease: LeaseToken): Promise<boolean> {
    return this.#options.store.renew(lease.accountId, lease.fence);
  }

  async release(lease: LeaseToken, polledAt: number | null = null): Promise<void> {
    const released = await this.#options.store.release(lease.accountId, lease.fence, polledAt);
    if (released) this.#seen.set(lease.accountId, { fence: lease.fence, beat: 0, free: true, since: 0 });
  }

  /**
   * Renews three times per TTL until `stop`, each in its own short transaction, for the times when a slice waits for
   * the network and commits nothing. Resolves with false when the lease was lost, and then at once.
   */
  async keepAlive(lease: LeaseToken, stop: AbortSignal): Promise<boolean> {
    while (!stop.aborted) {
      await this.#options.clock.sleep(this.#ttl / 3, stop);
      if (stop.aborted) break;
      if (!(await this.renew(lease))) return false;
    }
    return true;
  }

  /**
   * Claims, runs `work` with a signal that is aborted by `stop` or when the lease is lost, and gives the lease back.
   * `polledAt` of the result is left with the lease. Null when the account is somebody else's.
   */
  async withLease<T extends { readonly polledAt?: number | null }>(
    accountId: string,
    stop: AbortSignal,
    work: (lease: LeaseToken, stop: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    const lease = await this.claim(accountId);
    if (!lease) return null;
    const finished = new AbortController();
    const lost = new AbortController();
    const keeping = this.keepAlive(lease, finished.signal).then(
      (kept) => {
        if (!kept) lost.abort();
      },
      // A renewal that failed proves nothing; the next commit finds out whether the lease is still ours.
      () => undefined,
    );
    let polledAt: number | null = null;
    try {
      const result = await work(lease, AbortSignal.any([stop, lost.signal]));
      polledAt = result.polledAt ?? null;
      return result;
    } finally {
      finished.abort();
      await keeping;
      await this.release(lease, polledAt);
    }
  }

  async #take(accountId: string, expected: LeaseExpectation): Promise<LeaseToken | null> {
    this.#seen.delete(accountId);
    if (!(await this.#options.store.take(accountId, this.#options.owner, expected))) return null;
    return { accountId, fence: expected.kind === 'none' ? 1 : expected.fence + 1 };
  }
}
