// What is the CPU's own; what every device does is in tests/contract.
import { afterAll, describe, expect, test } from 'vitest';
import { largestDifference } from '../../../tests/support/reference.ts';
import { sha256 } from '../../foundation/hash.ts';
import { RandomStream } from '../../foundation/random.ts';
import { Graph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/graph.ts';
import { dropout } from '../../graph/operators/dropout.ts';
import { multiply, tanh } from '../../graph/operators/elementwise.ts';
import { linear } from '../../graph/operators/matmul.ts';
import { sumAll } from '../../graph/operators/reduction.ts';
import { CpuDevice } from './cpu-device.ts';
import { CpuTrainingProgram } from './cpu-training-program.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0 };
const UPDATE = { learningRate: 1e-3, maxGradientNorm: 1 };
const WEIGHT = { name: 'weight', shape: [300, 1000] };

function layerGraph(): { graph: Graph; loss: Tensor } {
  const graph = new Graph();
  const x = graph.input('x', { shape: ['batch', 300], type: 'float32' });
  const y = dropout(tanh(linear(x, graph.parameter('weight', [300, 1000]), undefined, 'in-out')), 0.1, 'site');
  const loss = sumAll(multiply(y, y));
  graph.output('loss', loss);
  return { graph, loss };
}

const normals = (name: string, length: number): Float32Array => {
  const stream = RandomStream.named(1, name);
  return Float32Array.from({ length }, () => 0.05 * stream.normal());
};

async function trainOnce(device: CpuDevice, batch: number): Promise<{ loss: number; weight: Float32Array }> {
  const { graph, loss } = layerGraph();
  const parameters = await device.createParameters([WEIGHT], { trainable: true });
  await parameters.write('weight', normals('weight', 300_000));
  const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
  const feeds = { x: { shape: [batch, 300], data: normals('x', batch * 300) } };
  await program.accumulate(feeds, ['first']);
  const results = await program.accumulate(feeds, ['second']);
  await program.update(UPDATE);
  const weight = await parameters.read('weight');
  await program.dispose();
  await parameters.dispose();
  return { loss: results.loss!.data[0]!, weight };
}

const digest = ({ loss, weight }: { loss: number; weight: Float32Array }) => ({ loss, weight: sha256(weight) });

const devices = [1, 2].map((threads) => new CpuDevice({ threads }));
afterAll(() => Promise.all(devices.map((device) => device.close())));

describe('a CPU device', () => {
  test('says what it is', () => {
    expect(devices[1]).toMatchObject({ name: 'cpu', threads: 2 });
    expect(devices[1]!.description).toMatch(/2 threads, ONNX Runtime \d+\.\d+\.\d+$/);
  });

  test('does the same, masks included, on any number of threads', async () => {
    const [one, two] = await Promise.all(devices.map((device) => trainOnce(device, 16)));
    expect(two!.loss / one!.loss).toBeCloseTo(1, 6);
    expect(largestDifference(two!.weight, one!.weight)).toBeLessThan(1e-6);
  });

  test('does the same, to the byte, when it does it again', async () => {
    expect(digest(await trainOnce(devices[1]!, 16))).toEqual(digest(await trainOnce(devices[1]!, 16)));
  });

  test('trains two models at once as it trains each alone', async () => {
    const alone = [await trainOnce(devices[1]!, 8), await trainOnce(devices[1]!, 24)];
    const together = await Promise.all([trainOnce(devices[1]!, 8), trainOnce(devices[1]!, 24)]);
    expect(together.map(digest)).toEqual(alone.map(digest));
  });

  test('has the memory of programs and weights back when they are disposed of', async () => {
    for (let round = 0; round < 5; round++) await trainOnce(devices[1]!, 256);
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 30; round++) await trainOnce(devices[1]!, 256);
    // Weights and masks of a round are 5 MB, a session's arena is more: a leak of either would be 150 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  test('holds no more of the library’s memory after many steps of changing shapes than after some', async () => {
    const { graph, loss } = layerGraph();
    const parameters = await devices[1]!.createParameters([WEIGHT], { trainable: true });
    const program = await devices[1]!.createTrainingProgram(graph, loss, parameters, ADAMW);
    if (!(program instanceof CpuTrainingProgram)) throw new Error('not the CPU’s program');
    const random = RandomStream.named(1, 'shapes');
    const train = async (steps: number) => {
      for (let step = 0; step < steps; step++) {
        for (const batch of [1 + random.integer(64), 1 + random.integer(64)]) {
          await program.accumulate({ x: { shape: [batch, 300], data: normals('x', batch * 300) } }, [step]);
        }
        await program.update(UPDATE);
      }
      const { inUse, reserved } = program.arenaStatistics()!;
      return { inUse, reserved };
    };
    expect(await train(60).then(() => train(20))).toEqual(await train(100));
    await program.dispose();
    await parameters.dispose();
  });

  test('takes its own weights only', async () => {
    const parameters = await devices[0]!.createParameters([], { trainable: false });
    const foreign = { ...parameters, specifications: [], trained: [] };
    await expect(async () => devices[0]!.createProgram(layerGraph().graph, foreign)).rejects.toThrow(
      'these parameters belong to another device',
    );
  });
});
