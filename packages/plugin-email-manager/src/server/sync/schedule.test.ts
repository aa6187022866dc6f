import { describe, expect, it } from 'vitest';
import { Schedule, VISIBLE_INTERVAL_MS, type SliceOutcome } from './schedule';

const INTERVAL = 300_000;
const idle: SliceOutcome = { status: 'idle', more: false, nextAt: null, polledAt: null, errorKind: null };
const account = (id: string, polledAt: number | null = null, notBefore: number | null = null) => ({
  id,
  polledAt,
  notBefore,
});

describe('the schedule', () => {
  it('does not poll a mailbox more often than its interval', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1')], 0, INTERVAL);
    let polls = 0;
    for (let now = 0; now < 3_600_000; now += 1_000) {
      schedule.setAccounts([account('1', null)], now, INTERVAL);
      for (const id of schedule.take(now, 8)) {
        polls += 1;
        schedule.finish(id, { ...idle, polledAt: now }, now, INTERVAL);
      }
    }
    expect(polls).toBe(12);
  });

  it('never runs one mailbox twice at once, and runs it again when it was asked for meanwhile', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1')], 0, INTERVAL);
    expect(schedule.take(0, 8)).toEqual(['1']);
    schedule.wake('1', 1, true);
    expect(schedule.take(1, 8)).toEqual([]);
    schedule.finish('1', idle, 2, INTERVAL);
    expect(schedule.take(2, 8)).toEqual(['1']);
    schedule.finish('1', idle, 3, INTERVAL);
    expect(schedule.take(4, 8)).toEqual([]);
  });

  it('gives every mailbox its turn while one has endless work', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('busy'), account('quiet')], 0, INTERVAL);
    const turns = { busy: 0, quiet: 0 };
    for (let now = 0; now < 600_000; now += 1_000) {
      for (const id of schedule.take(now, 1)) {
        turns[id as keyof typeof turns] += 1;
        schedule.finish(id, { ...idle, more: id === 'busy', polledAt: now }, now, INTERVAL);
      }
    }
    expect(turns.quiet).toBe(2);
    expect(turns.busy).toBeGreaterThan(500);
  });

  it('holds a throttled mailbox until its time, whatever timer rings, and counts equal failures', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1')], 0, INTERVAL);
    schedule.take(0, 8);
    const throttled = { ...idle, status: 'throttled', errorKind: 'throttled', nextAt: 60_000 };
    schedule.finish('1', throttled, 0, INTERVAL);
    schedule.lookedAt('1', 20_000);
    schedule.wake('1', 20_000, false);
    expect(schedule.take(59_999, 8)).toEqual([]);
    expect(schedule.take(60_000, 8)).toEqual(['1']);
    schedule.finish('1', { ...throttled, nextAt: 120_000 }, 60_000, INTERVAL);
    expect(schedule.failures('1')).toBe(1);
    schedule.wake('1', 61_000, true);
    expect(schedule.take(61_000, 8)).toEqual(['1']);
  });

  it('looks more often at a mailbox that somebody sees', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1')], 0, INTERVAL);
    schedule.take(0, 8);
    schedule.finish('1', { ...idle, polledAt: 0 }, 0, INTERVAL);
    schedule.lookedAt('1', 1_000);
    expect(schedule.take(VISIBLE_INTERVAL_MS - 1, 8)).toEqual([]);
    expect(schedule.take(VISIBLE_INTERVAL_MS, 8)).toEqual(['1']);
  });

  it('does not ask again what another process has just asked', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1', 1_000)], 2_000, INTERVAL);
    expect(schedule.take(2_000, 8)).toEqual(['1']);
    schedule.finish('1', { ...idle, polledAt: 2_000 }, 2_000, INTERVAL);
    schedule.setAccounts([account('1', 200_000)], 201_000, INTERVAL);
    expect(schedule.take(302_000, 8)).toEqual([]);
    expect(schedule.take(500_001, 8)).toEqual(['1']);
  });

  it('keeps a stored "not before" over a restart and forgets mailboxes that are gone', () => {
    const schedule = new Schedule();
    schedule.setAccounts([account('1', null, 50_000), account('2')], 0, INTERVAL);
    expect(schedule.take(0, 8)).toEqual(['2']);
    schedule.finish('2', idle, 0, INTERVAL);
    schedule.setAccounts([account('1', null, 50_000)], 10, INTERVAL);
    expect(schedule.has('2')).toBe(false);
    expect(schedule.nextDue()).toBe(50_000);
  });
});
