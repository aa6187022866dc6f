import { describe, expect, it } from 'vitest';
import type { MailError } from '../../errors';
import type { HttpRequest } from '../../ports/http-client';
import { VirtualClock } from '../../sync/testing/virtual-clock';
import { Pacer } from '../pacer';
import { type GraphCall, GraphClient, type GraphClientOptions } from './client';
import { outlookPace } from './quota';

interface Seen extends HttpRequest {
  readonly path: string;
}

type Answer = (request: Seen, count: number) => Response | Promise<Response>;

/** A client whose server is written by hand: `answer` sees each HTTP request and how many came before it. */
function scripted(answer: Answer, over: Partial<GraphClientOptions> = {}) {
  const clock = new VirtualClock();
  const seen: Seen[] = [];
  const claims: (string | null | undefined)[] = [];
  const pacer = new Pacer({ clock, ...outlookPace() });
  const client = new GraphClient({
    http: async (url, init) => {
      const { pathname, search } = new URL(url);
      const request = { ...init, path: pathname.replace('/v1.0', '') + search };
      seen.push(request);
      return answer(request, seen.length - 1);
    },
    tokens: {
      accessToken: () => Promise.resolve(`token${claims.length}`),
      replaceRefused: (_refused, given) => Promise.resolve(`token${claims.push(given)}`),
    },
    pacer,
    clock,
    random: { next: () => 0.5 },
    ...over,
  });
  return { client, clock, seen, claims, pacer };
}

function read(path: string): GraphCall<unknown> {
  return { method: 'read', verb: 'GET', path, decode: (json) => json };
}

/** Answers a batch item by item. */
function batch(request: Seen, answer: (url: string) => { status: number; body?: unknown; headers?: object }): Response {
  const { requests } = JSON.parse(String(request.body)) as { requests: { id: string; url: string }[] };
  const responses = requests.map(({ id, url }) => ({ id, headers: {}, ...answer(url) })).reverse();
  return Response.json({ responses });
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/me/messages/${index}`);

function failure(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { code, message: 'x' } }, { status, headers });
}

describe('every request', () => {
  it('asks for immutable ids, alone and inside a batch', async () => {
    const { client, seen } = scripted((request) =>
      request.path === '/$batch' ? batch(request, (url) => ({ status: 200, body: { url } })) : Response.json({}),
    );
    await client.one(read('/me'));
    await client.each(paths(3).map(read));
    await client.stream('/me/messages/1/$value').catch(() => undefined);
    for (const request of seen) expect(request.headers['prefer']).toContain('IdType="ImmutableId"');
    const items = JSON.parse(String(seen[1]?.body)) as { requests: { headers: { prefer: string } }[] };
    expect(items.requests).toHaveLength(3);
    for (const item of items.requests) expect(item.headers.prefer).toContain('IdType="ImmutableId"');
  });
});

describe('a batch', () => {
  it('holds at most 20 calls, and its answers in any order reach their calls', async () => {
    const { client, seen } = scripted((request) => batch(request, (url) => ({ status: 200, body: { url } })));
    const results = await client.each(paths(45).map(read));
    expect(results.map((result) => result.ok && result.value)).toEqual(paths(45).map((url) => ({ url })));
    const sizes = seen.map(({ body }) => (JSON.parse(String(body)) as { requests: unknown[] }).requests.length);
    expect(sizes).toEqual([20, 20, 5]);
  });

  it('is repeated only for those of its calls that were throttled, and not before their time', async () => {
    let refusedOnce = false;
    const { client, clock, seen } = scripted((request) => {
      const isFirst = !refusedOnce;
      refusedOnce = true;
      const late = { status: 429, headers: { 'Retry-After': '3' }, body: { error: { code: 'ApplicationThrottled' } } };
      if (request.path !== '/$batch') return Response.json({ url: request.path });
      return batch(request, (url) => (isFirst && url.endsWith('/1') ? late : { status: 200, body: { url } }));
    });
    const began = clock.now();
    const results = await client.each(paths(4).map(read));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(seen.map(({ path }) => path)).toEqual(['/$batch', '/me/messages/1']);
    expect(clock.now() - began).toBeGreaterThanOrEqual(3_000);
  });

  it('that leaves out an answer, or has one too many, is asked again for what is missing', async () => {
    const { client, seen } = scripted((request, count) => {
      if (request.path !== '/$batch') return Response.json({ alone: true });
      expect(count).toBe(0);
      return Response.json({
        responses: [
          { id: '0', status: 200, body: { first: true } },
          { id: '7', status: 200, body: {} },
          { id: '__proto__', status: 200, body: {} },
        ],
      });
    });
    const results = await client.each(paths(2).map(read));
    expect(results).toEqual([
      { ok: true, value: { first: true } },
      { ok: true, value: { alone: true } },
    ]);
    expect(seen).toHaveLength(2);
  });

  it('that is too large is taken apart, and what is too large alone fails alone', async () => {
    const large = 'x'.repeat(3_000);
    const { client } = scripted(
      (request) => {
        const content = (url: string) => (/\/[01]$/.test(url) ? large : 'small');
        if (request.path !== '/$batch') return Response.json({ content: content(request.path) });
        return batch(request, (url) => ({ status: 200, body: { content: content(url) } }));
      },
      { maxAnswerBytes: 2_500 },
    );
    const results = await client.each(paths(8).map(read));
    expect(results.map((result) => (result.ok ? 'read' : result.error.kind))).toEqual([
      'malformed',
      'malformed',
      ...Array.from({ length: 6 }, () => 'read'),
    ]);
  });

  it('one of whose calls fails again and again fails for that call alone', async () => {
    const { client } = scripted((request) => {
      const broken = { status: 500, body: { error: { code: 'ErrorInternalServerError' } } };
      if (request.path === '/$batch') {
        return batch(request, (url) => (url.endsWith('/2') ? broken : { status: 200, body: {} }));
      }
      return request.path.endsWith('/2') ? failure(500, 'ErrorInternalServerError') : Response.json({ id: 'inbox' });
    });
    const results = await client.each(paths(5).map(read));
    expect(results.map((result) => (result.ok ? 'read' : result.error.kind))).toEqual([
      'read',
      'read',
      'malformed',
      'read',
      'read',
    ]);
  });

  it('keeps what was obtained when the account fails as a whole later', async () => {
    const { client } = scripted((request, count) =>
      count === 0 ? batch(request, () => ({ status: 200, body: {} })) : failure(404, 'MailboxNotEnabledForRESTAPI'),
    );
    const results = await client.each(paths(25).map(read));
    expect(results.filter((result) => result.ok)).toHaveLength(20);
    expect(results.slice(20).map((result) => !result.ok && result.error.kind)).toEqual(Array(5).fill('noMailbox'));
  });
});

describe('a refused token', () => {
  it('is replaced once, and what the challenge demands is passed on', async () => {
    const wanted = { access_token: { nbf: { essential: true, value: '1793610000' } } };
    const encoded = Buffer.from(JSON.stringify(wanted)).toString('base64');
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${encoded}"`;
    const { client, claims, seen } = scripted((_request, count) =>
      count === 0
        ? failure(401, 'InvalidAuthenticationToken', { 'WWW-Authenticate': challenge })
        : Response.json({ id: '1' }),
    );
    await client.one(read('/me'));
    expect(claims.map((text) => JSON.parse(text ?? 'null') as unknown)).toEqual([wanted]);
    expect(seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer token0', 'Bearer token1']);
  });

  it('that is refused anew is no reason to go on for ever', async () => {
    const { client, claims } = scripted(() => failure(401, 'InvalidAuthenticationToken'));
    await expect(client.one(read('/me'))).rejects.toMatchObject({ kind: 'unavailable', httpStatus: 401 });
    expect(claims).toEqual([undefined]);
  });
});

