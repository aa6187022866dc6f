/** How often a mailbox is looked at while one of its people has a mail page open. */
export const VISIBLE_INTERVAL_MS = 15_000;

interface Entry {
  /** Epoch ms of the next slice. */
  nextAt: number;
  running: boolean;
  /** Asked for again while a slice was running. */
  again: boolean;
  /** Slices in a row that ended with the same error. */
  failures: number;
  lastError: string | null;
  /** Epoch ms when the feed was last read to its end, as far as this process knows. */
  polledAt: number;
  /** What holds it back cannot be hurried by a timer (a quota's "not before"); a person's click still tries. */
  heldUntil: number;
}

export interface SliceOutcome {
  readonly status: string;
  readonly more: boolean;
  readonly nextAt: number | null;
  readonly polledAt: number | null;
  readonly errorKind: string | null;
  /** Another process has the mailbox. */
  readonly taken?: boolean;
}

const TAKEN_RETRY_MS = 10_000;

/**
 * When which mailbox is due, in memory: the rows are the truth, this only decides when to look at them. Pure apart
 * from its map, so that a whole day of two hundred mailboxes is tested in milliseconds.
 */
export class Schedule {
  readonly #entries = new Map<string, Entry>();

  /** The mailboxes that are to be synchronised now; those that are new are due at once. */
  setAccounts(
    accounts: readonly { id: string; polledAt: number | null; notBefore: number | null }[],
    now: number,
    intervalMs: number,
  ): void {
    const wanted = new Set(accounts.map((account) => account.id));
    for (const [id, entry] of this.#entries) if (!wanted.has(id) && !entry.running) this.#entries.delete(id);
    for (const account of accounts) {
      const known = this.#entries.get(account.id);
      const polledAt = account.polledAt ?? 0;
      if (!known) {
        const heldUntil = account.notBefore ?? 0;
        this.#entries.set(account.id, {
          // At once, also when it was polled a moment ago: the process that stopped may have left work behind.
          nextAt: Math.max(heldUntil, now),
          running: false,
          again: false,
          failures: 0,
          lastError: null,
          polledAt,
          heldUntil,
        });
      } else if (polledAt > known.polledAt) {
        // Another process has looked meanwhile: no need to ask the provider twice.
        known.polledAt = polledAt;
        if (!known.running && known.lastError === null && known.nextAt > now)
          known.nextAt = Math.max(known.nextAt, polledAt + intervalMs);
      }
    }
  }

  /** A reason to look now. `urgent`: a person acted, so an error's pause does not count either. */
  wake(id: string, now: number, urgent: boolean): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (entry.running) entry.again = true;
    else if (urgent || entry.heldUntil <= now) entry.nextAt = Math.min(entry.nextAt, now);
  }

  /** Shortens the wait of a mailbox that somebody is looking at. */
  lookedAt(id: string, now: number): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.running || entry.heldUntil > now) return;
    entry.nextAt = Math.min(entry.nextAt, Math.max(now, entry.polledAt + VISIBLE_INTERVAL_MS));
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Ids that are due, the longest-waiting first, at most `limit`. They count as running from here on. */
  take(now: number, limit: number): string[] {
    if (limit <= 0) return [];
    const due = [...this.#entries].filter(([, entry]) => !entry.running && entry.nextAt <= now);
    due.sort(([, a], [, b]) => a.nextAt - b.nextAt);
    return due.slice(0, limit).map(([id, entry]) => {
      entry.running = true;
      entry.again = false;
      return id;
    });
  }

  failures(id: string): number {
    return this.#entries.get(id)?.failures ?? 0;
  }

  finish(id: string, outcome: SliceOutcome, now: number, intervalMs: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.running = false;
    if (outcome.taken) {
      entry.nextAt = now + TAKEN_RETRY_MS;
      return;
    }
    entry.failures = outcome.errorKind !== null && outcome.errorKind === entry.lastError ? entry.failures + 1 : 0;
    entry.lastError = outcome.errorKind;
    if (outcome.polledAt !== null) entry.polledAt = outcome.polledAt;
    entry.heldUntil = outcome.errorKind === null ? 0 : (outcome.nextAt ?? now + intervalMs);
    if (outcome.more || (entry.again && outcome.errorKind === null)) entry.nextAt = now;
    else if (outcome.nextAt !== null) {
      entry.nextAt = outcome.errorKind === null ? Math.min(outcome.nextAt, now + intervalMs) : outcome.nextAt;
    } else entry.nextAt = now + intervalMs;
    entry.again = false;
  }

  /** When the next one is due; null when nothing is planned. */
  nextDue(): number | null {
    let next: number | null = null;
    for (const entry of this.#entries.values()) {
      if (!entry.running && (next === null || entry.nextAt < next)) next = entry.nextAt;
    }
    return next;
  }
}
