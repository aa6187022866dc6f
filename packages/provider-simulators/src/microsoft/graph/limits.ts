import type { Clock } from '../../clock';
import { SlidingWindow } from '../../sliding-window';

export interface LimitOptions {
  /** False refuses nobody, but still counts. */
  enforced: boolean;
  /** Requests of one application to one mailbox in ten minutes. */
  requestsPerWindow: number;
  /** Simultaneous requests of one application to one mailbox. */
  concurrency: number;
}

/** Provider facts §4, "Limits per app+mailbox". */
export const DEFAULT_LIMITS: LimitOptions = { enforced: true, requestsPerWindow: 10_000, concurrency: 4 };

const WINDOW_MS = 600_000;

interface MailboxMeter {
  window: SlidingWindow;
  running: number;
  highestRunning: number;
  /** Slot milliseconds used until `since`. */
  busyMs: number;
  since: number;
}

export interface LimitUsage {
  usedInWindow: number;
  highestWindow: number;
  limit: number;
  running: number;
  highestRunning: number;
  /** The sum over all calls of the milliseconds they were held open: compare with the elapsed time times four. */
  busySlotMs: number;
}

export type LimitVerdict = { ok: true } | { ok: false; reason: 'requests' | 'concurrency'; retryAfterSeconds: number };

/** Meters requests per mailbox: ten-minute window and concurrency. Refused requests count in the window too. */
export class GraphLimits {
  readonly options: LimitOptions;
  private meters = new Map<string, MailboxMeter>();

  constructor(
    options: Partial<LimitOptions>,
    private readonly clock: Clock,
  ) {
    this.options = { ...DEFAULT_LIMITS, ...options };
  }

  /** Counts one request and says whether it may run; if so, `leave` must follow. */
  enter(mailbox: string): LimitVerdict {
    const now = this.clock.now();
    const meter = this.meter(mailbox);
    const fits = meter.window.fits(1, now);
    meter.window.take(1, now);
    if (this.options.enforced) {
      if (!fits) {
        const retryAfterSeconds = Math.max(1, Math.ceil((meter.window.fitsAt(1, now) - now) / 1000));
        return { ok: false, reason: 'requests', retryAfterSeconds };
      }
      if (meter.running >= this.options.concurrency) return { ok: false, reason: 'concurrency', retryAfterSeconds: 1 };
    }
    this.account(meter, now);
    meter.running++;
    meter.highestRunning = Math.max(meter.highestRunning, meter.running);
    return { ok: true };
  }

  leave(mailbox: string): void {
    const meter = this.meter(mailbox);
    this.account(meter, this.clock.now());
    meter.running--;
  }

  /** Somebody else with the same application spends requests on this mailbox. */
  burn(mailbox: string, requests: number): void {
    this.meter(mailbox).window.take(requests, this.clock.now());
  }

  /** By lower-case address. */
  usage(): Record<string, LimitUsage> {
    const now = this.clock.now();
    const result: Record<string, LimitUsage> = {};
    for (const [mailbox, meter] of this.meters) {
      this.account(meter, now);
      result[mailbox] = {
        usedInWindow: meter.window.used(now),
        highestWindow: meter.window.highest,
        limit: meter.window.limit,
        running: meter.running,
        highestRunning: meter.highestRunning,
        busySlotMs: meter.busyMs,
      };
    }
    return result;
  }

  /** Changes the limits and forgets what was used. */
  configure(options: Partial<LimitOptions>): void {
    Object.assign(this.options, options);
    this.reset();
  }

  /** Forgets what was used; calls that run now go on. */
  reset(): void {
    for (const [key, meter] of this.meters) {
      this.meters.set(key, {
        ...meter,
        window: new SlidingWindow(this.options.requestsPerWindow, WINDOW_MS),
        highestRunning: meter.running,
        busyMs: 0,
        since: this.clock.now(),
      });
    }
  }

  private account(meter: MailboxMeter, now: number): void {
    meter.busyMs += meter.running * Math.max(0, now - meter.since);
    meter.since = now;
  }

  private meter(mailbox: string): MailboxMeter {
    const key = mailbox.toLowerCase();
    let meter = this.meters.get(key);
    if (!meter) {
      meter = {
        window: new SlidingWindow(this.options.requestsPerWindow, WINDOW_MS),
        running: 0,
        highestRunning: 0,
        busyMs: 0,
        since: this.clock.now(),
      };
      this.meters.set(key, meter);
    }
    return meter;
  }
}
