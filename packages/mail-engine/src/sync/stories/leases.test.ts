import { describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../errors';
import { LEASE_TTL_MS, LeaseKeeper } from '../lease';
import { InMemoryStore } from '../testing/in-memory-store';
import { settleTestPlaces } from '../testing/messages';
import { VirtualClock } from '../testing/virtual-clock';
import { ACCOUNT, fakeWorld, settle } from '../testing/world';

const never = new AbortController().signal;

function twoKeepers() {
  const store = new InMemoryStore({ settlePlaces: settleTestPlaces });
  const clock = new VirtualClock();
  const keeper = (owner: string) => new LeaseKeeper({ store, clock, owner });
  return { store, clock, a: keeper('a'), b: keeper('b') };
}

describe('a lease', () => {
  it('is given to two at once', async () => {
    const { a, b } = twoKeepers();
    const both = await Promise.all([a.claim(ACCOUNT), b.claim(ACCOUNT)]);
    expect(both.filter((lease) => lease !== null)).toHaveLength(1);
    expect(await Promise.all([a.claim(ACCOUNT), b.claim(ACCOUNT)])).toEqual([null, null]);
  });

  it('is taken from somebody who still commits or renews, or never from the dead', async () => {
    const { a, b, clock, store } = twoKeepers();
    const lease = await a.claim(ACCOUNT);
    if (!lease) throw new Error('The first claim failed.');
    for (let turn = 0; turn < 10; turn += 1) {
      expect(await b.claim(ACCOUNT)).toBeNull();
      clock.advance(LEASE_TTL_MS * 0.9);
      if (turn % 2 === 0) await a.renew(lease);
      else await store.commit(lease, {});
    }
    expect(await b.claim(ACCOUNT)).toBeNull();
    clock.advance(LEASE_TTL_MS - 1);
    expect(await b.claim(ACCOUNT)).toBeNull();
    clock.advance(1);
    expect(await b.claim(ACCOUNT)).toEqual({ accountId: ACCOUNT, fence: lease.fence + 1 });
    await expect(store.commit(lease, {})).rejects.toBeInstanceOf(LeaseLostError);
    expect(await a.renew(lease)).toBe(false);
    await a.release(lease);
    expect(await store.read(ACCOUNT)).toMatchObject({ owner: 'b' });
  });

  it('is taken because a wall clock jumped', async () => {
    const { a, b, clock } = twoKeepers();
    await a.claim(ACCOUNT);
    await b.claim(ACCOUNT);
    clock.jump(365 * 24 * 60 * 60_000);
    expect(await b.claim(ACCOUNT)).toBeNull();
    clock.jump(-400 * 24 * 60 * 60_000);
    expect(await b.claim(ACCOUNT)).toBeNull();
  });

  it('that was given back must be waited for, or read before it is taken again', async () => {
    const { a, b, store } = twoKeepers();
    await a.withLease(ACCOUNT, never, async () => ({}));
    store.calls.length = 0;
    const again = await a.claim(ACCOUNT);
    expect(store.calls).toEqual(['lease.take']);
    if (again) await a.release(again);
    const other = await b.claim(ACCOUNT);
    expect(other?.fence).toBe((again?.fence ?? 0) + 1);
    expect(await a.claim(ACCOUNT)).toBeNull();
  });

  it('dies while its runner waits for a slow provider', async () => {
    const { a, b, clock } = twoKeepers();
    let stolen = 0;
    await a.withLease(ACCOUNT, never, async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        await clock.sleep(LEASE_TTL_MS / 2);
        if (await b.claim(ACCOUNT)) stolen += 1;
      }
      return {};
    });
    expect(stolen).toBe(0);
  });

  it('is lost, and its runner goes on for ever', async () => {
    const { a, clock, store } = twoKeepers();
    const reason = await a.withLease(ACCOUNT, never, async (lease, stop) => {
      await store.take(ACCOUNT, 'thief', {
        kind: 'stale',
        fence: lease.fence,
        beat: (await store.read(ACCOUNT))?.beat ?? 0,
      });
      await clock.sleep(10 * LEASE_TTL_MS, stop);
      return { polledAt: null, aborted: stop.aborted };
    });
    expect(reason?.aborted).toBe(true);
    expect(await store.read(ACCOUNT)).toMatchObject({ owner: 'thief' });
  });
});

describe('two nodes', () => {
  it('that both believe to be the only one write over each other', async () => {
    const world = fakeWorld({ listPage: 8, fetchBatch: 3, latencyMs: 200 });
    const ids = world.seed(40, 2);
    // The first one is suspended in its third fetch, is believed dead, and wakes up when all is done and changed.
    let fetches = 0;
    let wake = () => {};
    let fallAsleep = () => {};
    const asleep = new Promise<void>((resolve) => (fallAsleep = resolve));
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const fetch = world.provider.fetch.bind(world.provider);
    world.provider.fetch = async (wanted) => {
      const outcomes = await fetch(wanted);
      if (++fetches === 3) {
        fallAsleep();
        await woken;
      }
      return outcomes;
    };
    const keeper = new LeaseKeeper({ store: world.store, clock: world.clock, owner: 'sleeper' });
    const lease = await keeper.claim(ACCOUNT);
    if (!lease) throw new Error('The first claim failed.');
    const sleeping = world.nodeNamed('sleeper').run(lease, 60_000, never);
    await asleep;

    await settle(world.nodeNamed('taker'), world.clock);
    for (const id of ids.slice(0, 20)) world.mailbox.change(id, { add: ['L3'], isRead: true });
    for (const id of ids.slice(20, 30)) world.mailbox.destroy(id);
    await settle(world.nodeNamed('other'), world.clock);
    expect(world.wrong()).toEqual([]);
    const before = JSON.stringify(world.store.snapshot(ACCOUNT));
    wake();
    expect(await sleeping).toMatchObject({ status: 'leaseLost' });
    expect(JSON.stringify(world.store.snapshot(ACCOUNT))).toBe(before);
  });
});

describe('a stop', () => {
  it('waits for a provider that never answers, or leaves work behind as running', async () => {
    const world = fakeWorld({ listPage: 10 });
    world.seed(30, 1);
    const stop = new AbortController();
    const hanging = new Promise<never>(() => {});
    const fetch = world.provider.fetch.bind(world.provider);
    let fetches = 0;
    world.provider.fetch = (wanted) => {
      if (++fetches === 2) setImmediate(() => stop.abort());
      return fetches < 2 ? fetch(wanted) : hanging;
    };
    const result = await world.node.slice(60_000, stop.signal);
    expect(result).toMatchObject({ status: 'stopped', more: false });
    const work = world.store.snapshot(ACCOUNT).work;
    expect(work.length).toBeGreaterThan(0);
    expect(work.filter((item) => item.status !== 'pending' || item.attempts > 0)).toEqual([]);
    world.provider.fetch = fetch;
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });
});
