import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { dataDir, repoDir } from './paths.mjs';

/**
 * @typedef {{ passed: number, failed: string[], skipped: string[] }} SuiteResult failed and skipped by name
 */

function readReport(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Adds up one Vitest JSON report. A file that could not be loaded, or whose hooks failed outside its tests, counts as one failure.
 *
 * @returns {SuiteResult}
 */
export function summarise(report) {
  const result = { passed: 0, failed: [], skipped: [] };
  for (const file of report.testResults) {
    const name = path.relative(repoDir, file.name);
    const before = result.failed.length;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') result.passed += 1;
      else if (test.status === 'failed') result.failed.push(`${name}: ${test.fullName}`);
      else result.skipped.push(`${name}: ${test.fullName}`);
    }
    if (file.status === 'failed' && result.failed.length === before) result.failed.push(`${name}: the file itself`);
  }
  return result;
}

/**
 * Runs one Vitest configuration to its end with its output on this terminal.
 *
 * @returns {Promise<SuiteResult>}
 */
export async function runVitest(name, config, extraArgs = []) {
  const reportFile = path.join(dataDir, `test-results/${name}.json`);
  fs.rmSync(reportFile, { force: true });
  const args = [
    path.join(repoDir, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    config,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...extraArgs,
  ];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: repoDir, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', resolve);
  });
  const report = readReport(reportFile);
  if (!report) return { passed: 0, failed: [`${name}: the run ended with code ${code} and no report`], skipped: [] };
  const result = summarise(report);
  // For example an unhandled error after the last test, or a global set-up that failed.
  if (code !== 0 && result.failed.length === 0) result.failed.push(`${name}: the run ended with code ${code}`);
  return result;
}

/**
 * The last lines of a test run: what failed, what was skipped, and `N passed, N failed`.
 *
 * @param {SuiteResult[]} results
 * @param {{ ci: boolean }} options in CI a skipped test is a failure of the run
 * @returns {{ lines: string[], ok: boolean }}
 */
export function verdict(results, { ci }) {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.flatMap((result) => result.failed);
  const skipped = results.flatMap((result) => result.skipped);
  const lines = [...failed.map((name) => `FAILED   ${name}`), ...skipped.map((name) => `SKIPPED  ${name}`)];
  if (ci && skipped.length > 0) lines.push('Something was skipped, which a CI run counts as a failure.');
  const counts = [`${passed} passed`, `${failed.length} failed`];
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  lines.push(counts.join(', '));
  return { lines, ok: failed.length === 0 && passed > 0 && !(ci && skipped.length > 0) };
}
