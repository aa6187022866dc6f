import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** Plain http only ever goes to this machine: a simulator or a local gateway that an environment variable names. */
export function isAllowedUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
}

export interface OutboundHttp {
  readonly request: HttpClient;
  /** Ends kept connections; requests under way are cut. */
  close(): Promise<void>;
}

/**
 * The plugin's one way out. Node 20's own fetch ignores HTTPS_PROXY, HTTP_PROXY and NO_PROXY (its switch for them came
 * with Node 22), so undici, from which that fetch is made, is bundled in the version that has a proxy agent reading
 * the environment. Redirects are not followed: neither provider's API sends any, and a token must not travel on.
 *
 * @param timeoutMs the longest a single request may take, its answer's body included
 */
export function createOutboundHttp(options: { timeoutMs?: number } = {}): OutboundHttp {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const agent = new EnvHttpProxyAgent({
    connectTimeout: 15_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 20_000,
    connections: 64,
  });
  return {
    request: async (address, init) => {
      const url = new URL(address);
      if (!isAllowedUrl(url)) throw new TypeError('Plain http is allowed to this machine only.');
      const timeout = AbortSignal.timeout(timeoutMs);
      const response = await undiciFetch(url, {
        method: init.method,
        headers: init.headers,
        body: init.body,
        redirect: 'error',
        dispatcher: agent,
        signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
      });
      // Undici's Response is the platform's in all that is used here; only the declared types differ.
      return response as unknown as Response;
    },
    close: () => agent.destroy(),
  };
}
