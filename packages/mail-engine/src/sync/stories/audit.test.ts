import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import { readAudit } from '../audit';
import { CrashError } from '../testing/in-memory-store';
import { ACCOUNT, fakeWorld, settle } from '../testing/world';

async function audited(options: Parameters<typeof fakeWorld>[0] = {}, count = 60) {
  const world = fakeWorld({ listPage: 10, ...options });
  const ids = world.seed(count, 2);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const verify = async (token: string) => {
    world.settings.verify = token;
    await world.settle();
    return readAudit(world.store, ACCOUNT);
  };
  return { ...world, ids, verify };
}

describe('the verification of a mailbox', () => {
  it('finds fault with a mailbox that is complete', async () => {
    const world = await audited({ syncFromDays: 30 });
    const here = world.store.snapshot(ACCOUNT).messages.length;
    const report = await world.verify('v1');
    expect(report).toMatchObject({
      running: false,
      token: 'v1',
      result: { provider: here, here, missing: 0, extra: 0, older: 60 - here },
      checkedAt: world.clock.now(),
    });
    expect(here).toBeLessThan(60);
    expect(world.wrong()).toEqual([]);
  });

  it('does not find rows that were deleted by hand, or repair leaves some', async () => {
    const world = await audited({ syncFromDays: null });
    const lost = world.ids.slice(5, 30);
    world.store.deleteRowsByHand(ACCOUNT, lost);
    const report = await world.verify('v1');
    expect(report?.result).toEqual({ provider: 60, here: 35, missing: 25, extra: 0, older: 0 });
    expect([...(report?.missing ?? [])].sort()).toEqual([...lost].sort());
    world.settings.repair = 'r1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toEqual({
      provider: 60,
      here: 60,
      missing: 0,
      extra: 0,
      older: 0,
    });
    expect(world.wrong()).toEqual([]);
  });

  it('calls rows deleted by hand older than the start, though they were here', async () => {
    const world = await audited({ syncFromDays: 30 });
    const { messages } = world.store.snapshot(ACCOUNT);
    // A conversation is fetched whole: its older messages are here as well.
    const ages = new Map([...world.mailbox.messages.values()].map((message) => [message.remoteId, message.receivedAt]));
    const start = world.settings.syncFrom ?? 0;
    const older = messages.filter(({ remoteId }) => (ages.get(remoteId) ?? 0) < start).map(({ remoteId }) => remoteId);
    expect(older.length).toBeGreaterThan(0);
    const lost = [...older, ...world.ids.slice(2, 5)];
    world.store.deleteRowsByHand(ACCOUNT, lost);
    const report = await world.verify('v1');
    const here = messages.length - lost.length;
    expect(report?.result).toEqual({
      provider: messages.length,
      here,
      missing: lost.length,
      extra: 0,
      older: 60 - messages.length,
    });
    expect([...(report?.missing ?? [])].sort()).toEqual([...lost].sort());
    world.settings.repair = 'r1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({
      provider: messages.length,
      here: messages.length,
      missing: 0,
      extra: 0,
    });
    expect(world.wrong()).toEqual([]);
  });

  it('does not find a row deleted by hand that the listing left out, or misses one that nobody has any more', async () => {
    const world = await audited({ syncFromDays: 30 });
    const [unlisted = '', forgotten = ''] = world.ids.slice(3, 5);
    world.store.deleteRowsByHand(ACCOUNT, [unlisted, forgotten]);
    world.provider.unlisted.add(unlisted);
    world.mailbox.messages.delete(forgotten);
    const report = await world.verify('v1');
    expect(report?.missing).toEqual([unlisted]);
    const asked = () =>
      world.provider.log.filter(({ call, ids }) => call === 'check' && ids.includes(forgotten)).length;
    const before = asked();
    expect(before).toBe(1);
    world.settings.repair = 'r1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ missing: 0, extra: 0 });
    expect(asked()).toBe(before);
    expect(world.wrong()).toEqual([]);
  });

  it('does not find messages that do not exist any more', async () => {
    const world = await audited({ syncFromDays: null });
    // The provider forgot them without saying so.
    for (const id of world.ids.slice(3, 6)) world.mailbox.messages.delete(id);
    const report = await world.verify('v1');
    expect(report?.result).toEqual({ provider: 57, here: 60, missing: 0, extra: 3, older: 0 });
    expect([...(report?.extra ?? [])].sort()).toEqual(world.ids.slice(3, 6).sort());
    world.settings.repair = 'r1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ provider: 57, here: 57, extra: 0 });
    expect(world.wrong()).toEqual([]);
  });

  it('calls mail missing or extra that came or went while it was counted', async () => {
    const world = await audited({ syncFromDays: null, latencyMs: 700 });
    let calls = 0;
    world.provider.before = () => {
      calls += 1;
      if (calls > 11) return;
      if (calls % 3 === 0) world.mailbox.deliver(world.clock.now());
      if (calls % 4 === 0) world.mailbox.destroy(world.ids[calls * 4] ?? '');
    };
    const report = await world.verify('v1');
    expect(calls).toBeGreaterThan(12);
    expect(report?.result).toMatchObject({ missing: 0, extra: 0, older: 0 });
    expect(report?.result?.provider).toBe(world.mailbox.messages.size);
    expect(report?.result?.here).toBe(world.mailbox.messages.size);
    expect(world.wrong()).toEqual([]);
  });

  it('calls missing what was deleted after it was listed', async () => {
    const world = await audited({ syncFromDays: null });
    world.store.deleteRowsByHand(ACCOUNT, world.ids.slice(10, 15));
    world.provider.before = (call) => {
      if (call === 'check') world.mailbox.destroy(world.ids[11] ?? '');
    };
    const report = await world.verify('v1');
    expect(report?.result).toMatchObject({ provider: 59, here: 55, missing: 4, extra: 0 });
    expect(report?.missing).not.toContain(world.ids[11]);
  });

  it('forgets in a crash what it had found', async () => {
    for (let write = 2; ; write += 3) {
      const world = await audited({ syncFromDays: null }, 30);
      world.store.deleteRowsByHand(ACCOUNT, world.ids.slice(4, 9));
      world.store.crashAt = { write: world.store.writes + write, when: 'after' };
      world.settings.verify = 'v1';
      let crashed = false;
      try {
        await world.settle();
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crashed = true;
      }
      world.store.revive();
      await settle(world.nodeNamed('node-2'), world.clock);
      expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ provider: 30, here: 25, missing: 5 });
      if (!crashed) break;
    }
  });

  it('holds a page token that was refused against the mailbox, or never ends', async () => {
    const world = await audited({ syncFromDays: null });
    let lists = 0;
    world.provider.before = (call) => {
      if (call !== 'list') return;
      lists += 1;
      if (lists === 3) world.provider.tokenEpoch += 1;
      if (lists === 6) throw new MailError('malformed', 'This is not JSON.');
    };
    const report = await world.verify('v1');
    expect(report?.result).toMatchObject({ provider: 60, here: 60, missing: 0, extra: 0 });
  });

  it('says that a message which cannot be fetched is here', async () => {
    const world = fakeWorld({ syncFromDays: null });
    const ids = world.seed(20, 2);
    world.provider.poison.set(ids[2] ?? '', new MailError('malformed', 'A field is missing.'));
    await world.settle();
    world.settings.verify = 'v1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ provider: 20, here: 19, missing: 1 });
    world.provider.poison.clear();
    world.settings.repair = 'r1';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ provider: 20, here: 20, missing: 0 });
    expect(world.wrong()).toEqual([]);
  });
});

