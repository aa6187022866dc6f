import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../sync/testing/virtual-clock';
import { Pacer, type PacerPriority } from './pacer';

const WINDOW = 60_000;

interface Seen {
  readonly at: number;
  readonly units: number;
}

/** The most units in any window, as a provider counts that sees each call at some moment before its answer. */
function busiestWindow(seen: readonly Seen[], from = -Infinity, to = Infinity): number {
  const sorted = [...seen].filter((s) => s.at >= from && s.at < to).sort((a, b) => a.at - b.at);
  let sum = 0;
  let best = 0;
  let tail = 0;
  for (const entry of sorted) {
    sum += entry.units;
    while ((sorted[tail] as Seen).at <= entry.at - WINDOW) sum -= (sorted[tail++] as Seen).units;
    best = Math.max(best, sum);
  }
  return best;
}

interface Job {
  readonly parts: readonly number[];
  readonly priority: PacerPriority;
  readonly delay: number;
  readonly latency: number;
  /** When inside its latency the provider counts the call, 0 to 1. */
  readonly counted: number;
}

async function play(
  pacer: Pacer,
  clock: VirtualClock,
  jobs: readonly Job[],
): Promise<{ seen: Seen[]; waited: number[] }> {
  const seen: Seen[] = [];
  const waited: number[] = [];
  await Promise.all(
    jobs.map(async (job) => {
      await clock.sleep(job.delay);
      const asked = clock.monotonic();
      let left = job.parts;
      while (left.length > 0) {
        const permit = await pacer.acquire({ parts: left, priority: job.priority });
        const units = left.slice(0, permit.count).reduce((a, b) => a + b, 0);
        left = left.slice(permit.count);
        seen.push({ at: clock.monotonic() + job.latency * job.counted, units });
        await clock.sleep(job.latency);
        permit.release();
      }
      waited.push(clock.monotonic() - asked);
    }),
  );
  return { seen, waited };
}

const job = fc.record({
  parts: fc.array(fc.constantFrom(1, 5, 20, 40), { minLength: 1, maxLength: 12 }),
  priority: fc.constantFrom<PacerPriority>('interactive', 'live', 'bulk'),
  delay: fc.integer({ min: 0, max: 150_000 }),
  latency: fc.integer({ min: 0, max: 4_000 }),
  counted: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('the budget', () => {
  it('is never exceeded in any window of the provider, whatever the latency, and everybody is served', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 50, max: 900 }),
        async (jobs, limit) => {
          const clock = new VirtualClock();
          const pacer = new Pacer({ clock, unitsPerWindow: limit });
          const { seen, waited } = await play(pacer, clock, jobs);
          expect(busiestWindow(seen)).toBeLessThanOrEqual(limit);
          expect(waited).toHaveLength(jobs.length);
          expect(pacer.stats()).toMatchObject({ inFlight: 0, queued: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([80, 1_000])('is used to at least 95 % while work remains, with %i ms of latency', async (latency) => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 6_000 });
    const jobs = Array.from({ length: 200 }, (_, i): Job => {
      const parts = Array.from({ length: 20 }, (_, part) => ((i + part) % 3 === 0 ? 40 : 20));
      return { parts, priority: 'bulk', delay: 0, latency, counted: 1 };
    });
    const { seen } = await play(pacer, clock, jobs);
    const minutes = Math.floor(Math.max(...seen.map((s) => s.at)) / WINDOW);
    expect(minutes).toBeGreaterThan(10);
    const used = seen.filter((s) => s.at < minutes * WINDOW).reduce((sum, s) => sum + s.units, 0);
    expect(used / (minutes * 6_000)).toBeGreaterThanOrEqual(0.95);
    expect(busiestWindow(seen)).toBeLessThanOrEqual(6_000);
  });

  it('lets a part that costs more than the whole budget through an empty window instead of waiting for ever', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 10 });
    const { waited } = await play(pacer, clock, [
      { parts: [5], priority: 'bulk', delay: 0, latency: 10, counted: 0 },
      { parts: [40], priority: 'bulk', delay: 1, latency: 10, counted: 0 },
    ]);
    expect(waited[1]).toBeGreaterThanOrEqual(WINDOW);
  });
});

describe('priorities', () => {
  it('let a person through at once while a first sync has used up its share', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 1_000 });
    const bulk = play(pacer, clock, [
      { parts: Array.from({ length: 100 }, () => 20), priority: 'bulk', delay: 0, latency: 50, counted: 0 },
    ]);
    const person = play(pacer, clock, [
      { parts: [20], priority: 'interactive', delay: 30_000, latency: 50, counted: 0 },
    ]);
    expect((await person).waited[0]).toBeLessThan(1_000);
    await bulk;
  });

  it('do not starve bulk work while people keep coming', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 600 });
    const people = Array.from({ length: 600 }, (_, i): Job => ({
      parts: [20],
      priority: 'interactive',
      delay: i * 500,
      latency: 10,
      counted: 0,
    }));
    void play(pacer, clock, people);
    const { waited } = await play(pacer, clock, [
      { parts: [40], priority: 'bulk', delay: 20_000, latency: 10, counted: 0 },
    ]);
    expect(waited[0]).toBeLessThan(3 * WINDOW);
  });
});

