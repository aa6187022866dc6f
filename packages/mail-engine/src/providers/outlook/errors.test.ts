import { describe, expect, it } from 'vitest';
import { codeOf, graphError, isConcurrencyRefusal, isConflict } from './errors';
import type { GraphMethod } from './quota';

const NOW = Date.UTC(2026, 10, 22, 12);

function body(
  code: string,
  message = 'for ann@example.test',
  requestId = 'c2ab2a8f-3f3c-4d6a-9f2a-0123456789ab',
): unknown {
  return { error: { code, message, innerError: { date: '2026-11-22T12:00:00', 'request-id': requestId } } };
}

describe('an answer of Graph', () => {
  it.each<[number, string, GraphMethod, string]>([
    [401, 'InvalidAuthenticationToken', 'read', 'unavailable'],
    [403, 'ErrorAccessDenied', 'read', 'scopeMissing'],
    [403, 'ErrorAccessDenied', 'write', 'refused'],
    [403, 'Authorization_RequestDenied', 'delta', 'scopeMissing'],
    [404, 'ErrorItemNotFound', 'read', 'notFound'],
    [404, 'erroritemnotfound', 'read', 'notFound'],
    [404, 'ResourceNotFound', 'read', 'notFound'],
    [404, 'ErrorFolderNotFound', 'delta', 'notFound'],
    [404, 'MailboxNotEnabledForRESTAPI', 'read', 'noMailbox'],
    [404, 'mailboxnotenabledforrestapi', 'delta', 'noMailbox'],
    [400, 'ErrorInvalidIdMalformed', 'read', 'refused'],
    [400, 'ErrorInvalidRecipients', 'write', 'refused'],
    [400, 'InefficientFilter', 'read', 'refused'],
    [412, 'ErrorIrresolvableConflict', 'write', 'refused'],
    [413, 'ErrorMessageSizeExceeded', 'write', 'refused'],
    [507, 'ErrorQuotaExceeded', 'write', 'refused'],
    [410, 'SyncStateNotFound', 'delta', 'cursorExpired'],
    [410, '', 'delta', 'cursorExpired'],
    [400, 'syncStateNotFound', 'delta', 'cursorExpired'],
    [400, 'resyncRequired', 'delta', 'cursorExpired'],
    [429, 'ApplicationThrottled', 'read', 'throttled'],
    [429, '', 'read', 'throttled'],
    [403, 'ErrorMailboxMoveInProgress', 'read', 'unavailable'],
    [503, 'ErrorServerBusy', 'read', 'unavailable'],
    [500, 'ErrorMailboxStoreUnavailable', 'read', 'unavailable'],
    [504, 'UnknownError', 'read', 'unavailable'],
    [504, '', 'read', 'unavailable'],
    [418, 'SomethingNew', 'read', 'refused'],
  ])('%i %s of a %s is %s', (status, code, method, kind) => {
    expect(graphError(status, body(code), method, NOW).kind).toBe(kind);
  });

  it.each<[string | null, number | null]>([
    ['17', NOW + 17_000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', NOW + 60_000],
    ['soon', null],
    ['-5', null],
    [null, null],
  ])('keeps the time that Retry-After names (%s)', (header, expected) => {
    expect(graphError(429, body('ApplicationThrottled'), 'read', NOW, header).notBefore).toBe(expected);
    expect(graphError(503, body('ErrorServerBusy'), 'read', NOW, header).notBefore).toBe(expected);
    expect(graphError(404, body('ErrorItemNotFound'), 'read', NOW, header).notBefore).toBeNull();
  });

  it('leaves a trace for support, and nothing that the message says', () => {
    const error = graphError(404, body('ErrorItemNotFound', 'No mail of ann@example.test'), 'read', NOW);
    expect(error.providerCode).toBe('ErrorItemNotFound request-id=c2ab2a8f-3f3c-4d6a-9f2a-0123456789ab');
    expect(codeOf(error)).toBe('erroritemnotfound');
    expect(`${error.message} ${error.providerCode}`).not.toContain('example.test');
    const hostile = graphError(400, body('<b>code</b>', 'x', 'id\r\nSet-Cookie: a=b'), 'read', NOW);
    expect(hostile.providerCode).toBeNull();
  });

  it('tells too many at once, and conflicts, from other refusals', () => {
    const over = 'Application is over its MailboxConcurrency limit.';
    expect(isConcurrencyRefusal(429, body('ApplicationThrottled', over))).toBe(true);
    expect(isConcurrencyRefusal(429, body('ApplicationThrottled', 'Application is over its ApiRequests limit.'))).toBe(
      false,
    );
    expect(isConcurrencyRefusal(503, body('ErrorServerBusy', over))).toBe(false);
    expect(isConflict(graphError(412, undefined, 'write', NOW))).toBe(true);
    expect(isConflict(graphError(400, body('errorirresolvableConflict'), 'write', NOW))).toBe(true);
    expect(isConflict(graphError(400, body('ErrorInvalidRequest'), 'write', NOW))).toBe(false);
  });

  it.each([undefined, null, 'text', 7, [], {}, { error: 'x' }, { error: { code: 5 } }])(
    'whose body is %j does not stop the table',
    (odd) => {
      expect(graphError(500, odd, 'read', NOW).kind).toBe('unavailable');
      expect(graphError(404, odd, 'read', NOW).kind).toBe('notFound');
    },
  );
});
