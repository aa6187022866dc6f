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
