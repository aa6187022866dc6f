import type { Clock } from '../clock';
import { SlidingWindow } from '../sliding-window';

export type QuotaTableName = 'old' | '2026';

/** What the dispatcher charges: Gmail's method names. */
export type QuotaCosts = Readonly<Record<string, number>>;

const UNCHANGED: QuotaCosts = {
  getProfile: 1,
  'messages.list': 5,
  'messages.modify': 5,
  'messages.untrash': 5,
  'messages.batchModify': 50,
  'messages.delete': 10,
  'threads.list': 10,
  'threads.modify': 10,
  'threads.untrash': 10,
  'history.list': 2,
  'labels.list': 1,
  'labels.get': 1,
  'labels.create': 5,
  'labels.update': 5,
  'labels.patch': 5,
  'labels.delete': 5,
  'drafts.list': 5,
  'drafts.create': 10,
  'drafts.update': 15,
  'drafts.delete': 10,
  'drafts.send': 100,
  'messages.send': 100,
  'settings.sendAs.list': 1,
  'settings.sendAs.get': 1,
};

/** Units per user and minute, and what each method costs: before and from 1 May 2026 (provider facts, "Quota"). */
export const QUOTA_TABLES: Readonly<Record<QuotaTableName, { unitsPerUserMinute: number; costs: QuotaCosts }>> = {
  old: {
    unitsPerUserMinute: 15_000,
    costs: {
      ...UNCHANGED,
      'messages.get': 5,
      'messages.attachments.get': 5,
      'messages.trash': 5,
      'drafts.get': 5,
      'threads.get': 10,
      'threads.trash': 10,
    },
  },
  '2026': {
    unitsPerUserMinute: 6_000,
    costs: {
      ...UNCHANGED,
      'messages.get': 20,
      'messages.attachments.get': 20,
      'messages.trash': 20,
      'drafts.get': 20,
      'threads.get': 40,
      'threads.trash': 20,
    },
  },
};

export const UNITS_PER_PROJECT_MINUTE = 1_200_000;

const WINDOW_MS = 60_000;

export type QuotaVerdict = { ok: true } | { ok: false; retryAt: number };

export interface QuotaOptions {
  table: QuotaTableName;
  /** False charges nothing and refuses nobody, but still counts units. */
  enforced: boolean;
  unitsPerUserMinute?: number;
  unitsPerProjectMinute?: number;
}

/** Charges calls to a user and to a project, as Gmail does. */
export class QuotaMeter {
  private users = new Map<string, SlidingWindow>();
  private projects = new Map<string, SlidingWindow>();
  private readonly costs: QuotaCosts;
  private readonly userLimit: number;
  private readonly projectLimit: number;

  constructor(
    readonly options: QuotaOptions,
    private readonly clock: Clock,
  ) {
    const table = QUOTA_TABLES[options.table];
    this.costs = table.costs;
    this.userLimit = options.unitsPerUserMinute ?? table.unitsPerUserMinute;
    this.projectLimit = options.unitsPerProjectMinute ?? UNITS_PER_PROJECT_MINUTE;
  }

  cost(method: string): number {
    const units = this.costs[method];
    if (units === undefined) throw new Error(`The quota table has no cost for ${method}.`);
    return units;
  }

  get limitPerUser(): number {
    return this.userLimit;
  }

  charge(user: string, project: string, units: number): QuotaVerdict {
    const now = this.clock.now();
    const userWindow = windowOf(this.users, user, this.userLimit);
    const projectWindow = windowOf(this.projects, project, this.projectLimit);
    if (this.options.enforced) {
      if (!userWindow.fits(units, now)) return { ok: false, retryAt: userWindow.fitsAt(units, now) };
      if (!projectWindow.fits(units, now)) return { ok: false, retryAt: projectWindow.fitsAt(units, now) };
    }
    userWindow.take(units, now);
    projectWindow.take(units, now);
    return { ok: true };
  }

  /** Somebody else spends units of this user: another program with the same mailbox. */
  burn(user: string, units: number): void {
    windowOf(this.users, user, this.userLimit).take(units, this.clock.now());
  }

  usage(): Record<string, { usedInWindow: number; highestWindow: number; limit: number }> {
    const now = this.clock.now();
    const result: Record<string, { usedInWindow: number; highestWindow: number; limit: number }> = {};
    for (const [user, window] of this.users) {
      result[user] = { usedInWindow: window.used(now), highestWindow: window.highest, limit: window.limit };
    }
    return result;
  }

  reset(): void {
    this.users = new Map();
    this.projects = new Map();
  }
}

function windowOf(windows: Map<string, SlidingWindow>, key: string, limit: number): SlidingWindow {
  let window = windows.get(key);
  if (!window) windows.set(key, (window = new SlidingWindow(limit, WINDOW_MS)));
  return window;
}
