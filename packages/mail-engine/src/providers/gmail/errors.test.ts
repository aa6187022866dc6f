import { describe, expect, it } from 'vitest';
import { gmailError, isConcurrencyRefusal } from './errors';
import type { GmailMethod } from './quota';

const NOW = Date.UTC(2026, 8, 11, 19, 0, 0);

function body(
  code: number,
  message: string,
  reason: string | null,
  status = 'X',
  detail: string | null = null,
): unknown {
  return {
    error: {
      code,
      message,
      ...(reason === null ? {} : { errors: [{ domain: 'global', reason, message }] }),
      ...(detail === null
        ? {}
        : { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: detail }] }),
      status,
    },
  };
}

describe('an answer of Gmail', () => {
  it.each<[number, unknown, GmailMethod, string]>([
    [
      403,
      body(403, 'User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z', 'rateLimitExceeded'),
      'messages.get',
      'throttled',
    ],
    [403, body(403, 'Quota exceeded', 'userRateLimitExceeded'), 'messages.get', 'throttled'],
    [403, body(403, 'Daily limit', 'dailyLimitExceeded'), 'messages.get', 'throttled'],
    [
      403,
      body(
        403,
        'Request had insufficient authentication scopes.',
        'insufficientPermissions',
        'PERMISSION_DENIED',
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      ),
      'messages.get',
      'scopeMissing',
    ],
    [
      403,
      body(403, 'scopes', null, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
      'messages.get',
      'scopeMissing',
    ],
    [
      403,
      body(
        403,
        'Gmail API has not been used in project 1 before or it is disabled.',
        'accessNotConfigured',
        'PERMISSION_DENIED',
        'SERVICE_DISABLED',
      ),
      'getProfile',
      'apiDisabled',
    ],
    [403, body(403, 'The domain administrators have disabled Gmail apps.', 'domainPolicy'), 'messages.get', 'blocked'],
    [403, body(403, 'Delegation denied for x@y.test', 'forbidden'), 'messages.get', 'blocked'],
    [403, body(403, 'Forbidden', 'forbidden'), 'messages.get', 'refused'],
    [400, body(400, 'Mail service not enabled', 'failedPrecondition'), 'getProfile', 'noMailbox'],
    [400, body(400, 'Precondition check failed.', 'failedPrecondition'), 'messages.get', 'refused'],
    [400, body(400, 'Invalid id value', 'invalidArgument'), 'messages.get', 'refused'],
    [404, body(404, 'Requested entity was not found.', 'notFound'), 'messages.get', 'notFound'],
    [404, body(404, 'Requested entity was not found.', 'notFound'), 'history.list', 'cursorExpired'],
    [400, body(400, 'Invalid value at start_history_id', 'invalidArgument'), 'history.list', 'cursorExpired'],
    [429, body(429, 'Too many concurrent requests for user', 'rateLimitExceeded'), 'messages.get', 'throttled'],
    [429, 'no JSON', 'messages.get', 'throttled'],
    [500, body(500, 'Internal error', 'backendError'), 'messages.get', 'unavailable'],
    [503, '<html>', 'messages.get', 'unavailable'],
    [401, body(401, 'Invalid Credentials', 'authError'), 'messages.get', 'unavailable'],
    [418, null, 'messages.get', 'refused'],
    [403, { error: { errors: [{ reason: '__proto__' }], message: 7 } }, 'messages.get', 'refused'],
  ])('%i %j to %s is %s', (status, answer, method, kind) => {
    expect(gmailError(status, answer, method, NOW).kind).toBe(kind);
  });

  it('gives the time that stands in its message, since there is no header for it', () => {
    const limited = body(403, 'User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z', 'rateLimitExceeded');
    expect(gmailError(403, limited, 'messages.get', NOW).notBefore).toBe(Date.UTC(2026, 8, 11, 20));
    expect(gmailError(429, {}, 'messages.get', NOW, '30').notBefore).toBe(NOW + 30_000);
    expect(gmailError(429, {}, 'messages.get', NOW).notBefore).toBeNull();
  });

  it('about concurrency is told apart from one about units', () => {
    expect(isConcurrencyRefusal(429, body(429, 'Too many concurrent requests for user', 'rateLimitExceeded'))).toBe(
      true,
    );
    expect(isConcurrencyRefusal(429, body(429, 'Quota exceeded for quota metric', 'rateLimitExceeded'))).toBe(false);
  });

  it('never carries its own text, which may name a person', () => {
    const error = gmailError(403, body(403, 'Delegation denied for ann@secret.test', 'forbidden'), 'messages.get', NOW);
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('secret');
  });
});
