import { jsonResponse } from '../http/exchange';
import type { SimResponse } from '../http/exchange';

interface ApiErrorFields {
  status: number;
  grpcStatus: string;
  reason: string;
  message: string;
  /** The message inside `errors[]` when it differs from the outer one. */
  innerMessage?: string;
  domain?: string;
  location?: string;
  locationType?: string;
  extendedHelp?: string;
  details?: unknown[];
}

/** A refusal of the Gmail API, in the shape of Google's JSON error body. */
export class ApiError extends Error {
  constructor(readonly fields: ApiErrorFields) {
    super(fields.message);
  }

  toResponse(): SimResponse {
    const f = this.fields;
    const inner: Record<string, unknown> = {
      message: f.innerMessage ?? f.message,
      domain: f.domain ?? 'global',
      reason: f.reason,
    };
    if (f.location !== undefined) inner['location'] = f.location;
    if (f.locationType !== undefined) inner['locationType'] = f.locationType;
    if (f.extendedHelp !== undefined) inner['extendedHelp'] = f.extendedHelp;
    const error: Record<string, unknown> = {
      code: f.status,
      message: f.message,
      errors: [inner],
      status: f.grpcStatus,
    };
    if (f.details) error['details'] = f.details;
    const response = jsonResponse(f.status, { error });
    if (f.status === 401)
      response.headers['www-authenticate'] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"';
    return response;
  }
}

export function badRequest(message: string, reason = 'invalidArgument'): ApiError {
  const grpcStatus = reason === 'failedPrecondition' ? 'FAILED_PRECONDITION' : 'INVALID_ARGUMENT';
  return new ApiError({ status: 400, grpcStatus, reason, message });
}

export function notFound(): ApiError {
  return new ApiError({
    status: 404,
    grpcStatus: 'NOT_FOUND',
    reason: 'notFound',
    message: 'Requested entity was not found.',
  });
}

export function aborted(message: string): ApiError {
  return new ApiError({ status: 409, grpcStatus: 'ABORTED', reason: 'aborted', message });
}

export function invalidCredentials(): ApiError {
  return new ApiError({
    status: 401,
    grpcStatus: 'UNAUTHENTICATED',
    reason: 'authError',
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid ' +
      'authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    innerMessage: 'Invalid Credentials',
    location: 'Authorization',
    locationType: 'header',
  });
}

export function scopeInsufficient(method: string): ApiError {
  return new ApiError({
    status: 403,
    grpcStatus: 'PERMISSION_DENIED',
    reason: 'insufficientPermissions',
    message: 'Request had insufficient authentication scopes.',
    innerMessage: 'Insufficient Permission',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
        domain: 'googleapis.com',
        metadata: { method, service: 'gmail.googleapis.com' },
      },
    ],
  });
}

export function apiNotEnabled(projectNumber: string): ApiError {
  const message =
    `Gmail API has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting ` +
    `https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=${projectNumber} then retry. ` +
    'If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.';
  return new ApiError({
    status: 403,
    grpcStatus: 'PERMISSION_DENIED',
    reason: 'accessNotConfigured',
    domain: 'usageLimits',
    message,
    extendedHelp: 'https://console.developers.google.com',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: { service: 'gmail.googleapis.com', consumer: `projects/${projectNumber}` },
      },
    ],
  });
}

export function delegationDenied(address: string): ApiError {
  return new ApiError({
    status: 403,
    grpcStatus: 'PERMISSION_DENIED',
    reason: 'forbidden',
    message: `Delegation denied for ${address}`,
  });
}

/** Too many units in the window. Google gives the time in the message only, never in a Retry-After header. */
export function quotaExceeded(retryAt: number, status: 403 | 429): ApiError {
  return new ApiError({
    status,
    grpcStatus: status === 403 ? 'PERMISSION_DENIED' : 'RESOURCE_EXHAUSTED',
    reason: 'rateLimitExceeded',
    domain: 'usageLimits',
    message: `User-rate limit exceeded.  Retry after ${new Date(retryAt).toISOString()}`,
  });
}

export function tooManyConcurrent(): ApiError {
  return new ApiError({
    status: 429,
    grpcStatus: 'RESOURCE_EXHAUSTED',
    reason: 'rateLimitExceeded',
    message: 'Too many concurrent requests for user.',
  });
}

export function mailTooLarge(limit: number): ApiError {
  return new ApiError({
    status: 413,
    grpcStatus: 'INVALID_ARGUMENT',
    reason: 'uploadTooLarge',
    message: `Media larger than maximum allowed (${limit} bytes).`,
  });
}

/** The mailbox sent as much as it may within a day; Google refuses with the quota's words. */
export function sendingLimitReached(retryAt: number): ApiError {
  return new ApiError({
    status: 429,
    grpcStatus: 'RESOURCE_EXHAUSTED',
    reason: 'rateLimitExceeded',
    domain: 'usageLimits',
    message: `User-rate limit exceeded.  Retry after ${new Date(retryAt).toISOString()} (Mail sending)`,
  });
}

export function backendError(status: number): ApiError {
  const text = SERVER_ERRORS[status] ?? SERVER_ERRORS[500]!;
  return new ApiError({ status, grpcStatus: text[0], reason: 'backendError', message: text[1] });
}

const SERVER_ERRORS: Record<number, [grpcStatus: string, message: string]> = {
  500: ['INTERNAL', 'Internal error encountered.'],
  502: ['UNAVAILABLE', 'Bad Gateway'],
  503: ['UNAVAILABLE', 'The service is currently unavailable.'],
  504: ['DEADLINE_EXCEEDED', 'The request timed out.'],
};
