import { defineConfig } from 'vitest/config';
import { gpuChoice } from './tests/support/gpu-choice.ts';

const shared = {
  // Native inference sessions hold threads of their own: a process per file keeps them apart.
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** The contract tests once more, on the GPU. */
const ON_GPU =
  'tests/contract/{checkpointing,float16,generation,lora,micro-batches,models,not-numbers,operators,packing,programs,training,webgpu,webgpu-commands,written-folders}.test.ts';

/** Where there is no GPU this one is skipped, and says why. */
const WITHOUT_GPU = 'tests/contract/webgpu.test.ts';
const ON_GPU_ALONE = [WITHOUT_GPU, 'tests/contract/webgpu-commands.test.ts'];

const hasGpu = gpuChoice().kind !== 'none';

/*
 * Two projects, which `npm test` runs side by side in processes of their own: the software GPU compiles shaders on one core for minutes, which the other tests use meanwhile.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'processor',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ON_GPU_ALONE,
          env: { DARE_TEST_DEVICES: 'cpu,cpu-binding' },
        },
      },
      {
        test: {
          ...shared,
          name: 'gpu',
          include: hasGpu ? [ON_GPU] : [WITHOUT_GPU],
          env: { DARE_TEST_DEVICES: 'webgpu' },
          // One process for all files: the software GPU takes seconds to compile a shader, and does so once.
          isolate: false,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
