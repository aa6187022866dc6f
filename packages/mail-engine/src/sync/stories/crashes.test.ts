import { describe, expect, it } from 'vitest';
import { CrashError } from '../testing/in-memory-store';
import { fakeWorld, settle } from '../testing/world';

const DAY = 24 * 60 * 60_000;

/** A mailbox of some size in which things happen while it is synced, told the same way every time. */
function busyWorld(expires: boolean) {
  const world = fakeWorld({ listPage: 10, changesPage: 4, fetchBatch: 4, fetchConcurrency: 2 });
  const { mailbox, clock, provider } = world;
  const ids = world.seed(40, 4);
  let calls = 0;
  provider.before = () => {
    calls += 1;
    const id = ids[(calls * 7) % ids.length] ?? '';
    if (calls === 4 || calls === 9) mailbox.deliver(clock.now());
    if (calls % 5 === 0) mailbox.change(id, { add: ['L2'], isRead: true });
    if (calls % 6 === 0) mailbox.change(id, { remove: ['INBOX'], isStarred: calls % 4 === 0 });
    if (calls === 8 || calls === 15) mailbox.destroy(id);
    if (calls === 6 || calls === 11) mailbox.saveDraft(clock.now(), 'r-1');
    if (calls === 13 && expires) mailbox.expireHistory();
    if (calls > 30) provider.before = () => {};
  };
  return world;
}

/** Lets a first life crash at one write, then a second process finish; true when the write was reached at all. */
async function liveTwice(write: number, when: 'before' | 'after', expires: boolean) {
  const world = busyWorld(expires);
  world.store.crashAt = { write, when };
  let crashed = false;
  try {
    await world.settle();
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    crashed = true;
  }
  world.store.revive();
  world.clock.advance(1_000);
  const second = world.nodeNamed('node-2');
  await settle(second, world.clock);
  world.provider.before = () => {};
  await settle(second, world.clock);
  return { crashed, wrong: world.wrong() };
}

describe('a crash', () => {
  // An expiry leads to a reconcile, which would heal what a crash has lost: the story is told without one as well.
  for (const [when, expires] of [
    ['before', false],
    ['after', false],
    ['after', true],
  ] as const) {
    it(`${when} any commit loses or doubles something (with an expired history: ${expires})`, async () => {
      let write = 1;
      for (; ; write += 1) {
        const { crashed, wrong } = await liveTwice(write, when, expires);
        expect({ write, wrong }).toEqual({ write, wrong: [] });
        if (!crashed) break;
      }
      // Claims and commits of the whole story: fewer would mean that the story was not told.
      expect(write).toBeGreaterThan(35);
    });
  }

  it('between listing and fetching forgets what was listed', async () => {
    const world = fakeWorld({ listPage: 10 });
    world.seed(30, 1);
    world.provider.before = (call) => {
      if (call === 'fetch') throw new CrashError('before');
    };
    await world.node.slice();
    world.provider.before = () => {};
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('of a message that kills the process takes the whole mailbox down', async () => {
    const world = fakeWorld({ listPage: 50, latencyMs: 100 });
    const ids = world.seed(25, 1);
    const killer = ids[3] ?? '';
    // It kills when its answer is read: by then other fetches are on their way.
    world.provider.after = (call, wanted) => {
      if (call !== 'fetch' || !wanted.includes(killer)) return;
      world.store.dead = true;
      throw new CrashError('before');
    };
    for (let life = 1; life <= 10; life += 1) {
      try {
        await settle(world.nodeNamed(`life-${life}`), world.clock);
        break;
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        world.store.revive();
      }
    }
    expect(world.wrong({ quarantined: new Set([killer]) })).toEqual([]);
    world.mailbox.deliver(world.clock.now() - DAY);
    await settle(world.nodeNamed('last'), world.clock);
    expect(world.wrong({ quarantined: new Set([killer]) })).toEqual([]);
  });
});
