import type { Clock } from '../ports/clock';
import { UsageWindow } from './usage-window';

/** `interactive`: a person waits. `live`: what just changed. `bulk`: history; it never takes the last of the budget. */
export type PacerPriority = 'interactive' | 'live' | 'bulk';

export interface PacerOptions {
  readonly clock: Clock;
  /** Units per window that the provider grants one mailbox; Infinity switches the quota off, not the concurrency cap. */
  readonly unitsPerWindow: number;
  readonly windowMs?: number;
  /** Calls of one mailbox in flight at once: where to begin, and how far to creep up. */
  readonly concurrency?: { readonly initial: number; readonly max: number };
  /** Share of the window that bulk work leaves to people. */
  readonly reservedShare?: number;
  /**
   * Work that was overtaken and waited this long goes before everything younger, whatever its priority, and may use the
   * whole budget. Two windows by default: waiting for the budget alone never takes that long.
   */
  readonly agingMs?: number;
  /** Epoch ms, as it was stored by whoever met the refusal. */
  readonly notBefore?: number | null;
  /** "Not before" is shared state: called whenever it is raised here, so that it can be stored. */
  readonly onNotBefore?: (epochMs: number) => void;
}

export interface PaceRequest {
  /** Units of each part, in order. A request of several parts may be granted only its first ones. */
  readonly parts: readonly number[];
  readonly priority?: PacerPriority;
  readonly signal?: AbortSignal;
  /**
   * How many of its parts the provider works on at once, when it runs a request's parts by itself (Graph's `$batch`):
   * so many calls in flight are counted, however many parts there are. Left out, every part is in flight by itself.
   */
  readonly slots?: number;
  /** A download that may take long: requests of several slots do without those that it holds, instead of waiting. */
  readonly isLong?: boolean;
}

export interface Permit {
  /** How many of the parts may be sent now, at least one. */
  readonly count: number;
  /** To be called once when the answer is there or given up: from then on the provider cannot count it any later. */
  release(): void;
  /** The provider said "too many at once" about this permit's calls. */
  concurrencyRefused(): void;
}

export interface PacerStats {
  readonly units: number;
  readonly calls: number;
  readonly unitsInWindow: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly concurrency: number;
  readonly concurrencyRefusals: number;
  readonly notBefore: number | null;
}

interface Waiter {
  readonly seq: number;
  readonly parts: readonly number[];
  readonly slots: number;
  readonly isLong: boolean;
  readonly level: number;
  readonly since: number;
  /** Somebody who came later has been served before it. */
  overtaken: boolean;
  readonly start: (permit: Permit) => void;
}

const LEVELS: Readonly<Record<PacerPriority, number>> = { interactive: 0, live: 1, bulk: 2 };

/**
 * Keeps one mailbox within its provider's quota (units in a sliding window) and concurrency. A unit counts as used
 * from the moment its call starts until one window after the call has *ended*: the provider saw it at some moment in
 * between, so no window of the provider's own can hold more, whatever the latency.
 */
export class Pacer {
  private readonly clock: Clock;
  private readonly limit: number;
  private readonly reserve: number;
  private readonly agingMs: number;
  private readonly maxConcurrency: number;
  private readonly window: UsageWindow;
  private readonly onNotBefore: ((epochMs: number) => void) | undefined;

  private queue: Waiter[] = [];
  private nextSeq = 0;
  private unitsInFlight = 0;
  private callsInFlight = 0;
  /** Those of the calls in flight that may last. */
  private longCalls = 0;
  private cap: number;
  /** The cap at which the provider last refused; above it the cap creeps far slower. */
  private refusedCap = Infinity;
  private successes = 0;
  private generation = 0;
  private heldUntil: { epoch: number; monotonic: number } | null = null;
  private alarm: { at: number; cancel: AbortController } | null = null;
  private totals = { units: 0, calls: 0, concurrencyRefusals: 0 };

