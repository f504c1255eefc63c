/**
 * What float16 does to results: of the lowering everywhere, on ONNX Runtime's CPU provider; and of a GPU, where one has `shader-f16`.
 *
 * Halves have eleven bits. Logits may differ from float32's by 1% of the largest; a sentence differs from some word on where a draw fell between two words'
 * probabilities.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { perplexities } from '../../src/generation/perplexity.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import { bertClassifierScoring } from '../../src/nn/bert.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { openDevice } from '../../src/runtime/open-device.ts';
import { probeGpu } from '../../src/runtime/webgpu/probe.ts';
import { WebGpuDevice } from '../../src/runtime/webgpu/webgpu-device.ts';
import { gpuMissing, isWanted } from '../support/devices.ts';
import { HalfDevice } from '../support/half-device.ts';
import {
  encoderReferenceFeeds,
  largest,
  largestDifference,
  parametersOf,
  readReference,
} from '../support/reference.ts';

const GPT2 = fileURLToPath(new URL('../../models/gpt2-small-pubmed', import.meta.url));
const LABELS = 3;
const TEXTS = [
  'Lithium caused tremor in two patients, which went when the dose was halved.',
  'No effect of aspirin on bleeding was seen.',
];

/** Why halves cannot be tested on the GPU that the tests have; SwiftShader has none. */
async function missingOnGpu(): Promise<string | undefined> {
  if (gpuMissing !== undefined) return gpuMissing;
  const { name, hasFloat16 } = await probeGpu();
  return hasFloat16 ? undefined : `${name} has no shader-f16`;
}

interface HalfCase {
  readonly name: string;
  readonly missing: string | undefined;
  readonly open: () => Device;
}

async function onGpu(): Promise<HalfCase> {
  const missing = await missingOnGpu();
  const name = `a GPU${missing === undefined ? '' : ` (skipped: ${missing})`}`;
  return { name, missing, open: () => new WebGpuDevice({ precision: 'float16' }) };
}

const DEVICES: readonly HalfCase[] = [
  ...(isWanted('cpu')
    ? [{ name: 'the lowering, on the processor', missing: undefined, open: () => new HalfDevice() }]
    : []),
  ...(isWanted('webgpu') ? [await onGpu()] : []),
];

describe.each(DEVICES)('float16: $name', ({ missing, open }) => {
  describe.skipIf(missing !== undefined)('beside float32', () => {
    let half: Device;
    let single: Device;
    beforeAll(() => {
      half = open();
      single = new CpuDevice({ threads: 2 });
    });
    afterAll(async () => {
      await half.close();
      await single.close();
    });

    test('a classifier’s logits differ by less than 1% of the largest', async () => {
      const reference = await readReference('bert');
      const config = parseModelConfig(reference.config, 'config.json');
      if (config.model_type !== 'bert') throw new Error('not a BERT');
      const graph = bertClassifierScoring(config, LABELS);
      const parameters = await parametersOf(half, graph, reference, false);
      const program = await half.createProgram(graph, parameters);
      const { logits, probabilities } = await program.run(encoderReferenceFeeds(reference, 'batch'));
      await program.dispose();
      await parameters.dispose();
      const expected = reference.tensor('logits').data;
      expect(largestDifference(logits!.data, expected)).toBeLessThan(0.01 * largest(expected));
      const { shape, data } = probabilities!;
      const sums = Array.from({ length: shape[0]! }, (_, row) =>
        Array.from(data.subarray(row * LABELS, (row + 1) * LABELS)).reduce((sum, value) => sum + value, 0),
      );
      // The softmax is float32's.
      for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    });

    test('the perplexity of the model that ships differs by less than 1%', async () => {
      const options = { batchSize: 2, monitor: new Monitor() };
      const expected = await perplexities(single, GPT2, TEXTS, options);
      const scored = await perplexities(half, GPT2, TEXTS, options);
      scored.forEach(({ tokens, negativeLogLikelihood }, index) => {
        const difference = negativeLogLikelihood - expected[index]!.negativeLogLikelihood;
        expect(Math.abs(difference) / (tokens - 1)).toBeLessThan(Math.log(1.01));
      });
    });

    test('of the sentences that the model writes, most are float32’s to the letter', async () => {
      const COUNT = 24;
      const write = async (device: Device): Promise<string[]> => {
        const texts: string[] = [];
        const sentences = sampleTexts(device, GPT2, {
          ...{ count: COUNT, seed: 1, prompts: [''], temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1 },
          ...{ maxWords: 12, maxTokens: 24, batchSize: 8, monitor: new Monitor() },
        });
        for await (const { text } of sentences) texts.push(text);
        return texts;
      };
      const [written, expected] = [await write(half), await write(single)];
      const same = written.filter((text, index) => text === expected[index]).length;
      expect(same).toBeGreaterThanOrEqual(COUNT * 0.75);
    });
  });
});

test.runIf(isWanted('cpu'))('a device without it says so in one line, and auto does without', async () => {
  const request = { threads: 1, device: 'cpu' } as const;
  await expect(openDevice({ ...request, precision: 'float16' }, new Monitor())).rejects.toThrow(
    '--precision: the processor does not compute in float16 (leave it out for float32, or choose auto: float16 where the device has it)',
  );
  const device = await openDevice({ ...request, precision: 'auto' }, new Monitor());
  expect(device.precision).toBe('float32');
  await device.close();
});
