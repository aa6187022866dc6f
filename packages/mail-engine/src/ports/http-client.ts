/** The one way out to the network: the platform's fetch, a proxy-aware one, or a simulator without sockets. */
export type HttpClient = (url: string, init: HttpRequest) => Promise<Response>;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}
