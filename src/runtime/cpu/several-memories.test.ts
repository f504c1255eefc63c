/** Weights, gradients and moments spread over many memories, as a model of more than 4 GB has them, are trained as in one: byte for byte. */
import { expect, test } from 'vitest';
import { parseModelConfig } from '../../checkpoint/config.ts';
import { decoderFeeds } from '../../nn/batch.ts';
import { gpt2Training } from '../../nn/gpt2.ts';
import { initialize } from '../../nn/initialize.ts';
import { specificationsOf } from '../../nn/model.ts';
import { ADAM_DEFAULTS } from '../device.ts';
import { CpuDevice } from './cpu-device.ts';
import { CpuParameters } from './cpu-parameters.ts';

const config = parseModelConfig({ model_type: 'gpt2', n_layer: 2, n_embd: 32, n_head: 2, vocab_size: 100 }, 'a test');
if (config.model_type !== 'gpt2') throw new Error('unreachable');
const PARTS = ['weight', 'firstMoment', 'secondMoment'] as const;

/** Three updates of two batches each, clipped. @returns what was learned, and in how many memories. */
async function trained(memoryBytes?: number): Promise<{ numbers: Float32Array[]; norms: number[]; memories: number }> {
  const device = new CpuDevice({ threads: 2, ...(memoryBytes !== undefined && { memoryBytes }) });
  const { graph, loss } = gpt2Training(config as Extract<typeof config, { model_type: 'gpt2' }>);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  if (!(parameters instanceof CpuParameters)) throw new Error('unreachable');
  await initialize(parameters, config, 1);
  const optimizer = { ...ADAM_DEFAULTS, weightDecay: () => 0.01 };
  const program = await device.createTrainingProgram(graph, loss, parameters, optimizer);
  const norms: number[] = [];
  for (let step = 0; step < 3; step++) {
    for (let batch = 0; batch < 2; batch++) {
      const rows = [0, 1, 2].map((row) =>
        Array.from({ length: 5 + row }, (_, place) => (7 * step + 3 * batch + row * place) % 100),
      );
      await program.accumulate(decoderFeeds(rows, 0.05), [step, batch]);
    }
    norms.push((await program.update({ learningRate: 0.01, maxGradientNorm: 0.1 })).gradientNorm);
  }
  const numbers: Float32Array[] = [];
  const memories = new Set<number>();
  for (const { name } of parameters.specifications) {
    memories.add(parameters.place(name).memory.id);
    for (const part of PARTS) numbers.push(await parameters.read(name, part));
  }
  await program.dispose();
  await parameters.dispose();
  await device.close();
  return { numbers, norms, memories: memories.size };
}

test('a model in many memories is trained like one in a single memory', async () => {
  const [one, many] = [await trained(), await trained(20_000)];
  expect(one.memories).toBe(1);
  expect(many.memories).toBeGreaterThan(5);
  // Clipping goes over all of them.
  expect(many.norms).toEqual(one.norms);
  expect(Math.min(...one.norms)).toBeGreaterThan(0.1);
  expect(many.numbers).toEqual(one.numbers);
});
