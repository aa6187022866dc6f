import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../sync/testing/virtual-clock';
import { Pacer } from '../pacer';
import { planCalls } from './fetch';
import { createGmailProvider } from './provider';
import { GMAIL_QUOTAS } from './quota';

const QUOTA = GMAIL_QUOTAS['2026'];

function message(id: string): unknown {
  const payload = { mimeType: 'text/plain', body: { size: 2, data: 'aGk' } };
  return { id, threadId: 't', labelIds: ['INBOX'], internalDate: '1790000000000', payload };
}

describe('planning a fetch', () => {
  const plan = (entries: [string, string][], quota = QUOTA) =>
    planCalls(
      entries.map(([remoteId, threadRemoteId]) => ({ remoteId, threadRemoteId })),
      quota,
    ).map((call) => call.kind);

  it('takes a thread whole only when that costs no more than its wanted messages', () => {
    expect(plan([['a', 't1'], ['b', 't1'], ['c', 't2']])).toEqual(['thread', 'message']); // prettier-ignore
    const dear = { ...QUOTA, costs: { ...QUOTA.costs, 'threads.get': 41 } };
    expect(plan([['a', 't1'], ['b', 't1']], dear)).toEqual(['message', 'message']); // prettier-ignore
    expect(plan([['a', 't1'], ['b', 't1'], ['c', 't1']], dear)).toEqual(['thread']); // prettier-ignore
  });

  it('does not put messages together that have no thread id, and asks for none twice', () => {
    expect(plan([['a', ''], ['b', ''], ['a', '']])).toEqual(['message', 'message']); // prettier-ignore
  });
});

describe('a thread that came without a wanted message', () => {
  it('says nothing about that message: it is asked by id before it counts as gone', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const provider = createGmailProvider({
      http: (url) => {
        const path = new URL(url).pathname.split('/users/me')[1] ?? '';
        asked.push(path);
        if (path === '/threads/t')
          return Promise.resolve(Response.json({ id: 't', messages: [message('a'), message('z')] }));
        if (path === '/messages/b') return Promise.resolve(Response.json(message('b')));
        return Promise.resolve(Response.json({ error: { code: 404 } }, { status: 404 }));
      },
      tokens: { accessToken: () => Promise.resolve('t'), replaceRefused: () => Promise.resolve('t') },
      pacer: new Pacer({ clock, unitsPerWindow: 6_000, concurrency: { initial: 1, max: 1 } }),
      clock,
      quota: QUOTA,
    });
    const wanted = ['a', 'b'].map((remoteId) => ({ remoteId, threadRemoteId: 't' }));
    const outcomes = await provider.fetch(wanted);
    expect(asked).toEqual(['/threads/t', '/messages/b']);
    expect(outcomes.map(({ kind, remoteId }) => [kind, remoteId]).sort()).toEqual([
      ['message', 'a'],
      ['message', 'b'],
      ['message', 'z'],
    ]);
  });
});
