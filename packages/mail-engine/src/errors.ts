/**
 * The only error that crosses a port. Every provider folder has one table that turns answers into kinds; everything
 * above decides by kind alone.
 */
export type MailErrorKind =
  /** Try again at `notBefore`: rate or concurrency limits. */
  | 'throttled'
  /** Try again later: 5xx, timeouts, cut connections. */
  | 'unavailable'
  /** The grant is dead: the mailbox's owner must reconnect. */
  | 'needsReauth'
  /** The OAuth client is wrong: the administrator must act; mailboxes are not to blame. */
  | 'misconfigured'
  /** The API is switched off in the provider's project: the administrator must act. */
  | 'apiDisabled'
  /** The grant lacks a scope. */
  | 'scopeMissing'
  /** The account exists but has no mailbox, or it was suspended. */
  | 'noMailbox'
  /** Blocked by the provider's or organisation's policy. */
  | 'blocked'
  /** The id does not exist (any more). A normal answer, not a failure. */
  | 'notFound'
  /** The change feed's cursor is too old: a complete listing is needed. */
  | 'cursorExpired'
  /** The provider refuses this request for good: asking again will not help. */
  | 'refused'
  /** The answer cannot be understood. */
  | 'malformed';

export class MailError extends Error {
  readonly kind: MailErrorKind;
  /** Epoch ms before which nothing of this mailbox should be asked again; null when the provider gave no time. */
  readonly notBefore: number | null;
  /** The provider's own code or reason, for the diagnostics. Never contains mail content or secrets. */
  readonly providerCode: string | null;
  readonly httpStatus: number | null;
  /** What a sign-in has to satisfy before the provider goes on (Microsoft's claims challenge, JSON); else null. */
  readonly claims: string | null;

  constructor(
    kind: MailErrorKind,
    message: string,
    details: {
      notBefore?: number | null;
      providerCode?: string | null;
      httpStatus?: number | null;
      claims?: string | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MailError';
    this.kind = kind;
    this.notBefore = details.notBefore ?? null;
    this.providerCode = details.providerCode ?? null;
    this.httpStatus = details.httpStatus ?? null;
    this.claims = details.claims ?? null;
  }
}

/** Kinds that stop the whole account and say nothing about the single item that met them. */
export const ACCOUNT_WIDE: ReadonlySet<MailErrorKind> = new Set<MailErrorKind>([
  'throttled',
  'unavailable',
  'needsReauth',
  'misconfigured',
  'apiDisabled',
  'scopeMissing',
  'noMailbox',
  'blocked',
]);

/** Thrown by a store when the lease that a commit was made under is no longer ours; the work is simply left. */
export class LeaseLostError extends Error {
  constructor() {
    super('Another worker has taken over this mailbox.');
    this.name = 'LeaseLostError';
  }
}
