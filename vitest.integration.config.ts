import { defineConfig } from 'vitest/config';
import { hostModules } from './scripts/lib/vitest-host-modules.mjs';

export default defineConfig({
  plugins: [hostModules()],
  test: {
    name: 'integration',
    include: ['packages/plugin-email-manager/**/*.integration.test.ts'],
    globalSetup: ['packages/plugin-email-manager/test-support/global-setup.ts'],
    // Each file boots NocoBase applications of its own, which needs a process of its own: two at once for two cores.
    pool: 'forks',
    maxWorkers: 2,
    // NocoBase prints SQL of its own; what a failed test printed is shown.
    silent: 'passed-only',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
