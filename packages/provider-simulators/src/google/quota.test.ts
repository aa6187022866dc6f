import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock';
import { GMAIL_METHODS } from './gmail-methods';
import { SlidingWindow } from '../sliding-window';
import { QUOTA_TABLES, QuotaMeter } from './quota';
import { ANN, START, createTestGoogle } from './test-client';

describe('quota tables', () => {
  test('every method has a price in both tables', () => {
    for (const { costs } of Object.values(QUOTA_TABLES)) {
      for (const method of GMAIL_METHODS) expect(costs[method.name], method.name).toBeGreaterThan(0);
    }
  });

  test.each([
    ['old', 15_000, 5, 10],
    ['2026', 6_000, 20, 40],
  ] as const)('table %s allows %d units; a message costs %d, a thread %d', async (table, limit, message, thread) => {
    const t = createTestGoogle({ quota: { table, enforced: true } });
    const { json } = await t.call('GET', 'threads?maxResults=1');
    await t.call('GET', `threads/${json.threads[0].id}`);
    await t.call('GET', `messages/${json.threads[0].id}`);
    const { quota } = t.google.control.counters();
    expect(quota[ANN]).toEqual({ usedInWindow: 10 + thread + message, highestWindow: 10 + thread + message, limit });
  });
});

describe('sliding window', () => {
  test('units come back exactly 60 seconds after they were used', () => {
    const window = new SlidingWindow(100, 60_000);
    window.take(60, 0);
    window.take(40, 10_000);
    expect(window.fits(1, 59_999)).toBe(false);
    expect(window.fitsAt(60, 30_000)).toBe(60_000);
    expect(window.fitsAt(61, 30_000)).toBe(70_000);
    expect(window.fits(60, 60_000)).toBe(true);
    expect(window.fits(61, 60_000)).toBe(false);
    expect(window.fits(100, 70_000)).toBe(true);
  });

  test('the project limit holds over users', () => {
    const clock = new VirtualClock(START);
    const meter = new QuotaMeter({ table: '2026', enforced: true, unitsPerProjectMinute: 50 }, clock);
    expect(meter.charge('a', 'p', 40).ok).toBe(true);
    expect(meter.charge('b', 'p', 20).ok).toBe(false);
    expect(meter.charge('b', 'q', 20).ok).toBe(true);
  });
});

describe('refusals', () => {
  test('300 gets a minute, then 403 with the time in the message and in no header, then again', async () => {
    const t = createTestGoogle({ quota: { enforced: true } });
    const id = Object.keys(t.google.control.truth({ account: ANN }).messages)[0] ?? '';
    for (let i = 0; i < 300; i++) expect((await t.call('GET', `messages/${id}?format=minimal`)).status).toBe(200);
    const response = await t.fetch(`https://g.example/gmail/v1/users/me/messages/${id}`, {
      headers: { authorization: `Bearer ${t.token}` },
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('retry-after')).toBeNull();
    const { error } = (await response.json()) as {
      error: { message: string; errors: { reason: string; domain: string }[] };
    };
    expect(error.errors[0]).toMatchObject({ reason: 'rateLimitExceeded', domain: 'usageLimits' });
    const retryAt = Date.parse(/Retry after (\S+)$/.exec(error.message)?.[1] ?? '');
    t.clock.advance(retryAt - t.clock.now());
    expect((await t.call('GET', `messages/${id}`)).status).toBe(200);
    const counters = t.google.control.counters();
    expect(counters.answers).toEqual({ 200: 301, 403: 1 });
    expect(counters.refusedShare).toBeCloseTo(1 / 302);
    expect(counters.unitsByUser[ANN]).toBe(301 * 20);
  });

  test('another program’s burst takes the units away', async () => {
    const t = createTestGoogle({ quota: { enforced: true } });
    t.google.control.quotaBurst({ account: ANN, units: 6000 });
    expect((await t.call('GET', 'profile')).status).toBe(403);
    t.google.control.setSwitches({ quotaStatus: 429 });
    expect((await t.call('GET', 'profile')).status).toBe(429);
    t.clock.advance(60_000);
    expect((await t.call('GET', 'profile')).status).toBe(200);
  });

  test('more calls at once than allowed get 429, and their slots come free again', async () => {
    const waiting: (() => void)[] = [];
    const t = createTestGoogle({
      quota: { enforced: true },
      concurrencyPerUser: 3,
      latencyMs: 50,
      sleep: () => new Promise((resolve) => waiting.push(resolve)),
    });
    const calls = Array.from({ length: 5 }, () => t.call('GET', 'profile'));
    await expect.poll(() => waiting.length).toBe(5);
    for (const go of waiting.splice(0)) go();
    const answers = await Promise.all(calls);
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers[4]?.json.error.message).toBe('Too many concurrent requests for user.');
    const again = t.call('GET', 'profile');
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]?.();
    expect((await again).status).toBe(200);
  });
});
