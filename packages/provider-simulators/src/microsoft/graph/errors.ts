import type { SimResponse } from '../../http/exchange';
import { jsonResponse } from '../../http/exchange';
import type { MicrosoftState } from '../state';
import { hexDigits } from '../../random';

/** An answer that is an error, in Graph's envelope. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
    /** 429 for too many requests or too many at once. */
    readonly isRefusal = false,
  ) {
    super(message);
  }

  toResponse(state: MicrosoftState, clientRequestId?: string): SimResponse {
    const requestId = newRequestId(state);
    const response = jsonResponse(this.status, {
      error: {
        code: this.code,
        message: this.message,
        innerError: {
          date: new Date(state.clock.now()).toISOString().slice(0, 19),
          'request-id': requestId,
          'client-request-id': clientRequestId ?? requestId,
        },
      },
    });
    response.headers = { ...response.headers, 'request-id': requestId, ...this.headers };
    return response;
  }
}

export function newRequestId(state: MicrosoftState): string {
  const d = hexDigits(state.rng, 32);
  return `${d.slice(0, 8)}-${d.slice(8, 12)}-${d.slice(12, 16)}-${d.slice(16, 20)}-${d.slice(20)}`;
}

export function badRequest(message: string, code = 'BadRequest'): GraphError {
  return new GraphError(400, code, message);
}

export function malformedId(): GraphError {
  return new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
}

export function itemNotFound(): GraphError {
  return new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
}

export function folderNotFound(): GraphError {
  return new GraphError(404, 'ErrorFolderNotFound', 'The specified folder could not be found in the store.');
}

export function foreignId(): GraphError {
  return new GraphError(404, 'ErrorInvalidMailboxItemId', "Item Id doesn't belong to the current mailbox.");
}

export function accessDenied(): GraphError {
  return new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
}

export function mailboxNotEnabled(): GraphError {
  return new GraphError(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );
}

export function unknownProperty(name: string, type: string): GraphError {
  return badRequest(`Could not find a property named '${name}' on type '${type}'.`, 'RequestBroker--ParseUri');
}

/** 429 with Retry-After in whole seconds (provider facts §4, "Limits"). */
export function throttled(reason: 'requests' | 'concurrency', retryAfterSeconds: number): GraphError {
  const limit = reason === 'concurrency' ? 'MailboxConcurrency' : 'ApiRequests';
  return new GraphError(
    429,
    'ApplicationThrottled',
    `Application is over its ${limit} limit.`,
    { 'retry-after': String(retryAfterSeconds) },
    true,
  );
}
