import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    // Native inference sessions hold threads of their own: a process per file keeps them apart.
    pool: 'forks',
    maxWorkers: 2,
    // The software GPU compiles shaders slowly, all the more beside other work.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
