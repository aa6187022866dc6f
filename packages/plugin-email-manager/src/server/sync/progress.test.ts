import { describe, expect, it } from 'vitest';
import { progressOf, type ProgressInput } from './progress';

const done = { phase: 'done', purpose: 'first', inScope: 100, expected: 100, listed: null } as const;
const input: ProgressInput = {
  here: 100,
  toFetch: 0,
  quarantined: 0,
  inventory: 400,
  listing: done,
  startMoved: false,
  msPerMessage: 100,
  waitMs: 0,
};

describe('progress', () => {
  it('is done only when everything that should be here is here', () => {
    expect(progressOf(input)).toMatchObject({
      phase: 'done',
      hydrated: 100,
      total: 100,
      listed: 400,
      etaSeconds: null,
    });
    expect(progressOf({ ...input, here: 90, toFetch: 10 })).toMatchObject({
      phase: 'hydrating',
      hydrated: 90,
      total: 100,
    });
    expect(progressOf({ ...input, startMoved: true }).phase).toBe('listing');
    expect(progressOf({ ...input, listing: null, here: 0 }).phase).toBe('listing');
  });

  it('estimates by the rate and what holds the work back, and not at all when nothing is known', () => {
    expect(progressOf({ ...input, here: 50, toFetch: 50, waitMs: 60_000 }).etaSeconds).toBe(65);
    const scope = { ...done, phase: 'scope', expected: null } as const;
    expect(progressOf({ ...input, here: 10, toFetch: 5, listing: scope }).etaSeconds).toBeNull();
    expect(progressOf({ ...input, here: 10, toFetch: 5, listing: { ...scope, expected: 215 } })).toMatchObject({
      total: 215,
      etaSeconds: 21,
    });
  });

  it('counts quarantined messages into the total, never into what is still coming', () => {
    expect(progressOf({ ...input, here: 98, quarantined: 2 })).toMatchObject({
      hydrated: 98,
      total: 100,
      quarantined: 2,
      phase: 'done',
      etaSeconds: null,
    });
  });

  it('never shows more here than in total, however wrong the provider’s estimate is', () => {
    const scope = { ...done, phase: 'scope', expected: 5 } as const;
    const progress = progressOf({ ...input, here: 40, toFetch: 3, listing: scope });
    expect(progress.total).toBeGreaterThanOrEqual(progress.hydrated);
  });
});