describe('the person', () => {
  const DAY = 24 * 60 * 60_000;

  it('moves the start back, and nothing older comes', async () => {
    const world = await audited({ syncFromDays: 20 }, 100);
    const before = world.store.snapshot(ACCOUNT).messages.length;
    world.settings.syncFrom = world.clock.now() - 150 * DAY;
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages.length).toBeGreaterThan(before);
    world.settings.syncFrom = null;
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages).toHaveLength(100);
  });

  it('moves the start while the first sync runs, in either direction', async () => {
    for (const days of [10, 190, null]) {
      const world = fakeWorld({ listPage: 5, fetchBatch: 3, syncFromDays: 60 });
      world.seed(80, 2);
      let calls = 0;
      world.provider.before = (call) => {
        if (call === 'fetch') world.clock.advance(3_000);
        if (++calls === 14) world.settings.syncFrom = days === null ? null : world.clock.now() - days * DAY;
      };
      await world.settle();
      expect(world.wrong()).toEqual([]);
    }
  });

  it('asks for a resync, and a wrong state stays', async () => {
    const world = await audited({ syncFromDays: null });
    const silent = world.mailbox.messages.get(world.ids[3] ?? '');
    if (silent) silent.isStarred = true;
    world.mailbox.messages.delete(world.ids[4] ?? '');
    world.store.deleteRowsByHand(ACCOUNT, world.ids.slice(8, 10));
    await world.settle();
    expect(world.wrong()).not.toEqual([]);
    world.settings.resync = 'please';
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const lists = world.provider.calls('list');
    await world.settle();
    expect(world.provider.calls('list')).toBe(lists);
  });
});
