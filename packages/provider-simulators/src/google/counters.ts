import type { Clock } from '../clock';

export interface CallRecord {
  at: number;
  method: string;
  user: string;
  status: number;
  units: number;
}

export interface CountersSnapshot {
  /** HTTP requests to the Gmail API; a batch is one. */
  apiRequests: number;
  /** Calls by method name; the parts of a batch are counted one by one. */
  calls: Record<string, number>;
  /** Answers to those calls by status. */
  answers: Record<string, number>;
  /** Answers with 429, or 403 for quota, as a share of all answers. */
  refusedShare: number;
  unitsByUser: Record<string, number>;
  /** User → start of the minute (ISO) → units. */
  unitsPerMinute: Record<string, Record<string, number>>;
  firstCallAt: number | null;
  lastCallAt: number | null;
}

const KEPT_CALLS = 60;
const MINUTE_MS = 60_000;

/** Counts what the Gmail API of the simulator was asked and how it answered. */
export class Counters {
  apiRequests = 0;
  private calls = new Map<string, number>();
  private answers = new Map<number, number>();
  private refused = 0;
  private unitsPerMinute = new Map<string, Map<number, number>>();
  private firstCallAt: number | null = null;
  private lastCallAt: number | null = null;
  private lastCalls: CallRecord[] = [];

  constructor(private readonly clock: Clock) {}

  count(method: string, user: string, status: number, units: number, refusedByQuota: boolean): void {
    const at = this.clock.now();
    this.firstCallAt ??= at;
    this.lastCallAt = at;
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    if (refusedByQuota) this.refused++;
    if (units > 0) {
      let minutes = this.unitsPerMinute.get(user);
      if (!minutes) this.unitsPerMinute.set(user, (minutes = new Map<number, number>()));
      const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
      minutes.set(minute, (minutes.get(minute) ?? 0) + units);
    }
    this.lastCalls.push({ at, method, user, status, units });
    if (this.lastCalls.length > 2 * KEPT_CALLS) this.lastCalls = this.lastCalls.slice(-KEPT_CALLS);
  }

  /** Newest first. */
  recentCalls(): CallRecord[] {
    return this.lastCalls.slice(-KEPT_CALLS).reverse();
  }

  snapshot(): CountersSnapshot {
    const unitsByUser: Record<string, number> = {};
    const perMinute: Record<string, Record<string, number>> = {};
    for (const [user, minutes] of this.unitsPerMinute) {
      perMinute[user] = {};
      unitsByUser[user] = 0;
      for (const [minute, units] of minutes) {
        perMinute[user][new Date(minute).toISOString()] = units;
        unitsByUser[user] += units;
      }
    }
    const total = [...this.answers.values()].reduce((sum, n) => sum + n, 0);
    return {
      apiRequests: this.apiRequests,
      calls: Object.fromEntries(this.calls),
      answers: Object.fromEntries(this.answers),
      refusedShare: total === 0 ? 0 : this.refused / total,
      unitsByUser,
      unitsPerMinute: perMinute,
      firstCallAt: this.firstCallAt,
      lastCallAt: this.lastCallAt,
    };
  }

  reset(): void {
    this.apiRequests = 0;
    this.calls.clear();
    this.answers.clear();
    this.unitsPerMinute.clear();
    this.refused = 0;
    this.firstCallAt = null;
    this.lastCallAt = null;
    this.lastCalls = [];
  }
}
