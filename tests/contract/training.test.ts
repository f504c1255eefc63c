/** What every device's training program promises beside PyTorch's numbers (models.test.ts): accumulation, dropout, exact resume, readable errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpt2Config } from '../../src/checkpoint/config.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { Graph } from '../../src/graph/graph.ts';
import { fill } from '../../src/graph/operators/constant.ts';
import { scaleByMask } from '../../src/graph/operators/dropout.ts';
import { multiply } from '../../src/graph/operators/elementwise.ts';
import { embedding } from '../../src/graph/operators/embedding.ts';
import { slice } from '../../src/graph/operators/layout.ts';
import { sumAll } from '../../src/graph/operators/reduction.ts';
import { decoderFeeds } from '../../src/nn/batch.ts';
import { gpt2Training } from '../../src/nn/gpt2.ts';
import { bindSymbols } from '../../src/runtime/device.ts';
import type { Device, Feeds, ParameterPart, Parameters, TrainingProgram } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { interpret, interpretGradient } from '../support/reference-interpreter.ts';
import type { Value } from '../support/reference-interpreter.ts';
import { largest, largestDifference } from '../support/reference.ts';
import { randomParameters, tinyGpt2, valuesOf } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0.01 };
const UPDATE = { learningRate: 1e-2, maxGradientNorm: 1 };

/** Batches of different sizes and lengths, tokens repeated within and between them. */
const BATCHES = [
  [
    [1, 2, 3, 4, 5],
    [6, 2, 2],
  ],
  [[7, 8, 9]],
  [
    [1, 1],
    [10, 11, 12, 3, 2, 1, 0],
    [5, 6, 7, 8],
    [0, 12],
  ],
].map((sequences) => decoderFeeds(sequences, 0.1));

interface Training {
  parameters: Parameters;
  program: TrainingProgram;
}

async function open(device: Device, config: Gpt2Config, existing?: Parameters): Promise<Training> {
  const { graph, loss } = gpt2Training(config);
  const parameters = existing ?? (await randomParameters(device, graph, config, true));
  return { parameters, program: await device.createTrainingProgram(graph, loss, parameters, ADAMW) };
}

async function close({ program, parameters }: Training): Promise<void> {
  await program.dispose();
  await parameters.dispose();
}

/** Loss and gradients by the interpreter. */
function interpretTraining(config: Gpt2Config, feeds: Feeds, values: Readonly<Record<string, Value>>) {
  const { graph, loss } = gpt2Training(config);
  const gradients = differentiate(loss, graph.parameters());
  const bindings = bindSymbols(graph, feeds);
  return {
    loss: interpret([loss], values, bindings)[0]!.data[0]!,
    gradients: new Map(
      graph
        .parameters()
        .map((parameter) => [parameter.name, interpretGradient(gradients, parameter, values, bindings)]),
    ),
  };
}

/** The parameters whose gradient on the device is not the expected one, to float32's accuracy. */
async function wrongGradients(program: TrainingProgram, expected: ReadonlyMap<string, Float64Array>) {
  const overall = Math.max(...[...expected.values()].map(largest));
  const wrong: string[] = [];
  for (const [name, gradient] of expected) {
    // What is no number is not within bounds.
    if (!(largestDifference(await program.gradient(name), gradient) <= 1e-5 * overall)) wrong.push(name);
  }
  return wrong;
}

async function everything(parameters: Parameters, names: readonly ParameterPart[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const { name } of parameters.specifications) {
    for (const part of names) all.push(await parameters.read(name, part));
  }
  return all;
}

const PARTS = ['weight', 'firstMoment', 'secondMoment'] as const;

