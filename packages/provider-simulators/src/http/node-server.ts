import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SimHandler, SimRequest, SimResponse } from './exchange';

export interface RunningServer {
  url: string;
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

export interface ServerCertificate {
  /** PEM. */
  key: string;
  cert: string;
}

/** Serves a handler on a loopback port (0 = any free one), over TLS with a certificate. Only this machine can reach it. */
export async function listenOnLoopback(
  handler: SimHandler,
  port = 0,
  certificate?: ServerCertificate,
): Promise<RunningServer> {
  const listener = (req: http.IncomingMessage, res: http.ServerResponse) => void serve(handler, req, res);
  const server = certificate ? https.createServer(certificate, listener) : http.createServer(listener);
  // Clients keep connections over pauses longer than Node's default of five seconds; a reset would be our fault.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function serve(handler: SimHandler, req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
  try {
    const response = await handler(await readRequest(req));
    writeResponse(response, req, res);
  } catch (error) {
    if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
    res.end(`The simulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

async function readRequest(req: http.IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_REQUEST_BYTES) throw new Error('The request is larger than the simulator takes.');
      chunks.push(chunk);
    }
  }
  const target = req.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: req.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: req.headers as Record<string, string | undefined>,
    body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
  };
}

function writeResponse(response: SimResponse, req: http.IncomingMessage, res: http.ServerResponse): void {
  if (response.fault === 'drop') {
    req.socket.destroy();
    return;
  }
  const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
  const headers: Record<string, string | number> = { ...response.headers };
  if (response.status !== 204) headers['content-length'] = body.length;
  res.writeHead(response.status, headers);
  if (response.fault === 'cut') {
    res.write(body.subarray(0, Math.floor(body.length / 2)), () => req.socket.destroy());
    return;
  }
  res.end(response.status === 204 ? undefined : body);
}
