import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'engine', include: ['packages/mail-engine/src/**/*.test.ts'], testTimeout: 30_000 },
});
