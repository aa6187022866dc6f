import type { Clock } from '../clock';
import type { GraphCounters } from './state';

export interface MicrosoftCallRecord {
  at: number;
  method: string;
  account: string;
  status: number;
}

export interface MicrosoftCountersSnapshot {
  /** HTTP requests to the mail interface; a batch is one. */
  apiRequests: number;
  /** Requests by method name; the items of a batch are counted one by one. */
  calls: Record<string, number>;
  /** Answers to them by status. */
  answers: Record<string, number>;
  /** Method → status → number. */
  answersByMethod: Record<string, Record<string, number>>;
  /** Refusals for too many requests, or too many at once, as a share of all answers. */
  refusedShare: number;
  /** Start of the minute (ISO) → answers with 429. */
  refusedPerMinute: Record<string, number>;
  requestsByAccount: Record<string, number>;
  /** Requests to the token endpoint. */
  tokenRequests: number;
  firstCallAt: number | null;
  lastCallAt: number | null;
}

const KEPT_CALLS = 60;
const MINUTE_MS = 60_000;

/** Counts what the mail interface of the simulator was asked and how it answered. */
export class MicrosoftCounters implements GraphCounters {
  apiRequests = 0;
  tokenRequests = 0;
  private answersByMethod = new Map<string, Map<number, number>>();
  private refused = 0;
  private refusedPerMinute = new Map<number, number>();
  private requestsByAccount = new Map<string, number>();
  private active = new Map<string, { running: number; since: number; ms: number }>();
  private firstCallAt: number | null = null;
  private lastCallAt: number | null = null;
  private lastCalls: MicrosoftCallRecord[] = [];

  constructor(private readonly clock: Clock) {}

  count(method: string, account: string, status: number, requests: number, refused: boolean): void {
    const at = this.clock.now();
    this.firstCallAt ??= at;
    this.lastCallAt = at;
    let answers = this.answersByMethod.get(method);
    if (!answers) this.answersByMethod.set(method, (answers = new Map<number, number>()));
    add(answers, status, 1);
    add(this.requestsByAccount, account, requests);
    if (refused) this.refused++;
    if (status === 429) add(this.refusedPerMinute, Math.floor(at / MINUTE_MS) * MINUTE_MS, 1);
    this.lastCalls.push({ at, method, account, status });
    if (this.lastCalls.length > 2 * KEPT_CALLS) this.lastCalls = this.lastCalls.slice(-KEPT_CALLS);
  }

  /** A request of this account begins; the time until its `end` counts as time with work. */
  begin(account: string): void {
    const entry = this.active.get(account) ?? { running: 0, since: 0, ms: 0 };
    if (entry.running === 0) entry.since = this.clock.now();
    entry.running++;
    this.active.set(account, entry);
  }

  end(account: string): void {
    const entry = this.active.get(account);
    if (!entry) return;
    entry.running--;
    if (entry.running === 0) entry.ms += this.clock.now() - entry.since;
  }

  /** Milliseconds in which at least one request of the account was under way. */
  activeMs(account: string): number {
    const entry = this.active.get(account);
    if (!entry) return 0;
    return entry.ms + (entry.running > 0 ? this.clock.now() - entry.since : 0);
  }

  /** Newest first. */
  recentCalls(): MicrosoftCallRecord[] {
    return this.lastCalls.slice(-KEPT_CALLS).reverse();
  }

  snapshot(): MicrosoftCountersSnapshot {
    const answers = new Map<number, number>();
    const calls: Record<string, number> = {};
    let total = 0;
    for (const [method, byStatus] of this.answersByMethod) {
      calls[method] = 0;
      for (const [status, number] of byStatus) {
        calls[method] += number;
        total += number;
        add(answers, status, number);
      }
    }
    return {
      apiRequests: this.apiRequests,
      calls,
      answers: Object.fromEntries(answers),
      answersByMethod: Object.fromEntries([...this.answersByMethod].map(([m, a]) => [m, Object.fromEntries(a)])),
      refusedShare: total === 0 ? 0 : this.refused / total,
      refusedPerMinute: Object.fromEntries(
        [...this.refusedPerMinute].map(([at, n]) => [new Date(at).toISOString(), n]),
      ),
      requestsByAccount: Object.fromEntries(this.requestsByAccount),
      tokenRequests: this.tokenRequests,
      firstCallAt: this.firstCallAt,
      lastCallAt: this.lastCallAt,
    };
  }

  reset(): void {
    this.apiRequests = 0;
    this.tokenRequests = 0;
    this.answersByMethod.clear();
    this.refused = 0;
    this.refusedPerMinute.clear();
    this.requestsByAccount.clear();
    for (const entry of this.active.values()) {
      entry.ms = 0;
      entry.since = this.clock.now();
    }
    this.firstCallAt = null;
    this.lastCallAt = null;
    this.lastCalls = [];
  }
}

function add<K>(map: Map<K, number>, key: K, number: number): void {
  map.set(key, (map.get(key) ?? 0) + number);
}
