import { defineConfig } from 'vitest/config';

/** One runner for every layer; `tests/run.ts` picks the layers, so that each prints its own time. */
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [
      ...['**/node_modules/**', '**/dist/**'],
      // Hours of simulation are for `npm run test:long`.
      ...(process.env.TOCSIN_LONG === undefined ? ['**/*.long.test.ts'] : []),
    ],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
