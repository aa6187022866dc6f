import { describe, expect, it } from 'vitest';
import { ACCOUNT, fakeWorld } from '../testing/world';

describe('first sync', () => {
  it('leaves out messages, or fetches those before the start', async () => {
    const world = fakeWorld();
    const ids = world.seed(150);
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const snapshot = world.store.snapshot(ACCOUNT);
    expect(snapshot.inventory.map((row) => row.remoteId).sort()).toEqual([...ids].sort());
    expect(snapshot.messages).toHaveLength(91);
  });

  it('shows the first conversations only after long work', async () => {
    const world = fakeWorld({ listPage: 100, fetchBatch: 20 });
    world.seed(2_000, 0.02);
    const here = () => world.store.snapshot(ACCOUNT).messages;
    let lists = 0;
    let first: ReturnType<typeof here> = [];
    world.provider.before = (call) => {
      if (call === 'list' && ++lists === 2) first = here();
    };
    await world.settle();
    expect(world.provider.log.slice(0, 4).map((entry) => entry.call)).toEqual(['profile', 'places', 'list', 'fetch']);
    expect(new Set(first.map((row) => row.threadRemoteId)).size).toBeGreaterThanOrEqual(50);
    // Newest first: what is here is the newest of what was listed.
    const newest = world.mailbox.newestFirst().slice(0, 60);
    expect(newest.filter((message) => !first.some((row) => row.remoteId === message.remoteId))).toEqual([]);
    expect(world.wrong()).toEqual([]);
  });

  it('misses a message that a deletion moved over the edge of a page', async () => {
    const world = fakeWorld({ listPage: 10, syncFromDays: null });
    const ids = world.seed(40, 1);
    let lists = 0;
    world.provider.before = (call) => {
      // The tokens of this provider are positions: the eleventh message slips to the first page, which was read.
      if (call === 'list' && ++lists === 2) world.mailbox.destroy(ids[2] ?? '');
    };
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages.some((row) => row.remoteId === ids[10])).toBe(true);
  });

  it('an idle poll costs more than one call and one statement', async () => {
    const world = fakeWorld();
    world.seed(30);
    world.settings.placesMaxAgeMs = 60_000;
    await world.settle();
    world.store.calls.length = 0;
    world.provider.log.length = 0;
    const result = await world.node.slice();
    expect(result).toMatchObject({ status: 'idle', polledAt: world.clock.now() });
    expect(world.provider.log.map((entry) => entry.call)).toEqual(['changes']);
    expect(world.store.calls).toEqual(['lease.take', 'overview', 'lease.release']);
  });
});
