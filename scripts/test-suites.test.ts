import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoDir } from './lib/paths.mjs';
import { summarise, verdict } from './lib/test-suites.mjs';

const test = (status: string, fullName: string) => ({ status, fullName });
const file = (name: string, status: string, assertionResults: unknown[]) => ({
  name: path.join(repoDir, name),
  status,
  assertionResults,
});

describe('the sum of a test run', () => {
  it('counts a file that could not be loaded as a failure', () => {
    const result = summarise({ testResults: [file('a.test.ts', 'failed', [])] });
    expect(result).toEqual({ passed: 0, failed: ['a.test.ts: the file itself'], skipped: [] });
  });

  it('does not count a file twice when one of its tests failed', () => {
    const tests = [test('failed', 'x y'), test('passed', 'x z'), test('pending', 'x w'), test('todo', 'x v')];
    expect(summarise({ testResults: [file('a.test.ts', 'failed', tests)] })).toEqual({
      passed: 1,
      failed: ['a.test.ts: x y'],
      skipped: ['a.test.ts: x w', 'a.test.ts: x v'],
    });
  });

  it('ends with the counts, and is not all right when something failed', () => {
    const { lines, ok } = verdict([{ passed: 3, failed: ['a'], skipped: [] }], { ci: false });
    expect(lines.at(-1)).toBe('3 passed, 1 failed');
    expect(ok).toBe(false);
  });

  it('names what was skipped, and takes it as a failure only in CI', () => {
    const results = [{ passed: 3, failed: [], skipped: ['b (no browser)'] }];
    expect(verdict(results, { ci: false })).toEqual({
      lines: ['SKIPPED  b (no browser)', '3 passed, 0 failed, 1 skipped'],
      ok: true,
    });
    expect(verdict(results, { ci: true }).ok).toBe(false);
    expect(verdict(results, { ci: true }).lines.at(-1)).toBe('3 passed, 0 failed, 1 skipped');
  });

  it('is not all right when no test ran at all', () => {
    expect(verdict([{ passed: 0, failed: [], skipped: [] }], { ci: false }).ok).toBe(false);
  });
});
