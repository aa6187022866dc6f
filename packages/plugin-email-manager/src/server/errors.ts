import { LeaseLostError, MailError, type MailErrorKind } from '@email-manager/mail-engine/errors';
import type { ProviderName } from '../shared/api';

/**
 * Every refusal that the plugin answers with: a stable code and its HTTP status. The words are in
 * locale/server/<language>.json under `errors.<CODE>.message` and `errors.<CODE>.action`.
 */
export const ERROR_STATUS = {
  INPUT_INVALID: 400,
  CURSOR_INVALID: 400,
  PAGINATION_REQUIRED: 400,
  MAIL_ACCESS_DENIED: 403,
  SIGN_IN_REQUIRED: 401,
  PROVIDER_UNKNOWN: 404,
  PROVIDER_NOT_CONFIGURED: 409,
  PROVIDER_API_DISABLED: 409,
  PROVIDER_UNAVAILABLE: 503,
  PROVIDER_THROTTLED: 503,
  PROVIDER_ANSWER_MALFORMED: 502,
  PROVIDER_REFUSED: 422,
  CLIENT_ID_INVALID: 400,
  CLIENT_SECRET_INVALID: 400,
  CLIENT_SECRET_IS_ID: 400,
  SECRET_EXPIRY_INVALID: 400,
  TENANT_INVALID: 400,
  SECRET_REFERENCE_UNKNOWN: 400,
  PUBLIC_URL_INVALID: 400,
  SYNC_INTERVAL_INVALID: 400,
  OAUTH_STATE_INVALID: 400,
  OAUTH_CODE_INVALID: 400,
  OAUTH_DENIED: 403,
  OAUTH_SCOPE_MISSING: 403,
  OAUTH_CLIENT_INVALID: 409,
  OAUTH_ADMIN_CONSENT_REQUIRED: 403,
  OAUTH_INTERACTION_REQUIRED: 403,
  OAUTH_TENANT_MISMATCH: 403,
  OAUTH_NO_REFRESH_TOKEN: 409,
  OAUTH_ORIGIN_INVALID: 400,
  OAUTH_FAILED: 502,
  ACCOUNT_NOT_FOUND: 404,
  ACCOUNT_HAS_NO_MAILBOX: 422,
  ACCOUNT_MISMATCH: 409,
  ACCOUNT_TAKEN: 409,
  ACCOUNT_NEEDS_REAUTH: 409,
  ACCOUNT_BLOCKED: 409,
  ACCOUNT_DELETING: 409,
  ACCOUNT_STATE_INVALID: 409,
  ACCOUNT_OWNED: 409,
  MESSAGE_NOT_FOUND: 404,
  THREAD_NOT_FOUND: 404,
  ATTACHMENT_NOT_FOUND: 404,
  PLACE_NOT_FOUND: 404,
  DATABASE_NOT_UPGRADED: 503,
  DATABASE_NEWER: 503,
  DATABASE_UNSUPPORTED: 503,
  INTERNAL_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface RefusalDetails {
  readonly field?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  /** Whose refusal it is: sentences that differ by provider are chosen by it. */
  readonly provider?: ProviderName | null;
  /** The provider module's word for what is wrong, where one code has several sentences. */
  readonly reason?: string | null;
  readonly data?: object | null;
}

/** A refusal with a stable code. `params` fill the sentence; `field` names the input that is wrong. */
export class MailApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly field: string | null;
  readonly params: Readonly<Record<string, string | number>>;
  readonly provider: ProviderName | null;
  readonly reason: string | null;
  /** Goes into the answer beside the sentence. */
  readonly data: object | null;

  constructor(code: ErrorCode, details: RefusalDetails = {}) {
    super(code);
    this.name = 'MailApiError';
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.field = details.field ?? null;
    this.params = details.params ?? {};
    this.provider = details.provider ?? null;
    this.reason = details.reason ?? null;
    this.data = details.data ?? null;
  }
}

const CODE_OF_KIND: Record<MailErrorKind, ErrorCode> = {
  throttled: 'PROVIDER_THROTTLED',
  unavailable: 'PROVIDER_UNAVAILABLE',
  needsReauth: 'ACCOUNT_NEEDS_REAUTH',
  misconfigured: 'OAUTH_CLIENT_INVALID',
  apiDisabled: 'PROVIDER_API_DISABLED',
  scopeMissing: 'OAUTH_SCOPE_MISSING',
  noMailbox: 'ACCOUNT_HAS_NO_MAILBOX',
  blocked: 'ACCOUNT_BLOCKED',
  notFound: 'MESSAGE_NOT_FOUND',
  cursorExpired: 'PROVIDER_UNAVAILABLE',
  refused: 'PROVIDER_REFUSED',
  malformed: 'PROVIDER_ANSWER_MALFORMED',
};

/** The code under which an engine's error kind is answered and stored with an account. */
export function codeOfKind(kind: string): ErrorCode {
  return CODE_OF_KIND[kind as MailErrorKind] ?? 'INTERNAL_ERROR';
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_STATUS, value);
}

/** Turns whatever was thrown into a refusal. Nothing of an unknown error's text reaches the client. */
export function toApiError(error: unknown): MailApiError {
  if (error instanceof MailApiError) return error;
  if (error instanceof MailError) return new MailApiError(codeOfKind(error.kind));
  if (error instanceof LeaseLostError) return new MailApiError('PROVIDER_UNAVAILABLE');
  const code = (error as { code?: unknown } | null)?.code;
  if (isErrorCode(code)) return new MailApiError(code);
  return new MailApiError('INTERNAL_ERROR');
}

/**
 * What may be logged about an error: its class, its code and where it was thrown. Messages of store errors quote SQL
 * with mail in it, so only the messages of our own and the engine's errors (which hold no content) are kept.
 */
export function loggableError(error: unknown): Record<string, string | number | boolean | null> {
  if (error instanceof MailError) {
    return { error: 'MailError', kind: error.kind, providerCode: error.providerCode, httpStatus: error.httpStatus };
  }
  if (error instanceof MailApiError) return { error: 'MailApiError', code: error.code };
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code ?? (error as { parent?: { code?: unknown } }).parent?.code;
  const frame = /\n\s+at (\S+)/.exec(error.stack ?? '')?.[1] ?? null;
  return { error: error.name, code: typeof code === 'string' || typeof code === 'number' ? code : null, at: frame };
}
