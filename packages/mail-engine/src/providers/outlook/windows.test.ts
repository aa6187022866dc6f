import { describe, expect, it } from 'vitest';
import { createOutlookProvider } from './provider';
import { listAll, simulatedMailbox } from './testing/simulated-mailbox';
import { ListedTimes, windowOf } from './windows';

const isWindow = (url: string) => url.includes('/me/messages?') && url.includes('body');

describe('messages that were listed side by side', () => {
  it('cost a request each', async () => {
    const { provider, requests } = simulatedMailbox({ messages: 60 });
    const wanted = (await listAll(provider)).slice(0, 40);
    requests.length = 0;
    const outcomes = await provider.fetch(wanted);
    expect(outcomes.map((outcome) => [outcome.remoteId, outcome.kind]).sort()).toEqual(
      wanted.map(({ remoteId }) => [remoteId, 'message']).sort(),
    );
    expect(requests.filter(({ url }) => isWindow(url))).toHaveLength(1);
    expect(requests.filter(({ url }) => !isWindow(url) && !url.includes('/attachments'))).toEqual([]);
  });

  it('come otherwise than those that are asked for by id', async () => {
    const { provider, providerWith } = withTwin({ messages: 60 });
    const wanted = (await listAll(provider)).slice(5, 35);
    const byId = new Map((await providerWith().fetch(wanted)).map((outcome) => [outcome.remoteId, outcome]));
    for (const outcome of await provider.fetch(wanted)) expect(outcome).toEqual(byId.get(outcome.remoteId));
  });

  it('are lost with one that spoils the page, is damaged in it, or is gone', async () => {
    for (const how of ['status', 'malformed', 'ghost'] as const) {
      const { provider, control } = simulatedMailbox({ messages: 30 });
      const wanted = (await listAll(provider)).slice(0, 20);
      const bad = wanted[7]?.remoteId ?? '';
      if (how === 'ghost') control.accident({ kind: 'ghost', method: 'messages.get', messageId: bad, times: null });
      else control.poison({ messageId: bad, how });
      const kinds = new Map((await provider.fetch(wanted)).map((outcome) => [outcome.remoteId, outcome.kind]));
      expect([...kinds.values()].filter((kind) => kind === 'message')).toHaveLength(19);
      expect(kinds.get(bad)).toBe(how === 'ghost' ? 'gone' : 'failed');
    }
  });

  it('are looked for in a window although only few of their times are known', () => {
    const times = new ListedTimes();
    for (let index = 0; index < 5; index += 1) times.note(`m${index}`, 1_000 * index);
    const wanted = Array.from({ length: 20 }, (_, index) => `m${index}`);
    expect(windowOf(wanted, times)).toBeNull();
    times.note('m9', 60_000);
    expect(windowOf(wanted, times)).toMatchObject({ from: 0, to: 60_000 });
  });
});

/** A mailbox, and providers of it that have seen no listing. */
function withTwin(options: Parameters<typeof simulatedMailbox>[0]) {
  const simulated = simulatedMailbox(options);
  return { ...simulated, providerWith: () => createOutlookProvider(simulated.options) };
}