describe('a wait that Outlook asks for', () => {
  it.each([
    ['of seconds', () => '40'],
    ['until a date', (now: number) => new Date(now + 40_000).toUTCString()],
  ])('%s is told as the time of the next try, and nothing is sent before it', async (_name, retryAfter) => {
    const script = scripted(() =>
      failure(429, 'ApplicationThrottled', { 'retry-after': retryAfter(script.clock.now()) }),
    );
    const { client, clock, pacer, seen } = script;
    const error = await client.one(read('/me')).catch((thrown: unknown) => thrown as MailError);
    expect(error).toMatchObject({ kind: 'throttled' });
    expect(pacer.notBefore).toBeGreaterThanOrEqual(clock.now() + 39_000);
    await expect(client.one(read('/me'))).rejects.toMatchObject({ kind: 'throttled', notBefore: pacer.notBefore });
    expect(seen).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('holds its slot until its end, also when nobody reads on', async () => {
    const { client, pacer } = scripted(
      () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)) })),
    );
    const stream = await client.stream('/me/messages/1/$value');
    expect(pacer.stats().inFlight).toBe(1);
    const reader = stream.getReader();
    expect((await reader.read()).value).toHaveLength(10);
    await reader.cancel();
    expect(pacer.stats().inFlight).toBe(0);
  });

  it('that breaks gives its slot back and fails its reader', async () => {
    const { client, pacer } = scripted(
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })),
    );
    const reader = (await client.stream('/me/messages/1/$value')).getReader();
    await expect(reader.read()).rejects.toThrow('cut');
    expect(pacer.stats().inFlight).toBe(0);
  });

  it('is opened with a fresh token, after a wait, or not at all', async () => {
    const { client, claims, pacer } = scripted((_request, count) => {
      if (count === 0) return failure(401, 'InvalidAuthenticationToken');
      if (count === 1) return failure(503, 'ErrorServerBusy');
      return count === 2 ? new Response('bytes') : failure(404, 'ErrorItemNotFound');
    });
    expect(await new Response(await client.stream('/a')).text()).toBe('bytes');
    expect(claims).toHaveLength(1);
    await expect(client.stream('/b')).rejects.toMatchObject({ kind: 'notFound' });
    expect(pacer.stats().inFlight).toBe(0);
  });
});

describe('stopping', () => {
  it('ends a wait at once', async () => {
    const stop = new AbortController();
    const { client } = scripted(() => failure(503, 'ErrorServerBusy'), { signal: stop.signal });
    stop.abort();
    await expect(client.one(read('/me'))).rejects.toMatchObject({ kind: 'unavailable', providerCode: 'ABORTED' });
  });
});
