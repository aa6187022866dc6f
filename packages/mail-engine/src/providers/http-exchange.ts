import type { HttpClient, HttpRequest } from '../ports/http-client';

export interface ExchangeOptions {
  readonly http: HttpClient;
  /** Ends the exchange from outside. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** One HTTP exchange from its first byte to the last that `read` takes, within one time limit. */
export async function exchange<T>(
  { http, signal, timeoutMs }: ExchangeOptions,
  url: string,
  request: Omit<HttpRequest, 'signal'>,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const cancel = new AbortController();
  const onStop = (): void => cancel.abort(signal?.reason);
  signal?.addEventListener('abort', onStop, { once: true });
  const deadline = AbortSignal.timeout(timeoutMs);
  const onDeadline = (): void => cancel.abort(deadline.reason);
  deadline.addEventListener('abort', onDeadline, { once: true });
  try {
    return await read(await http(url, { ...request, signal: cancel.signal }));
  } finally {
    signal?.removeEventListener('abort', onStop);
    deadline.removeEventListener('abort', onDeadline);
  }
}

/** Undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
