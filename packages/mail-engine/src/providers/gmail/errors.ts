import { MailError, type MailErrorKind } from '../../errors';
import { isRecord } from '../../decode';
import { providerErrors, type ProviderErrors, retryAfterTime } from '../provider-errors';
import type { GmailMethod } from './quota';

const SENTENCES: Readonly<Record<MailErrorKind, string>> = {
  throttled: 'Gmail asks to wait before this mailbox is read again.',
  unavailable: 'Gmail cannot be reached or does not work at the moment.',
  needsReauth: 'Gmail no longer accepts this connection; the mailbox has to be connected again.',
  misconfigured: 'Gmail does not accept the OAuth client; an administrator has to correct it.',
  apiDisabled: 'The Gmail API is not enabled in the Google project of the OAuth client.',
  scopeMissing: 'The connection lacks a permission for Gmail that is needed.',
  noMailbox: 'This Google account has no Gmail mailbox.',
  blocked: 'A policy of the organisation or of Google blocks access to this mailbox.',
  notFound: 'Gmail no longer has this item.',
  cursorExpired: 'Gmail no longer knows this position in the history; a complete listing is needed.',
  refused: 'Gmail refused this request.',
  malformed: "Gmail's answer could not be understood.",
};

/** By reason, for every status: a 403 means nothing by itself. */
const BY_REASON: ReadonlyMap<string, MailErrorKind> = new Map<string, MailErrorKind>([
  ['rateLimitExceeded', 'throttled'],
  ['userRateLimitExceeded', 'throttled'],
  ['quotaExceeded', 'throttled'],
  ['dailyLimitExceeded', 'throttled'],
  ['RATE_LIMIT_EXCEEDED', 'throttled'],
  ['concurrentLimitExceeded', 'throttled'],
  ['domainPolicy', 'blocked'],
  ['accountDisabled', 'blocked'],
  ['insufficientPermissions', 'scopeMissing'],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'scopeMissing'],
  ['accessNotConfigured', 'apiDisabled'],
  ['SERVICE_DISABLED', 'apiDisabled'],
  ['backendError', 'unavailable'],
  ['internalError', 'unavailable'],
]);

/** A day's budget does not come back within minutes. */
const DAILY_LIMIT_PAUSE_MS = 3_600_000;

/** The parts of Google's error body that decide. Its message may name addresses and is never shown or logged. */
interface GoogleError {
  readonly reasons: readonly string[];
  readonly message: string;
}

/**
 * The one table from Gmail's answers to kinds.
 * @param now epoch ms, for waits that the answer gives relative to now
 */
export function gmailError(
  status: number,
  body: unknown,
  method: GmailMethod,
  now: number,
  retryAfter: string | null = null,
): MailError {
  const error = readError(body);
  const kind = kindOf(status, error, method);
  return new MailError(kind, SENTENCES[kind], {
    httpStatus: status,
    providerCode: error.reasons[0] ?? null,
    notBefore: kind === 'throttled' ? waitUntil(error, retryAfter, now) : null,
  });
}

/** "Too many at once" is a matter of concurrency, not of units: the same call may be repeated as soon as fewer run. */
export function isConcurrencyRefusal(status: number, body: unknown): boolean {
  return status === 429 && /concurrent/i.test(readError(body).message);
}

export const gmailErrors: ProviderErrors = providerErrors({
  sentences: SENTENCES,
  poisonous: 'Gmail repeatedly fails to give this message.',
});
export const { malformed } = gmailErrors;

function kindOf(status: number, error: GoogleError, method: GmailMethod): MailErrorKind {
  if (status === 401) return 'unavailable';
  if (status === 429) return 'throttled';
  for (const reason of error.reasons) {
    const kind = BY_REASON.get(reason);
    if (kind) return kind;
  }
  if (status >= 500 || status === 408) return 'unavailable';
  if (/mail service not enabled/i.test(error.message)) return 'noMailbox';
  // Another mailbox than the token's: nothing that asking again could change.
  if (/delegation denied/i.test(error.message)) return 'blocked';
  if (method === 'history.list' && (status === 404 || status === 400)) return 'cursorExpired';
  if (status === 404 || status === 410) return 'notFound';
  return 'refused';
}

function readError(body: unknown): GoogleError {
  const error = isRecord(body) ? body['error'] : null;
  if (!isRecord(error)) return { reasons: [], message: '' };
  const reasons: string[] = [];
  for (const list of [error['errors'], error['details']]) {
    if (!Array.isArray(list)) continue;
    for (const entry of list) {
      const reason: unknown = isRecord(entry) ? entry['reason'] : null;
      if (typeof reason === 'string' && reason.length <= 64) reasons.push(reason);
    }
  }
  const status = error['status'];
  if (reasons.length === 0 && typeof status === 'string' && status.length <= 64) reasons.push(status);
  const message = error['message'];
  return { reasons, message: typeof message === 'string' ? message.slice(0, 2_000) : '' };
}

/** Gmail sends no Retry-After header; the time stands in the message: "Retry after 2026-09-11T20:00:00.000Z". */
function waitUntil(error: GoogleError, retryAfter: string | null, now: number): number | null {
  const inMessage = /retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)/i.exec(error.message)?.[1];
  const at = inMessage === undefined ? NaN : Date.parse(inMessage);
  if (Number.isFinite(at)) return at;
  const waited = retryAfterTime(retryAfter, now);
  if (waited !== null) return waited;
  return error.reasons.includes('dailyLimitExceeded') ? now + DAILY_LIMIT_PAUSE_MS : null;
}
