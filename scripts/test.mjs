// npm test [engine|unit|integration|browser …]: all set-up, then every suite; the last line is `N passed, N failed`.
import { findBrowser } from './lib/browser.mjs';
import { ensureDeployed } from './lib/build.mjs';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { main, step } from './lib/steps.mjs';
import { runVitest, verdict } from './lib/test-suites.mjs';

/** Without a browser the suite is reported as skipped, with the reason. */
async function browserTests() {
  try {
    await findBrowser();
  } catch (error) {
    return { passed: 0, failed: [], skipped: [`the browser tests (${error.message})`] };
  }
  return runVitest('browser', 'vitest.e2e.config.ts');
}

const SUITES = [
  { name: 'engine', minutes: 1, run: () => runVitest('engine', 'vitest.engine.config.ts') },
  { name: 'unit', minutes: 1, run: () => runVitest('unit', 'vitest.unit.config.ts') },
  { name: 'integration', minutes: 5, run: () => runVitest('integration', 'vitest.integration.config.ts') },
  { name: 'browser', minutes: 5, run: browserTests },
];

await main(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown)
    throw new Error(`There is no suite "${unknown}". There are ${SUITES.map(({ name }) => name).join(', ')}.`);
  const suites = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

  await ensureDependencies();
  // The engine knows nothing of NocoBase, and its tests are to be had at once.
  if (suites.some(({ name }) => name !== 'engine')) {
    await ensureHost();
    await ensureDeployed();
  }
  const results = [];
  for (const { name, minutes, run } of suites) results.push(await step(`Run the ${name} tests`, minutes, run));

  const { lines, ok } = verdict(results, { ci: process.env.CI === 'true' });
  console.log(`\n${lines.join('\n')}`);
  if (!ok) process.exitCode = 1;
});