describe('"not before"', () => {
  it('holds everything until then, is told to whoever stores it, and is taken over by another process', async () => {
    const clock = new VirtualClock();
    const told: number[] = [];
    const pacer = new Pacer({ clock, unitsPerWindow: 1_000, onNotBefore: (at) => told.push(at) });
    const at = clock.now() + 7_000;
    pacer.holdUntil(at);
    pacer.holdUntil(at - 3_000);
    const other = new Pacer({ clock, unitsPerWindow: 1_000, notBefore: told[0] });
    await Promise.all([pacer.acquire({ parts: [1] }), other.acquire({ parts: [1] })]);
    expect(clock.now()).toBeGreaterThanOrEqual(at);
    expect(told).toEqual([at]);
    expect(pacer.notBefore).toBeNull();
  });

  it('does not last longer because the wall clock jumped back', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 1_000 });
    pacer.holdUntil(clock.now() + 5_000);
    clock.jump(-86_400_000);
    await pacer.acquire({ parts: [1] });
    expect(clock.monotonic()).toBeLessThan(6_000);
  });
});

describe('concurrency', () => {
  it('never has more calls in flight than the cap, halves when refused, and creeps back', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: Infinity, concurrency: { initial: 16, max: 20 } });
    const first = await pacer.acquire({ parts: Array.from({ length: 30 }, () => 1) });
    expect(first.count).toBe(16);
    first.concurrencyRefused();
    first.concurrencyRefused();
    expect(pacer.concurrency).toBe(8);
    first.release();
    let highest = 0;
    for (let i = 0; i < 400; i++) {
      const permit = await pacer.acquire({ parts: Array.from({ length: 30 }, () => 1) });
      highest = Math.max(highest, permit.count);
      permit.release();
    }
    expect(highest).toBeGreaterThanOrEqual(15);
    expect(highest).toBeLessThanOrEqual(20);
  });

  it('is cut once for answers that were under way together', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: Infinity, concurrency: { initial: 16, max: 16 } });
    const permits = [await pacer.acquire({ parts: [1, 1] }), await pacer.acquire({ parts: [1] })];
    for (const permit of permits) permit.concurrencyRefused();
    expect(pacer.concurrency).toBe(8);
  });
});

describe('a request whose parts the provider runs by itself', () => {
  const twenty = Array.from({ length: 20 }, () => 1);

  function fourSlots() {
    return new Pacer({ clock: new VirtualClock(), unitsPerWindow: Infinity, concurrency: { initial: 4, max: 4 } });
  }

  it('holds its slots and no more, and waits until all of them are free', async () => {
    const pacer = fourSlots();
    const batch = await pacer.acquire({ parts: twenty, slots: 4 });
    expect([batch.count, pacer.stats().inFlight]).toEqual([20, 4]);
    batch.release();
    const single = await pacer.acquire({ parts: [1] });
    let started = false;
    const next = pacer.acquire({ parts: twenty, slots: 4 }).then((permit) => {
      started = true;
      return permit;
    });
    await Promise.resolve();
    expect(started).toBe(false);
    single.release();
    expect((await next).count).toBe(20);
  });

  it('does not wait for the end of a download, and leaves the download its slot', async () => {
    const pacer = fourSlots();
    const download = await pacer.acquire({ parts: [1], isLong: true });
    const batch = await pacer.acquire({ parts: twenty, slots: 4 });
    expect([batch.count, pacer.stats().inFlight]).toEqual([3, 4]);
    batch.release();
    download.release();
    expect((await pacer.acquire({ parts: twenty, slots: 4 })).count).toBe(20);
  });

  it('goes on singly when downloads hold every slot but one', async () => {
    const pacer = fourSlots();
    for (let i = 0; i < 3; i++) await pacer.acquire({ parts: [1], isLong: true });
    expect((await pacer.acquire({ parts: twenty, slots: 4 })).count).toBe(1);
  });
});

describe('an aborted wait', () => {
  it('rejects, uses nothing and blocks nobody behind it', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ clock, unitsPerWindow: 100, concurrency: { initial: 1, max: 1 } });
    const running = await pacer.acquire({ parts: [10] });
    const stop = new AbortController();
    const aborted = pacer.acquire({ parts: [10], signal: stop.signal });
    const behind = pacer.acquire({ parts: [10] });
    stop.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    running.release();
    (await behind).release();
    expect(pacer.stats()).toMatchObject({ units: 20, inFlight: 0, queued: 0 });
  });
});
