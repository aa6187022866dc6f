import type { SimHandler, SimRequest, SimResponse } from './exchange';

export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` that hands requests to a handler without sockets. The host of the address is ignored, redirects are
 * returned as they are, connection faults reject with the `TypeError` that Node's own fetch gives.
 */
export function createInProcessFetch(handler: SimHandler): FetchLike {
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const request = await toSimRequest(input, init);
    const response = await abortable(handler(request), signal ?? undefined);
    return toFetchResponse(response);
  };
}

async function toSimRequest(input: string | URL | Request, init?: RequestInit): Promise<SimRequest> {
  const isRequest = input instanceof Request;
  const url = new URL(isRequest ? input.url : input);
  const headers: Record<string, string> = {};
  const given = init?.headers ?? (isRequest ? input.headers : undefined);
  if (given) for (const [name, value] of new Headers(given)) headers[name] = value;
  const method = (init?.method ?? (isRequest ? input.method : 'GET')).toUpperCase();
  const body = await readBody(input, init, headers);
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

async function readBody(
  input: string | URL | Request,
  init: RequestInit | undefined,
  headers: Record<string, string>,
): Promise<Buffer> {
  const body = init?.body;
  if (body === undefined || body === null) {
    return input instanceof Request && input.body ? Buffer.from(await input.arrayBuffer()) : Buffer.alloc(0);
  }
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof URLSearchParams) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded;charset=UTF-8';
    return Buffer.from(body.toString());
  }
  if (body instanceof Uint8Array) return Buffer.from(body);
  const response = new Response(body);
  const type = response.headers.get('content-type');
  if (type) headers['content-type'] ??= type;
  return Buffer.from(await response.arrayBuffer());
}

function toFetchResponse(response: SimResponse): Response {
  if (response.fault === 'drop') throw connectionReset();
  const empty = response.status === 204 || response.status === 304;
  if (response.fault === 'cut') {
    const bytes = Buffer.from(response.body as string);
    return new Response(brokenStream(bytes.subarray(0, Math.floor(bytes.length / 2))), {
      status: response.status,
      headers: response.headers,
    });
  }
  const body = typeof response.body === 'string' ? response.body : new Uint8Array(response.body);
  return new Response(empty ? null : body, { status: response.status, headers: response.headers });
}

function connectionReset(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  return new TypeError('fetch failed', { cause });
}

function brokenStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (!sent) {
        sent = true;
        controller.enqueue(bytes);
        return;
      }
      const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
      controller.error(new TypeError('terminated', { cause }));
    },
  });
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
