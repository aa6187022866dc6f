import { describe, expect, test } from 'vitest';
import { ANN, IMMUTABLE, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';

interface Item {
  id: string;
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  dependsOn?: string[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function batch(g: TestGraph, requests: Item[]): Promise<Map<string, any>> {
  const { json } = await g.call('POST', '/$batch', { body: { requests } });
  return new Map(json.responses.map((r: { id: string }) => [r.id, r]));
}

const gets = (count: number, url: string): Item[] =>
  Array.from({ length: count }, (_, i) => ({ id: String(i), method: 'GET', url }));

/** Time that only passes when somebody waits, several at once included. */
function waitingRoom(g: () => TestGraph): {
  sleep: (ms: number) => Promise<void>;
  run<T>(work: Promise<T>): Promise<T>;
} {
  const waiting: { at: number; wake: () => void }[] = [];
  return {
    sleep: (ms) => new Promise((wake) => waiting.push({ at: g().clock.now() + ms, wake: () => wake() })),
    async run(work) {
      let done = false;
      void work.finally(() => (done = true));
      while (!done) {
        await new Promise((resolve) => setImmediate(resolve));
        waiting.sort((a, b) => a.at - b.at);
        const [first] = waiting;
        if (!first) continue;
        g().clock.advance(first.at - g().clock.now());
        while (waiting[0] && waiting[0].at <= g().clock.now()) waiting.shift()?.wake();
      }
      return work;
    },
  };
}

describe('a batch', () => {
  test('answers every item for itself, in any order, and passes its own headers only', async () => {
    const g = createTestGraph({ account: { messages: 5 } });
    const [id] = g.control.newMail({ account: ANN });
    const answers = await batch(g, [
      {
        id: 'read',
        method: 'PATCH',
        url: `/me/messages/${id}`,
        body: { isRead: true },
        headers: { 'Content-Type': 'application/json', ...IMMUTABLE },
      },
      { id: 'lost', method: 'GET', url: '/me/messages/nonsense' },
      { id: 'default', method: 'GET', url: `me/messages/${id}?$select=isRead` },
      { id: 'foreign', method: 'GET', url: 'https://graph.microsoft.com/v1.0/me/messages' },
      { id: 'typeless', method: 'PATCH', url: `/me/messages/${id}`, body: { isRead: true } },
      { id: 'nothing', method: 'POST', url: `/me/messages/${id}/permanentDelete` },
      {
        id: 'inner',
        method: 'POST',
        url: '/$batch',
        body: { requests: [] },
        headers: { 'Content-Type': 'application/json' },
      },
    ]);
    expect([...answers].map(([key, a]) => [key, a.status]).sort()).toEqual([
      ['default', 200], ['foreign', 400], ['inner', 400], ['lost', 400], ['nothing', 204], ['read', 200], ['typeless', 400],
    ]); // prettier-ignore
    expect([...answers.keys()]).not.toEqual(['read', 'lost', 'default', 'foreign', 'typeless', 'nothing', 'inner']);
    expect(answers.get('read').body.id).toBe(id);
    // Without the preference in its own headers an item gives default ids.
    expect(answers.get('default').body.id).not.toBe(id);
    expect(answers.get('lost').body.error.code).toBe('ErrorInvalidIdMalformed');
    expect(answers.get('nothing').body).toBeUndefined();
  });

  test.each([
    ['more than 20 items', { requests: gets(21, '/me') }],
    ['no items', { requests: [] }],
    ['equal ids', { requests: [...gets(1, '/me'), ...gets(1, '/me')] }],
    ['no method', { requests: [{ id: '1', url: '/me' }] }],
    ['an unknown dependency', { requests: [{ id: '1', method: 'GET', url: '/me', dependsOn: ['2'] }] }],
    [
      'a mixture of order and none',
      { requests: [...gets(3, '/me'), { id: 'x', method: 'GET', url: '/me', dependsOn: ['0'] }] },
    ],
  ])('with %s is refused', async (_, body) => {
    const g = createTestGraph();
    const answer = await g.call('POST', '/$batch', { body });
    expect([answer.status, answer.json.error.code]).toEqual([400, 'BadRequest']);
  });

  test('runs dependent items in order, and not after a failure', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const answers = await batch(g, [
      { id: '1', method: 'DELETE', url: `/me/messages/${id}` },
      { id: '2', method: 'GET', url: '/me/messages/nonsense', dependsOn: ['1'] },
      { id: '3', method: 'POST', url: `/me/messages/${id}/permanentDelete`, dependsOn: ['2'] },
      { id: '4', method: 'GET', url: '/me', dependsOn: ['3'] },
    ]);
    expect(['1', '2', '3', '4'].map((k) => answers.get(k).status)).toEqual([204, 400, 424, 424]);
    expect((await g.call('GET', `/me/messages/${id}`)).status).toBe(200);
  });

  test('carries delta rounds', async () => {
    const g = createTestGraph({ account: { messages: 50 } });
    const url = '/me/mailFolders/inbox/messages/delta?$select=isRead';
    const first = (
      await batch(g, [{ id: '1', method: 'GET', url, headers: { Prefer: 'odata.maxpagesize=1000' } }])
    ).get('1');
    const link = first.body['@odata.deltaLink'].replace('https://graph.microsoft.com/v1.0', '');
    g.control.newMail({ account: ANN });
    const next = (await batch(g, [{ id: '1', method: 'GET', url: link }])).get('1');
    expect(next.body.value).toHaveLength(1);
  });
});

describe('limits', () => {
  test('a fifth call at once is refused with Retry-After, and works afterwards', async () => {
    const g: TestGraph = createTestGraph({ limits: { enforced: true }, latencyMs: 80, sleep: (ms) => room.sleep(ms) });
    const room = waitingRoom(() => g);
    const five = Array.from({ length: 5 }, () => g.call('GET', '/me/messages'));
    const answers = await room.run(Promise.all(five));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 200, 429]);
    const refused = answers[4];
    expect(refused?.json.error).toMatchObject({
      code: 'ApplicationThrottled',
      message: 'Application is over its MailboxConcurrency limit.',
    });
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await room.run(g.call('GET', '/me/messages'))).status).toBe(200);
    expect(g.state.limits.usage()[ANN]).toMatchObject({ usedInWindow: 6, highestRunning: 4, running: 0 });
  });

  test('a batch runs four items at a time, each with its own latency', async () => {
    const g: TestGraph = createTestGraph({ limits: { enforced: true }, latencyMs: 80, sleep: (ms) => room.sleep(ms) });
    const room = waitingRoom(() => g);
    const started = g.clock.now();
    const answers = await room.run(batch(g, gets(20, '/me/messages')));
    expect([...answers.values()].map((a) => a.status)).toEqual(new Array(20).fill(200));
    expect(g.clock.now() - started).toBe(5 * 80);
    expect(g.state.limits.usage()[ANN]).toMatchObject({ usedInWindow: 20, highestRunning: 4, busySlotMs: 20 * 80 });
  });

  test('items of a second batch at the same time find no slot', async () => {
    const g: TestGraph = createTestGraph({ limits: { enforced: true }, latencyMs: 80, sleep: (ms) => room.sleep(ms) });
    const room = waitingRoom(() => g);
    const both = await room.run(Promise.all([batch(g, gets(8, '/me/messages')), batch(g, gets(8, '/me/messages'))]));
    const refused = both.flatMap((answers) => [...answers.values()]).filter((a) => a.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0].headers['Retry-After']).toBe('1');
  });

  test('10,000 requests fit into ten minutes, refused ones count, and the window slides', async () => {
    const g = createTestGraph({ limits: { enforced: true } });
    g.state.limits.burn(ANN, 9_999);
    expect((await g.call('GET', '/me/mailFolders/inbox')).status).toBe(200);
    g.clock.advance(300_000);
    const refused = await g.call('GET', '/me/mailFolders/inbox');
    expect([refused.status, refused.json.error.code]).toEqual([429, 'ApplicationThrottled']);
    expect(refused.headers['retry-after']).toBe('300');
    const inner = (await batch(g, gets(2, '/me/messages'))).get('1');
    expect([inner.status, inner.headers['Retry-After']]).toEqual([429, '300']);
    g.clock.advance(300_000);
    expect((await g.call('GET', '/me/mailFolders/inbox')).status).toBe(200);
    expect(g.state.limits.usage()[ANN]?.usedInWindow).toBe(4);
  });

  test('can be switched off', async () => {
    const g = createTestGraph({ limits: { enforced: false } });
    g.state.limits.burn(ANN, 20_000);
    const many = await Promise.all(Array.from({ length: 9 }, () => g.call('GET', '/me/messages')));
    expect(many.every((a) => a.status === 200)).toBe(true);
  });
});
