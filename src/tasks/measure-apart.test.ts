import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { measureApart } from './measure-apart.ts';
import { ModelCosts } from './model-costs.ts';

let device: CpuDevice;
beforeAll(() => {
  device = new CpuDevice({ threads: 1 });
});
afterAll(() => device.close());

const config = parseModelConfig(
  { model_type: 'gpt2', n_layer: 1, n_embd: 32, n_head: 2, n_positions: 16, vocab_size: 100 },
  'test',
);
const training = { config, manner: {}, rows: 2, threads: 1 };

test('a training is measured in another process, so that this one does not keep its memory', async () => {
  const here = vi.spyOn(device, 'createParameters');
  const asked: number[] = [];
  const devices = {
    get: (threads: number) => {
      asked.push(threads);
      return Promise.resolve(device);
    },
    close: () => Promise.resolve(),
  };
  const costs = new ModelCosts(devices, measureApart);
  const { secondsPerToken, secondsPerUpdate } = await costs.of(training, 8);
  expect(secondsPerToken).toBeGreaterThan(0);
  expect(secondsPerUpdate).toBeGreaterThan(0);
  expect(asked).toEqual([1]);
  expect(here).not.toHaveBeenCalled();
});

test('what goes wrong there is said here', async () => {
  await expect(measureApart(device, { ...training, rows: -1 }, 8)).rejects.toThrow(/./);
});
