import type { MailError, MailErrorKind } from '../errors';

export type SliceStatus =
  /** Everything known is done; the next poll is the scheduler's business. */
  | 'idle'
  /** There is more to do at once. */
  | 'more'
  /** Something is left that must wait until `nextAt`. */
  | 'waiting'
  /** The process is asked to stop. */
  | 'stopped'
  /** Another worker has the account now. */
  | 'leaseLost'
  /** Something of ours went wrong (a bug, the database). */
  | 'failed'
  | 'throttled'
  | 'unavailable'
  | 'needsReauth'
  | 'misconfigured'
  | 'apiDisabled'
  | 'scopeMissing'
  | 'noMailbox'
  | 'blocked';

export interface Decision {
  readonly status: SliceStatus;
  /** The state that the account goes to; null leaves it as it is. */
  readonly account: 'needsReauth' | 'blocked' | null;
  /** Who has to do something before it gets better. */
  readonly actor: 'nobody' | 'owner' | 'administrator';
  /** Epoch ms of the next try; null when trying is of no use before somebody has acted. */
  readonly nextAt: number | null;
}

interface Rule {
  readonly status: SliceStatus;
  readonly account: Decision['account'];
  readonly actor: Decision['actor'];
  /** First and longest wait in ms, doubled per failure in a row; null waits for the actor. */
  readonly wait: readonly [first: number, longest: number] | null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const RULES: Readonly<Record<MailErrorKind, Rule>> = {
  throttled: { status: 'throttled', account: null, actor: 'nobody', wait: [SECOND, 64 * SECOND] },
  unavailable: { status: 'unavailable', account: null, actor: 'nobody', wait: [15 * SECOND, 30 * MINUTE] },
  needsReauth: { status: 'needsReauth', account: 'needsReauth', actor: 'owner', wait: null },
  scopeMissing: { status: 'scopeMissing', account: 'needsReauth', actor: 'owner', wait: null },
  noMailbox: { status: 'noMailbox', account: 'blocked', actor: 'owner', wait: null },
  blocked: { status: 'blocked', account: 'blocked', actor: 'administrator', wait: null },
  // The administrator's client is at fault, never the mailbox: the account stays active and tries now and then.
  misconfigured: { status: 'misconfigured', account: null, actor: 'administrator', wait: [5 * MINUTE, 15 * MINUTE] },
  apiDisabled: { status: 'apiDisabled', account: null, actor: 'administrator', wait: [5 * MINUTE, 15 * MINUTE] },
  // These say something about one request. When they reach this far, a step that nobody foresaw has failed.
  notFound: { status: 'failed', account: null, actor: 'nobody', wait: [MINUTE, 60 * MINUTE] },
  cursorExpired: { status: 'failed', account: null, actor: 'nobody', wait: [MINUTE, 60 * MINUTE] },
  refused: { status: 'failed', account: null, actor: 'nobody', wait: [MINUTE, 60 * MINUTE] },
  malformed: { status: 'failed', account: null, actor: 'nobody', wait: [MINUTE, 60 * MINUTE] },
};

/**
 * The one place where an error of the provider becomes a transition of the account and a time for the next try.
 * `failures` counts the slices in a row that ended like this one before; `chance` in [0, 1) spreads the retries.
 */
export function decide(error: MailError, now: number, failures: number, chance: number): Decision {
  const { status, account, actor, wait } = RULES[error.kind];
  const nextAt =
    wait === null ? null : Math.max(error.notBefore ?? 0, error.notBefore ? 0 : now + grow(wait, failures, chance));
  return { status, account, actor, nextAt };
}

/** What follows from an error that is not the provider's: a bug of ours or a database that does not answer. */
export function decideOwnFailure(now: number, failures: number, chance: number): Decision {
  return {
    status: 'failed',
    account: null,
    actor: 'nobody',
    nextAt: now + grow([5 * SECOND, 10 * MINUTE], failures, chance),
  };
}

function grow([first, longest]: readonly [number, number], failures: number, chance: number): number {
  const wait = Math.min(longest, first * 2 ** Math.min(failures, 20));
  return Math.round(wait * (1 + chance / 4));
}

const MESSAGE_WAITS = [MINUTE, 5 * MINUTE] as const;

/** When an item that failed by its own fault may run again, by how often it has failed. */
export function retryAt(now: number, attempts: number): number {
  return now + (MESSAGE_WAITS[Math.min(attempts, MESSAGE_WAITS.length) - 1] ?? MINUTE);
}