describe.each(devices)('training on $name', ({ open: openDevice }) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice();
  });
  afterAll(() => device.close());

  test('gradients of batches of different lengths add up, and start anew after an update', async () => {
    const config = tinyGpt2();
    const training = await open(device, config);
    for (const round of [0, 1]) {
      const sums = new Map<string, Float64Array>();
      for (const feeds of BATCHES.slice(round)) {
        const expected = interpretTraining(config, feeds, await valuesOf(feeds, training.parameters));
        const { loss } = await training.program.accumulate(feeds, []);
        expect(loss!.data[0]).toBeCloseTo(expected.loss, 5);
        for (const [name, gradient] of expected.gradients) {
          const sum = sums.get(name) ?? new Float64Array(gradient.length);
          sums.set(
            name,
            sum.map((value, index) => value + gradient[index]!),
          );
        }
      }
      expect(await wrongGradients(training.program, sums)).toEqual([]);
      const norm = Math.hypot(...[...sums.values()].flatMap((gradient) => [...gradient]));
      const { gradientNorm } = await training.program.update(UPDATE);
      expect(gradientNorm / norm).toBeCloseTo(1, 5);
    }
    await close(training);
  });

  describe('dropout', () => {
    const config = tinyGpt2(0.3);
    const [batch] = BATCHES;

    test('is a function of the seed', async () => {
      const training = await open(device, config);
      const lossOf = async (program: TrainingProgram, seed: readonly (string | number)[]) => {
        const { loss } = await program.accumulate(batch!, seed);
        return loss!.data[0]!;
      };
      const first = await lossOf(training.program, ['epoch', 1]);
      expect(await lossOf(training.program, ['epoch', 1])).toBe(first);
      expect(await lossOf(training.program, ['epoch', 2])).not.toBe(first);
      const other = await open(device, config);
      expect(await lossOf(other.program, ['epoch', 1])).toBe(first);
      await close(other);
      await close(training);
    });

    test('drops the same in the forward and the backward pass', async () => {
      const { graph, loss } = gpt2Training(config);
      const masks = graph.inputs.filter(({ kind }) => kind === 'mask').map(({ tensor }) => tensor);
      for (const mask of masks) graph.output(`seen:${mask.name}`, scaleByMask(fill(graph, mask.shape, 1), mask, 1));
      const parameters = await randomParameters(device, graph, config, true);
      const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
      const results = await program.accumulate(batch!, [4]);

      const values = await valuesOf(batch!, parameters);
      let kept = 0;
      let total = 0;
      for (const { name } of masks) {
        const { shape, data } = results[`seen:${name}`]!;
        values[name] = { shape, data: Float64Array.from(data) };
        expect(data.every((value) => value === 0 || value === 1)).toBe(true);
        for (const value of data) kept += value;
        total += data.length;
      }
      expect(masks.length).toBe(1 + 3 * config.n_layer);
      expect(Math.abs(kept / total - 0.7)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / total));
      const expected = interpretTraining(config, batch!, values);
      expect(results.loss!.data[0]).toBeCloseTo(expected.loss, 5);
      expect(await wrongGradients(program, expected.gradients)).toEqual([]);
      await close({ program, parameters });
    });
  });

  test('training goes on from weights, moments and the count of updates as if it had not stopped', async () => {
    const config = tinyGpt2(0.1);
    const steps = async ({ program }: Training, from: number, to: number) => {
      for (let step = from; step < to; step++) {
        await program.accumulate(BATCHES[step % 3]!, [step]);
        await program.update(UPDATE);
      }
    };
    const whole = await open(device, config);
    await steps(whole, 0, 4);

    const half = await open(device, config);
    await steps(half, 0, 2);
    const resumed = await open(device, config);
    for (const { name } of half.parameters.specifications) {
      for (const part of PARTS) await resumed.parameters.write(name, await half.parameters.read(name, part), part);
    }
    resumed.program.updates = half.program.updates;
    await steps(resumed, 2, 4);

    expect(await everything(resumed.parameters, PARTS)).toEqual(await everything(whole.parameters, PARTS));
    for (const training of [whole, half, resumed]) await close(training);
  });

  test('a second program over the same weights starts without the first one’s gradients', async () => {
    const config = tinyGpt2();
    const first = await open(device, config);
    await first.program.accumulate(BATCHES[2]!, []);
    await first.program.dispose();
    const second = await open(device, config, first.parameters);
    await second.program.accumulate(BATCHES[1]!, []);
    const { gradients } = interpretTraining(config, BATCHES[1]!, await valuesOf(BATCHES[1]!, first.parameters));
    expect(await wrongGradients(second.program, gradients)).toEqual([]);
    await close(second);
  });

  test('weights that the loss does not depend on stay as they are', async () => {
    const graph = new Graph();
    const [used, unused] = ['used', 'unused'].map((name) => graph.parameter(name, [5]));
    const loss = sumAll(multiply(used!, used!));
    graph.output('loss', loss);
    graph.output('unused again', unused!);
    const parameters = await device.createParameters(
      ['used', 'unused'].map((name) => ({ name, shape: [5] })),
      { trainable: true },
    );
    for (const name of ['used', 'unused']) await parameters.write(name, new Float32Array(5).fill(1));
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    expect((await program.accumulate({}, [])).loss!.data).toEqual(Float32Array.of(5));
    const { gradientNorm } = await program.update({ learningRate: 0.1, maxGradientNorm: Infinity });
    expect(gradientNorm).toBeCloseTo(Math.sqrt(20), 5);
    expect(await parameters.read('unused')).toEqual(new Float32Array(5).fill(1));
    // The first step of AdamW is the learning rate's size: 1 · (1 − 0.1 · 0.01) − 0.1.
    expect((await parameters.read('used'))[0]).toBeCloseTo(0.899, 5);
    await close({ program, parameters });
  });

  describe('refusals', () => {
    let training: Training;
    beforeAll(async () => {
      training = await open(device, tinyGpt2());
    });
    afterAll(() => close(training));
    const [batch] = BATCHES;

    test.each<[string, Feeds, string | RegExp]>([
      ['an input that is not fed', { inputIds: batch!.inputIds! }, "the input 'positionIds' is not fed"],
      [
        'another rank',
        { ...batch, inputIds: { shape: [10], data: new Int32Array(10) } },
        "'inputIds' is fed with rank 1, not 2",
      ],
      [
        'sizes that disagree',
        { ...batch, positionIds: { shape: [4, 2], data: new Int32Array(8) } },
        "'positionIds': sequence is 4, but 5 elsewhere",
      ],
      [
        'a fixed size that differs',
        { ...batch, causalBias: { shape: [1, 2, 5, 5], data: new Float32Array(50) } },
        "'causalBias': axis 1 is 2, not 1",
      ],
      [
        'too few numbers',
        { ...batch, labelWeights: { shape: [5, 2], data: new Float32Array(9) } },
        "the input 'labelWeights' is fed with 9 numbers, not 10",
      ],
      [
        'numbers of another type',
        { ...batch, inputIds: { shape: [5, 2], data: new Float32Array(10) } },
        "the input 'inputIds' takes int32 numbers",
      ],
      [
        'a token outside the vocabulary',
        { ...batch, inputIds: { shape: [5, 2], data: new Int32Array(10).fill(13) } },
        // ONNX Runtime's words, or the GPU device's own.
        /ONNX Runtime|'inputIds': the index 13 is outside a table of 13 rows/,
      ],
    ])('%s', async (_, feeds, message) => {
      await expect(training.program.accumulate(feeds, [])).rejects.toThrow(message);
    });

    test('an update without a batch', async () => {
      await expect(training.program.update(UPDATE)).rejects.toThrow('an update needs at least one batch');
    });

    test('rows of a table that are computed', async () => {
      const graph = new Graph();
      const rows = graph.input('rows', { shape: [4], type: 'int32' });
      const loss = sumAll(embedding(graph.parameter('table', [3, 2]), slice(rows, 0, 1, 2)));
      graph.output('loss', loss);
      const parameters = await device.createParameters([{ name: 'table', shape: [3, 2] }], { trainable: true });
      const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
      const feeds = { rows: { shape: [4], data: Int32Array.of(0, 1, 2, 0) } };
      await expect(program.accumulate(feeds, [])).rejects.toThrow("the rows of 'table' must be a data input");
      await close({ program, parameters });
    });

    test('weights that are not there', async () => {
      const { graph, loss } = gpt2Training(tinyGpt2());
      const parameters = await device.createParameters([], { trainable: true });
      await expect(async () => device.createTrainingProgram(graph, loss, parameters, ADAMW)).rejects.toThrow(
        /there is no parameter 'transformer\./,
      );
    });
  });
});
