import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutboundHttp, type OutboundHttp } from './http-client';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
const CLIENT_HELLO = 22;

interface Listening {
  port: number;
  close(): Promise<void>;
}

async function listen(server: net.Server): Promise<Listening> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Proxy extends Listening {
  /** What was asked for, as `host:port`. */
  readonly asked: string[];
  readonly credentials: (string | undefined)[];
}

/** A real CONNECT proxy. Names that this machine cannot know lead to `elsewhere`; without it they are refused with 502. */
async function startProxy(options: { elsewhere?: number } = {}): Promise<Proxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = http.createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: http.IncomingMessage, client: net.Socket, head: Buffer) => {
    const target = request.url ?? '';
    asked.push(target);
    credentials.push(request.headers['proxy-authorization']);
    const [host = '', port = ''] = target.split(':');
    const here = host === '127.0.0.1' || host === 'localhost';
    if (!here && options.elsewhere === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const tunnel = net.connect(here ? Number(port) : (options.elsewhere as number), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      tunnel.write(head);
      tunnel.pipe(client).pipe(tunnel);
    });
    tunnel.on('error', () => client.destroy());
    client.on('error', () => tunnel.destroy());
  });
  return Object.assign(await listen(server), { asked, credentials });
}

describe('the way out through the proxy of an organisation', () => {
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(resource: T): T => {
    open.push(resource);
    return resource;
  };
  /** The variables are read when the client is made, as at the start of a server. */
  const clientWith = (variables: Record<string, string>): OutboundHttp => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    return keep(createOutboundHttp({ timeoutMs: 5_000 }));
  };
  beforeEach(() => {
    for (const name of PROXY_VARIABLES) vi.stubEnv(name, undefined);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const resource of open.splice(0).reverse()) await resource.close();
  });

  const startOrigin = async () => {
    const seen: string[] = [];
    const server = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
      response.end('the answer');
    });
    return keep(Object.assign(await listen(server), { seen }));
  };

  it('asks the proxy for the provider, and gives it nothing to read', async () => {
    const received: Buffer[] = [];
    const provider = keep(
      await listen(
        net.createServer((socket) => socket.once('data', (data) => received.push(data) && socket.destroy())),
      ),
    );
    const proxy = keep(await startProxy({ elsewhere: provider.port }));
    const { request } = clientWith({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    const url = 'https://gmail.googleapis.com/gmail/v1/users/me/profile';
    await expect(request(url, { method: 'GET', headers: { authorization: 'Bearer secret' } })).rejects.toThrow();
    expect(proxy.asked).toEqual(['gmail.googleapis.com:443']);
    const [hello] = received;
    expect(hello?.[0]).toBe(CLIENT_HELLO);
    expect(hello?.toString('latin1')).toContain('gmail.googleapis.com');
    expect(hello?.toString('latin1')).not.toContain('secret');
  });

  it('carries a request and its answer through the tunnel, with the credentials that the proxy wants', async () => {
    const origin = await startOrigin();
    const proxy = keep(await startProxy());
    const { request } = clientWith({ HTTP_PROXY: `http://user:pass@127.0.0.1:${proxy.port}` });
    const response = await request(`http://127.0.0.1:${origin.port}/path?q=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer token' },
      body: 'x',
    });
    expect(await response.text()).toBe('the answer');
    expect(origin.seen).toEqual(['POST /path?q=1 Bearer token']);
    expect(proxy.asked).toEqual([`127.0.0.1:${origin.port}`]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:pass').toString('base64')}`]);
  });

  it.each(['127.0.0.1', 'example.com,127.0.0.1', '*'])(
    'goes past the proxy to what NO_PROXY=%s names',
    async (list) => {
      const origin = await startOrigin();
      const proxy = keep(await startProxy());
      const { request } = clientWith({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: list });
      expect(await (await request(`http://127.0.0.1:${origin.port}/`, { method: 'GET', headers: {} })).text()).toBe(
        'the answer',
      );
      expect(proxy.asked).toEqual([]);
    },
  );

  it('does not go past the proxy to what NO_PROXY does not name', async () => {
    const proxy = keep(await startProxy());
    const { request } = clientWith({
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: 'localhost,.company.example',
    });
    await expect(request('https://oauth2.googleapis.com/token', { method: 'POST', headers: {} })).rejects.toThrow();
    expect(proxy.asked).toEqual(['oauth2.googleapis.com:443']);
  });

  it('uses no proxy when none is named', async () => {
    const origin = await startOrigin();
    const { request } = clientWith({});
    expect((await request(`http://127.0.0.1:${origin.port}/`, { method: 'GET', headers: {} })).status).toBe(200);
  });

  it('refuses plain http to any other machine, also through a proxy', async () => {
    const proxy = keep(await startProxy());
    const { request } = clientWith({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
    await expect(request('http://gmail.googleapis.com/', { method: 'GET', headers: {} })).rejects.toThrow(/Plain http/);
    expect(proxy.asked).toEqual([]);
  });
});
