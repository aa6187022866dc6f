import { describe, expect, it } from 'vitest';
import { MailError, type MailErrorKind } from '../../errors';
import { ACCOUNT, fakeWorld } from '../testing/world';

const MINUTE = 60_000;

describe('the provider', () => {
  it('asks to wait in mid-batch, and messages are struck for it or the time is not kept', async () => {
    const world = fakeWorld({ fetchBatch: 5, fetchConcurrency: 3, latencyMs: 80 });
    world.seed(60, 1);
    let fetches = 0;
    const times: number[] = [];
    world.provider.before = (call) => {
      if (call !== 'fetch') return;
      times.push(world.clock.now());
      if (++fetches % 4 === 0) {
        throw new MailError('throttled', 'Too many requests.', { notBefore: world.clock.now() + 40_000 });
      }
    };
    const first = await world.node.slice();
    expect(first).toMatchObject({ status: 'throttled', more: false, actor: 'nobody', account: null });
    expect(first?.nextAt).toBe((times.at(-1) ?? 0) + 40_000);
    expect(world.store.snapshot(ACCOUNT).work.filter((work) => work.attempts > 0)).toEqual([]);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('is down for hours, and messages are quarantined for it', async () => {
    const world = fakeWorld();
    world.seed(30, 1);
    const until = world.clock.now() + 180 * MINUTE;
    let asked = 0;
    world.provider.before = (call) => {
      if (call !== 'fetch' || world.clock.now() > until) return;
      asked += 1;
      throw new MailError('unavailable', 'Service unavailable.');
    };
    await world.settle();
    expect(world.wrong()).toEqual([]);
    // Backing off: no more than about one try per half hour towards the end.
    expect(asked).toBeLessThan(60);
  });

  it('answers every message of a batch with 500, and all of them are struck', async () => {
    const world = fakeWorld({ fetchConcurrency: 1 });
    const ids = world.seed(20, 1);
    for (const id of ids) world.provider.poison.set(id, new MailError('unavailable', 'Backend error.'));
    const result = await world.node.slice();
    expect(result?.status).toBe('unavailable');
    expect(world.store.snapshot(ACCOUNT).work.filter((work) => work.attempts > 0)).toEqual([]);
    world.provider.poison.clear();
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  for (const [name, poison] of [
    ['garbage that breaks the mapping', 'garbage'],
    ['an answer that makes no sense', new MailError('malformed', 'A field is missing.')],
    ['500 for ever', new MailError('unavailable', 'Backend error.')],
    ['a refusal', new MailError('refused', 'Precondition failed.')],
  ] as const) {
    it(`gives ${name} for one message, and others wait for it or it is tried for ever`, async () => {
      const world = fakeWorld();
      const ids = world.seed(30, 1);
      const bad = ids[2] ?? '';
      world.provider.poison.set(bad, poison);
      const first = await world.node.slice();
      await world.settle();
      expect(first?.error).toBeNull();
      expect(first?.did.hydrated).toBeGreaterThanOrEqual(20);
      expect(world.wrong({ quarantined: new Set([bad]) })).toEqual([]);
      const work = world.store.snapshot(ACCOUNT).work;
      expect(work).toMatchObject([{ remoteId: bad, status: 'quarantined', attempts: 3 }]);
      const fetched = world.provider.log.filter((entry) => entry.call === 'fetch' && entry.ids.includes(bad));
      expect(fetched).toHaveLength(3);
      expect(fetched.slice(1).map((entry) => entry.ids)).toEqual([[bad], [bad]]);
    });
  }

  it('lists a message and does not know it when asked', async () => {
    const world = fakeWorld();
    world.seed(20, 1);
    world.provider.zombies.push({ remoteId: 'm-zombie', threadRemoteId: 't-zombie' });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    world.settings.verify = 'v1';
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('does not deliver a message that exists, and the message is forgotten', async () => {
    const world = fakeWorld();
    const ids = world.seed(12, 1);
    const shy = ids[4] ?? '';
    const fetch = world.provider.fetch.bind(world.provider);
    let times = 0;
    world.provider.fetch = async (wanted) => {
      const outcomes = await fetch(wanted);
      return outcomes.map((outcome) =>
        outcome.remoteId === shy && ++times < 3 ? { kind: 'gone', remoteId: shy } : outcome,
      );
    };
    await world.settle();
    expect(times).toBe(3);
    expect(world.wrong()).toEqual([]);
  });

  it('leaves new mail out of a search, and it is never fetched', async () => {
    const world = fakeWorld({ listPage: 10 });
    const ids = world.seed(40, 1);
    for (const id of ids.slice(0, 3)) world.provider.notIndexed.add(id);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('refuses a page token in the middle of a listing', async () => {
    const world = fakeWorld({ listPage: 10 });
    world.seed(120, 1);
    let lists = 0;
    world.provider.before = (call) => {
      if (call === 'list' && [3, 5, 13].includes(++lists)) world.provider.tokenEpoch += 1;
    };
    await world.settle();
    expect(lists).toBeGreaterThan(20);
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).inventory).toHaveLength(120);
  });

  it('refuses every listing, and it is asked without a pause or new mail does not come in', async () => {
    const world = fakeWorld();
    world.seed(10, 1);
    let lists = 0;
    world.provider.before = (call) => {
      if (call === 'list' && ++lists < 6) throw new MailError('malformed', 'This is not JSON.');
    };
    const first = await world.node.slice();
    expect(first?.status).toBe('waiting');
    const arrived = world.mailbox.deliver(world.clock.now());
    world.clock.advance(6_000);
    await world.node.slice();
    expect(world.store.snapshot(ACCOUNT).messages.map((row) => row.remoteId)).toEqual([arrived]);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  const people: readonly (readonly [MailErrorKind, string | null, string])[] = [
    ['needsReauth', 'needsReauth', 'owner'],
    ['scopeMissing', 'needsReauth', 'owner'],
    ['noMailbox', 'blocked', 'owner'],
    ['blocked', 'blocked', 'administrator'],
    ['misconfigured', null, 'administrator'],
    ['apiDisabled', null, 'administrator'],
  ];
  for (const [kind, account, actor] of people) {
    it(`says ${kind} in the middle of a run, and mail is lost or the wrong person is asked`, async () => {
      const world = fakeWorld({ listPage: 10 });
      world.seed(30, 1);
      let calls = 0;
      let dead = true;
      world.provider.before = () => {
        if (++calls > 6 && dead) throw new MailError(kind, 'It does not work.', { providerCode: 'code' });
      };
      const result = await world.node.slice();
      expect(result).toMatchObject({
        status: kind,
        account,
        actor,
        more: false,
        error: { kind, providerCode: 'code' },
      });
      expect(result?.nextAt === null).toBe(account !== null);
      expect(world.store.snapshot(ACCOUNT).account.error).toMatchObject({ kind });
      expect(world.store.snapshot(ACCOUNT).work.filter((work) => work.status === 'running')).toEqual([]);
      dead = false;
      await world.settle();
      expect(world.wrong()).toEqual([]);
      expect(world.store.snapshot(ACCOUNT).account.error).toBeNull();
    });
  }
});

describe('a wall clock', () => {
  it('that was a year ahead and was set right makes messages wait for a year, or the runner spin', async () => {
    const world = fakeWorld();
    const ids = world.seed(20, 1);
    const YEAR = 365 * 24 * 60 * MINUTE;
    world.clock.jump(YEAR);
    world.settings.syncFrom = world.clock.now() - YEAR - 90 * 24 * 60 * MINUTE;
    world.provider.poison.set(ids[3] ?? '', new MailError('unavailable', 'Backend error.'));
    await world.node.slice();
    expect(world.store.snapshot(ACCOUNT).work).toMatchObject([{ remoteId: ids[3] }]);
    world.provider.poison.clear();
    world.clock.jump(-YEAR);
    await world.settle(10);
    expect(world.wrong()).toEqual([]);
    expect(world.clock.now()).toBeLessThan(Date.UTC(2027, 0, 1));
  });
});

describe('the database', () => {
  it('cannot take one message in, and the others wait for it', async () => {
    const world = fakeWorld();
    const ids = world.seed(25, 1);
    const bad = ids[7] ?? '';
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async (lease, write) => {
      if (write.messages?.some((message) => message.envelope.remoteId === bad)) throw new Error('value too long');
      return commit(lease, write);
    };
    await world.settle();
    expect(world.wrong({ quarantined: new Set([bad]) })).toEqual([]);
  });

  it('fails once at any write, and something is lost', async () => {
    for (let write = 1; write < 30; write += 1) {
      const world = fakeWorld({ listPage: 10, fetchBatch: 4 });
      world.seed(30, 1);
      const commit = world.store.commit.bind(world.store);
      let commits = 0;
      world.store.commit = async (lease, what) => {
        if (++commits === write) throw new Error('SQLITE_BUSY');
        return commit(lease, what);
      };
      await world.settle();
      expect(world.wrong()).toEqual([]);
    }
  });
});
