import type { OutboxItem } from '../model/outbox';
import type { Clock } from '../ports/clock';
import type { OutboxExpectation, OutboxStore } from '../ports/outbox-store';
import { type OutboxEvent, patchFor } from './machine';

export const OUTBOX_TTL_MS = 30_000;
const WRITE_TRIES = 3;

/** Somebody else has the item in hand now, or a person decided about it. Nothing was written. */
export class OutboxLostError extends Error {
  constructor() {
    super('Another worker or a person has taken this mail in hand.');
    this.name = 'OutboxLostError';
  }
}

export function expectationOf(item: OutboxItem): OutboxExpectation {
  return { id: item.id, state: item.state, attempt: item.attempt };
}

/** An item that this worker has in hand: every step is one compare-and-swap. */
export class Hand {
  constructor(
    private readonly store: OutboxStore,
    private readonly clock: Clock,
    private current: OutboxItem,
  ) {}

  get item(): OutboxItem {
    return this.current;
  }

  /** @throws OutboxLostError, or what the store throws when it fails again and again */
  async apply(event: OutboxEvent): Promise<void> {
    const patch = patchFor(this.current, event, this.clock.now());
    const written = await this.write(() => this.store.write(expectationOf(this.current), patch));
    if (!written) throw new OutboxLostError();
    this.current = { ...this.current, ...patch };
  }

  read(): Promise<OutboxItem | null> {
    return this.store.read(this.current.id);
  }

  /** Renews until `stop`; ends early when the item is lost, which the next step finds out for itself. */
  async keep(stop: AbortSignal, ttlMs: number): Promise<void> {
    for (;;) {
      await this.clock.sleep(ttlMs / 3, stop);
      if (stop.aborted) return;
      // A renewal that failed proves nothing.
      await this.store.renew(expectationOf(this.current)).catch(() => undefined);
    }
  }

  /** After the call to the provider an answer must not be lost because a database was busy for a moment. */
  private async write(write: () => Promise<boolean>): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await write();
      } catch (error) {
        if (tries === WRITE_TRIES) throw error;
        await this.clock.sleep(250 * tries);
      }
    }
  }
}

interface Sighting {
  readonly attempt: number;
  readonly beat: number;
  readonly since: number;
}

/**
 * Tells whether an item's worker is dead: its beat stood still for one TTL on our own monotonic clock. A worker that was
 * believed dead and was not is harmless: its attempt is old, and a draft can be consumed once.
 */
export class OutboxWatch {
  /** Items that this process has in hand right now. */
  readonly running = new Set<string>();
  private readonly seen = new Map<string, Sighting>();

  constructor(
    private readonly clock: Clock,
    /** Unique to this process and start. */
    readonly owner: string,
    readonly ttlMs = OUTBOX_TTL_MS,
  ) {}

  isDead(item: OutboxItem): boolean {
    // What this process left behind itself is not running any more.
    if (item.owner === null || item.owner === this.owner) return true;
    const now = this.clock.monotonic();
    const seen = this.seen.get(item.id);
    if (!seen || seen.attempt !== item.attempt || seen.beat !== item.beat) {
      this.seen.set(item.id, { attempt: item.attempt, beat: item.beat, since: now });
      return false;
    }
    if (now - seen.since < this.ttlMs) return false;
    this.seen.delete(item.id);
    return true;
  }
}
