import { describe, expect, it } from 'vitest';
import type { ChangeEvent, ChangePage } from '../../model/change';
import { CrashError } from '../testing/in-memory-store';
import { ACCOUNT, fakeWorld, settle } from '../testing/world';

/** A feed without a "from now": it shows page by page what is there before it tells changes (as Graph's folders do). */
function pinnedByReading(options: Parameters<typeof fakeWorld>[0] = {}, messages = 60) {
  const world = fakeWorld(options);
  const ids = world.seed(messages, 5);
  const { provider, mailbox } = world;
  const changes = provider.changes.bind(provider);
  const profile = provider.profile.bind(provider);
  const PAGE = 10;
  const feed = { pages: 0, relistOnce: false };
  const state = (remoteId: string, seq: number): ChangeEvent | null => {
    const message = mailbox.messages.get(remoteId);
    if (!message) return null;
    const { threadRemoteId, receivedAt, isRead, isStarred } = message;
    const told = { remoteId, threadRemoteId, receivedAt, isRead, isStarred, places: [...message.places].sort() };
    return { kind: 'state', seq: String(seq), baseline: true, isDraft: message.draftRemoteId !== null, ...told };
  };
  provider.profile = async () => {
    const pinned = await profile();
    return { ...pinned, cursor: `base:0:${pinned.cursor}` };
  };
  Object.assign(provider, { inBaseline: (cursor: string) => cursor.startsWith('base:') });
  provider.changes = async (cursor): Promise<ChangePage> => {
    const [kind, at = '0', pinned = ''] = cursor.split(':');
    if (kind !== 'base') {
      const relist = feed.relistOnce;
      feed.relistOnce = false;
      return { ...(await changes(cursor)), relist };
    }
    await world.clock.sleep(200);
    feed.pages += 1;
    const from = Number(at);
    const all = [...mailbox.messages.keys()].sort();
    const events = all.slice(from, from + PAGE).flatMap((id, index) => state(id, from + index) ?? []);
    const next = from + PAGE >= all.length ? pinned : `base:${from + PAGE}:${pinned}`;
    return { events, cursor: next, done: false, baseline: true, placesChanged: false };
  };
  return { ...world, ids, feed };
}

describe('a feed that is pinned by reading through it', () => {
  it('keeps the first messages waiting until it was read', async () => {
    const world = pinnedByReading({ syncFromDays: 90 });
    await world.node.slice(1_000);
    expect(world.feed.pages).toBe(0);
    expect(world.store.snapshot(ACCOUNT).messages.length).toBeGreaterThan(5);
    await world.settle();
    expect(world.feed.pages).toBeGreaterThan(3);
    expect(world.wrong()).toEqual([]);
  });

  it('fetches everything that it shows, however old', async () => {
    const world = pinnedByReading({ syncFromDays: 30 }, 200);
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const fetched = new Set(world.provider.log.filter(({ call }) => call === 'fetch').flatMap(({ ids }) => ids));
    // The newest fifty are fetched whatever the scope is; the other 150 are known by id.
    expect(fetched.size).toBeLessThan(60);
  });

  it('loses what arrives, moves or goes while it is read, at whichever crash', async () => {
    for (let write = 1; ; write += 1) {
      const world = pinnedByReading({ syncFromDays: null });
      world.store.crashAt = { write, when: write % 2 === 0 ? 'before' : 'after' };
      let crashed = false;
      try {
        await world.node.slice(300);
        world.mailbox.deliver(world.clock.now());
        await world.node.slice(300);
        world.mailbox.change(world.ids[3] ?? '', { remove: ['INBOX'], add: ['L2'] });
        world.mailbox.change(world.ids[50] ?? '', { isRead: true });
        await world.settle();
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crashed = true;
      }
      world.store.revive();
      await settle(world.nodeNamed('node-2'), world.clock);
      expect({ write, wrong: world.wrong() }).toEqual({ write, wrong: [] });
      if (!crashed) break;
    }
  });

  it('forgets that the mailbox had to be listed anew when the process dies right after it was told so', async () => {
    for (const [offset, when] of [1, 2, 3].flatMap((at) => [[at, 'before'] as const, [at, 'after'] as const])) {
      const world = pinnedByReading({ syncFromDays: null });
      await world.settle();
      const listed = world.provider.calls('list');
      // Nothing but a listing can tell of this one.
      world.mailbox.messages.delete(world.ids[7] ?? '');
      world.mailbox.change(world.ids[9] ?? '', { isStarred: true });
      world.feed.relistOnce = true;
      world.store.crashAt = { write: world.store.writes + offset, when };
      const told = await world.store.cursor(ACCOUNT, 'changes');
      await world.node.slice().catch((error: unknown) => {
        if (!(error instanceof CrashError)) throw error;
      });
      world.store.revive();
      // A provider says so again as long as the position that called for it was not stored.
      world.feed.relistOnce = (await world.store.cursor(ACCOUNT, 'changes')) === told;
      await settle(world.nodeNamed('node-2'), world.clock);
      expect(world.provider.calls('list')).toBeGreaterThan(listed);
      expect(world.wrong()).toEqual([]);
    }
  });
});
