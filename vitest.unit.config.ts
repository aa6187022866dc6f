import { configDefaults, defineConfig } from 'vitest/config';
import { hostModules } from './scripts/lib/vitest-host-modules.mjs';

export default defineConfig({
  plugins: [hostModules()],
  test: {
    name: 'unit',
    include: [
      'packages/provider-simulators/src/**/*.test.ts',
      'packages/plugin-email-manager/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, '**/*.integration.test.ts', 'host/**'],
    testTimeout: 30_000,
  },
});
