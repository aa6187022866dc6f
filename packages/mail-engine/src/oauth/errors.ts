import { MailError, type MailErrorKind } from '../errors';

export type TokenCall = 'exchange' | 'refresh' | 'revoke' | 'check';

/** An OAuth error answer, as far as it is needed to decide. Descriptions of providers hold no secrets. */
export interface OAuthErrorAnswer {
  readonly status: number;
  readonly error: string | null;
  readonly description: string | null;
  readonly subtype: string | null;
  /** Microsoft: numbers of the AADSTS codes, its own subtype, and a claims challenge. */
  readonly codes?: readonly number[];
  readonly suberror?: string | null;
  readonly claims?: string | null;
}

/** A provider's own table. Null for answers that it does not know better than the common one. */
export type TokenAnswerClassifier = (answer: OAuthErrorAnswer, during: TokenCall) => TokenVerdict | null;

export interface TokenVerdict {
  /** Null leaves the kind to the common table. */
  readonly kind: MailErrorKind | null;
  readonly providerCode: string;
}

const BY_CODE: Readonly<Record<string, MailErrorKind>> = {
  invalid_client: 'misconfigured',
  unauthorized_client: 'misconfigured',
  deleted_client: 'misconfigured',
  disabled_client: 'misconfigured',
  redirect_uri_mismatch: 'misconfigured',
  unsupported_grant_type: 'misconfigured',
  invalid_scope: 'misconfigured',
  admin_policy_enforced: 'blocked',
  org_internal: 'blocked',
  policy_enforced: 'blocked',
  access_denied: 'blocked',
  rate_limit_exceeded: 'throttled',
  slow_down: 'throttled',
  server_error: 'unavailable',
  temporarily_unavailable: 'unavailable',
  internal_failure: 'unavailable',
  backend_error: 'unavailable',
};

const SENTENCES: Readonly<Record<MailErrorKind, string>> = {
  needsReauth: 'The mail provider no longer accepts this connection; the mailbox has to be connected again.',
  misconfigured:
    'The mail provider does not accept the OAuth client or its secret; an administrator has to correct it.',
  blocked: "The organisation's policy does not allow this application.",
  throttled: 'The mail provider asks to wait before signing in again.',
  unavailable: 'The sign-in service of the mail provider cannot be reached at the moment.',
  refused: 'The mail provider refused this sign-in; it has to be started again.',
  malformed: "The sign-in service's answer could not be understood.",
  apiDisabled: 'The API is switched off in the project of the OAuth client.',
  scopeMissing: 'The connection lacks a permission that is needed.',
  noMailbox: 'This account has no mailbox.',
  notFound: 'The sign-in service does not know this address.',
  cursorExpired: 'The position in the change feed is too old.',
};

/**
 * One table from token-endpoint answers to kinds, behind the provider's own one where it has one. `invalid_grant` is terminal for a stored grant (`needsReauth`, also
 * with subtype `invalid_rapt`, Workspace's session control), but at a code exchange it only means that this one code
 * is used up or too old (`refused`).
 */
export function classifyTokenAnswer(
  answer: OAuthErrorAnswer,
  during: TokenCall,
  own: TokenAnswerClassifier = () => null,
): MailError {
  const verdict = own(answer, during);
  const kind = verdict?.kind ?? kindOf(answer, during);
  return new MailError(kind, SENTENCES[kind], {
    providerCode: verdict?.providerCode ?? answer.subtype ?? answer.error,
    httpStatus: answer.status,
    claims: answer.claims ?? null,
  });
}

function kindOf(answer: OAuthErrorAnswer, during: TokenCall): MailErrorKind {
  if (answer.error === 'invalid_grant') return during === 'refresh' ? 'needsReauth' : 'refused';
  if (answer.status === 429) return 'throttled';
  if (answer.status >= 500) return 'unavailable';
  const known = answer.error === null ? undefined : Object.hasOwn(BY_CODE, answer.error) && BY_CODE[answer.error];
  if (known) return known;
  if (answer.status === 401) return 'misconfigured';
  return answer.error === null ? 'malformed' : 'refused';
}

export function unreachable(cause: unknown): MailError {
  return new MailError('unavailable', SENTENCES.unavailable, { cause });
}

export function notUnderstood(cause: unknown): MailError {
  return new MailError('malformed', SENTENCES.malformed, { cause });
}