  constructor(options: PacerOptions) {
    this.clock = options.clock;
    this.limit = options.unitsPerWindow;
    this.reserve = Number.isFinite(this.limit) ? Math.floor(this.limit * (options.reservedShare ?? 0.02)) : 0;
    this.agingMs = options.agingMs ?? 2 * (options.windowMs ?? 60_000);
    this.cap = options.concurrency?.initial ?? 20;
    this.maxConcurrency = Math.max(this.cap, options.concurrency?.max ?? 40);
    this.window = new UsageWindow(options.windowMs ?? 60_000);
    this.onNotBefore = options.onNotBefore;
    if (options.notBefore) this.hold(options.notBefore);
  }

  /** Waits for its turn. @throws the signal's reason when it is aborted before. */
  async acquire(request: PaceRequest): Promise<Permit> {
    const { parts, signal } = request;
    if (parts.length === 0) throw new RangeError('A paced request needs at least one part.');
    signal?.throwIfAborted();
    return new Promise<Permit>((resolve, reject) => {
      const onAbort = (): void => {
        this.queue = this.queue.filter((other) => other !== waiter);
        reject(signal?.reason as Error);
        this.pump();
      };
      const waiter: Waiter = {
        seq: this.nextSeq++,
        parts,
        slots: request.slots ?? Infinity,
        isLong: request.isLong ?? false,
        level: LEVELS[request.priority ?? 'bulk'],
        since: this.clock.monotonic(),
        overtaken: false,
        start: (permit) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(permit);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.queue.push(waiter);
      this.pump();
    });
  }

  /** Epoch ms before which nothing is sent; null when nothing holds. */
  get notBefore(): number | null {
    return this.heldFor() > 0 ? (this.heldUntil?.epoch ?? null) : null;
  }

  /** Sends nothing before this time (epoch ms). Never shortens a hold. */
  holdUntil(epochMs: number): void {
    if (this.hold(epochMs)) this.onNotBefore?.(epochMs);
  }

  /** Takes over what was stored elsewhere about this mailbox, without telling it back. */
  learnNotBefore(epochMs: number | null): void {
    if (epochMs !== null) this.hold(epochMs);
  }

  /** Calls that may be in flight at once as of now. */
  get concurrency(): number {
    return this.cap;
  }

  stats(): PacerStats {
    return {
      ...this.totals,
      unitsInWindow: this.unitsInFlight + this.window.used(this.clock.monotonic()),
      inFlight: this.callsInFlight,
      queued: this.queue.length,
      concurrency: this.cap,
      notBefore: this.notBefore,
    };
  }

  private hold(epochMs: number): boolean {
    const wait = epochMs - this.clock.now();
    if (!(wait > 0) || (this.heldUntil !== null && epochMs <= this.heldUntil.epoch)) return false;
    // Both clocks are kept: a wall clock that jumps back must not stretch the wait.
    this.heldUntil = { epoch: epochMs, monotonic: this.clock.monotonic() + wait };
    return true;
  }

  private heldFor(): number {
    if (this.heldUntil === null) return 0;
    const left = Math.min(this.heldUntil.epoch - this.clock.now(), this.heldUntil.monotonic - this.clock.monotonic());
    if (left > 0) return left;
    this.heldUntil = null;
    return 0;
  }

  private pump(): void {
    for (;;) {
      const head = this.first();
      if (head === null) {
        this.disarm();
        return;
      }
      const { wait, count } = this.chance(head);
      if (count === 0) {
        // A call that ends pumps again; only time needs an alarm.
        if (wait === Infinity) this.disarm();
        else this.arm(wait);
        return;
      }
      this.queue = this.queue.filter((other) => other !== head);
      for (const other of this.queue) if (other.seq < head.seq) other.overtaken = true;
      head.start(this.grant(head.parts.slice(0, count), Math.min(head.slots, count), head.isLong));
    }
  }

  private first(): Waiter | null {
    const now = this.clock.monotonic();
    let best: Waiter | null = null;
    for (const waiter of this.queue) {
      if (best === null || this.levelOf(waiter, now) < this.levelOf(best, now)) best = waiter;
    }
    return best;
  }

  private levelOf(waiter: Waiter, now: number): number {
    return waiter.overtaken && now - waiter.since >= this.agingMs ? -1 : waiter.level;
  }

  /** How many parts of the head may start now; when none, how long only time has to pass (Infinity: a call must end). */
  private chance(head: Waiter): { wait: number; count: number } {
    const now = this.clock.monotonic();
    const held = this.heldFor();
    if (held > 0) return { wait: held, count: 0 };
    const slots = Math.max(Math.floor(this.cap) - this.callsInFlight, 0);
    const countsEach = head.slots === Infinity;
    const asked = Math.min(head.slots, head.parts.length, Math.max(1, Math.floor(this.cap)));
    const wantedSlots = Math.min(asked, Math.max(1, Math.floor(this.cap) - this.longCalls));
    if (slots === 0 || (!countsEach && slots < wantedSlots)) return { wait: Infinity, count: 0 };
    // With fewer slots than asked for, the provider would still run as many parts at once as were asked for.
    const most = countsEach ? slots : wantedSlots < asked ? wantedSlots : Infinity;
    const aged = this.levelOf(head, now) === -1;
    const allowed = head.level === LEVELS.bulk && !aged ? this.limit - this.reserve : this.limit;
    let free = allowed - this.unitsInFlight - this.window.used(now);
    const nothingUsed = this.unitsInFlight === 0 && this.window.used(now) === 0;
    let count = 0;
    for (const units of head.parts) {
      if (count === most) break;
      // A single part above the whole budget could never start otherwise.
      if (units > free && !(nothingUsed && count === 0)) break;
      free -= units;
      count++;
    }
    if (count > 0) return { wait: 0, count };
    // More than everything that is used cannot be freed: a part above the whole budget waits for an empty window.
    const units = Math.min((head.parts[0] ?? 0) - free, this.window.used(now) || Infinity);
    const untilAged = head.overtaken && !aged ? head.since + this.agingMs - now : Infinity;
    return { wait: Math.min(this.window.freed(units, now), untilAged), count: 0 };
  }

  private grant(parts: readonly number[], slots: number, isLong: boolean): Permit {
    const units = parts.reduce((sum, part) => sum + part, 0);
    const generation = this.generation;
    this.unitsInFlight += units;
    this.callsInFlight += slots;
    if (isLong) this.longCalls += slots;
    this.totals.units += units;
    this.totals.calls += parts.length;
    let open = true;
    let refused = false;
    return {
      count: parts.length,
      release: () => {
        if (!open) return;
        open = false;
        this.unitsInFlight -= units;
        this.callsInFlight -= slots;
        if (isLong) this.longCalls -= slots;
        this.window.add(units, this.clock.monotonic());
        if (!refused) this.creep(parts.length);
        this.pump();
      },
      concurrencyRefused: () => {
        this.totals.concurrencyRefusals++;
        if (refused) return;
        refused = true;
        // Calls that started before the last cut say nothing about the cap after it.
        if (generation === this.generation) this.cut();
      },
    };
  }

  private cut(): void {
    this.generation++;
    this.refusedCap = this.cap;
    this.cap = Math.max(1, Math.floor(this.cap / 2));
    this.successes = 0;
  }

  private creep(calls: number): void {
    this.successes += calls;
    const needed = this.cap + 1 < this.refusedCap ? 40 : 2_000;
    if (this.successes < needed || this.cap >= this.maxConcurrency) return;
    this.successes = 0;
    this.cap++;
  }

  private arm(wait: number): void {
    // Clocks and timers may disagree by a fraction; a millisecond too late is harmless, one too early spins.
    const at = this.clock.monotonic() + Math.ceil(wait);
    if (this.alarm !== null && this.alarm.at === at) return;
    this.disarm();
    const alarm = { at, cancel: new AbortController() };
    this.alarm = alarm;
    void this.clock.sleep(Math.ceil(wait), alarm.cancel.signal).then(() => {
      if (this.alarm !== alarm) return;
      this.alarm = null;
      this.pump();
    });
  }

  private disarm(): void {
    this.alarm?.cancel.abort();
    this.alarm = null;
  }
}
