/** One request as the simulator sees it, whether it came through a socket or in process. */
export interface SimRequest {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  headers: Record<string, string | undefined>;
  body: Buffer;
}

/**
 * What the transport does to an answer. `drop`: the work is done, but the connection ends without an answer.
 * `cut`: the connection ends in the middle of the body.
 */
export type TransportFault = 'drop' | 'cut';

export interface SimResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  fault?: TransportFault;
}

export type SimHandler = (request: SimRequest) => Promise<SimResponse>;

const JSON_HEADERS = { 'content-type': 'application/json; charset=UTF-8' };

export function jsonResponse(status: number, value: unknown): SimResponse {
  return { status, headers: { ...JSON_HEADERS }, body: JSON.stringify(value) };
}

export function htmlResponse(status: number, body: string): SimResponse {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body };
}

export function redirectResponse(location: string): SimResponse {
  return { status: 302, headers: { location, 'cache-control': 'no-store' }, body: '' };
}

/** Text made safe between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => HTML_ESCAPES[c] ?? c);
}

const HTML_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
