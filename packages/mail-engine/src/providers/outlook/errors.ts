import { field, isRecord, stringField } from '../../decode';
import { MailError, type MailErrorKind } from '../../errors';
import { providerErrors, type ProviderErrors, retryAfterTime } from '../provider-errors';
import type { GraphMethod } from './quota';

const SENTENCES: Readonly<Record<MailErrorKind, string>> = {
  throttled: 'Outlook asks to wait before this mailbox is read again.',
  unavailable: 'Outlook cannot be reached or does not work at the moment.',
  needsReauth: 'Outlook no longer accepts this connection; the mailbox has to be connected again.',
  misconfigured: 'Microsoft does not accept the OAuth client; an administrator has to correct it.',
  apiDisabled: 'Microsoft Graph does not serve this application; an administrator has to correct it.',
  scopeMissing: 'The connection lacks a permission for Outlook that is needed.',
  noMailbox: 'This Microsoft account has no Outlook mailbox.',
  blocked: 'A policy of the organisation or of Microsoft blocks access to this mailbox.',
  notFound: 'Outlook no longer has this item.',
  cursorExpired: 'Outlook no longer knows this position in the changes; a complete listing is needed.',
  refused: 'Outlook refused this request.',
  malformed: "Outlook's answer could not be understood.",
};

export const graphErrors: ProviderErrors = providerErrors({
  sentences: SENTENCES,
  poisonous: 'Outlook repeatedly fails to give this message.',
});
export const { malformed } = graphErrors;

/** By the error's code in lower case (Graph writes the same code in several ways), whatever the status. */
const BY_CODE: ReadonlyMap<string, MailErrorKind> = new Map<string, MailErrorKind>([
  ['applicationthrottled', 'throttled'],
  ['toomanyrequests', 'throttled'],
  ['activitylimitreached', 'throttled'],
  ['mailboxnotenabledforrestapi', 'noMailbox'],
  ['mailboxnotsupportedforrestapi', 'noMailbox'],
  ['errornonexistentmailbox', 'noMailbox'],
  ['erroraccountdisabled', 'blocked'],
  ['accountsuspended', 'blocked'],
  ['erroraccountsuspend', 'blocked'],
  ['erroritemnotfound', 'notFound'],
  ['itemnotfound', 'notFound'],
  ['resourcenotfound', 'notFound'],
  ['errorfoldernotfound', 'notFound'],
  ['errorinvalidattachmentid', 'notFound'],
  ['errorattachmentnotfound', 'notFound'],
  ['syncstatenotfound', 'cursorExpired'],
  ['syncstateinvalid', 'cursorExpired'],
  ['errorinvalidsyncstatedata', 'cursorExpired'],
  ['resyncrequired', 'cursorExpired'],
  ['errormailboxmoveinprogress', 'unavailable'],
  ['errorserverbusy', 'unavailable'],
  ['errormailboxstoreunavailable', 'unavailable'],
  ['errortimeoutexpired', 'unavailable'],
  ['errorinternalservererror', 'unavailable'],
  ['errorinternalservertransienterror', 'unavailable'],
  ['errorconnectionfailed', 'unavailable'],
  ['servicenotavailable', 'unavailable'],
  ['serviceunavailable', 'unavailable'],
]);

/** A permission or policy, when reading; of a single message that may not be changed, when writing. */
const DENIED = new Set(['erroraccessdenied', 'accessdenied', 'authorization_requestdenied', 'forbidden']);

/** The parts of Graph's error body that decide. Its message may name addresses and is never shown or logged. */
interface GraphErrorBody {
  readonly code: string;
  readonly requestId: string | null;
}

/**
 * The one table from Graph's answers to kinds.
 * @param now epoch ms, for waits that the answer gives relative to now
 */
export function graphError(
  status: number,
  body: unknown,
  method: GraphMethod,
  now: number,
  retryAfter: string | null = null,
): MailError {
  const error = readError(body);
  const kind = kindOf(status, error.code.toLowerCase(), method);
  const mayWait = kind === 'throttled' || kind === 'unavailable';
  return new MailError(kind, SENTENCES[kind], {
    httpStatus: status,
    providerCode: diagnostic(error),
    notBefore: mayWait ? retryAfterTime(retryAfter, now) : null,
  });
}

/** The fifth call at once: 429 ApplicationThrottled "over its MailboxConcurrency limit". */
export function isConcurrencyRefusal(status: number, body: unknown): boolean {
  if (status !== 429) return false;
  return /concurrency/i.test(stringField(field(body, 'error'), 'message')?.slice(0, 2_000) ?? '');
}

/** Somebody else changed the item between reading and writing it (a stale change key or ETag). */
export function isConflict(error: MailError): boolean {
  return error.httpStatus === 412 || error.httpStatus === 409 || codeOf(error) === 'errorirresolvableconflict';
}

/** Graph's own code in lower case, without what else stands in the diagnostics. */
export function codeOf(error: MailError): string {
  return (error.providerCode ?? '').split(' ')[0]?.toLowerCase() ?? '';
}

function kindOf(status: number, code: string, method: GraphMethod): MailErrorKind {
  if (status === 401) return 'unavailable';
  if (status === 429) return 'throttled';
  if (status === 410) return 'cursorExpired';
  const known = BY_CODE.get(code);
  if (known) return known;
  if (status === 403 && DENIED.has(code)) return method === 'write' ? 'refused' : 'scopeMissing';
  if (status === 507) return 'refused';
  if (status >= 500 || status === 408) return 'unavailable';
  if (status === 404) return 'notFound';
  return 'refused';
}

function readError(body: unknown): GraphErrorBody {
  const error = field(body, 'error');
  if (!isRecord(error)) return { code: '', requestId: null };
  const code = stringField(error, 'code') ?? '';
  const inner = field(error, 'innerError') ?? field(error, 'innererror');
  const requestId = stringField(inner, 'request-id');
  return {
    code: /^[\w.]{1,80}$/.test(code) ? code : '',
    requestId: requestId !== null && /^[\w-]{1,64}$/.test(requestId) ? requestId : null,
  };
}

function diagnostic({ code, requestId }: GraphErrorBody): string | null {
  if (requestId === null) return code === '' ? null : code;
  return `${code === '' ? 'Error' : code} request-id=${requestId}`;
}
