/**
 * dare on a GPU through WebGPU, beside PyTorch in bfloat16 on the same card: steps of large models, decoding, what share of the card's peak is reached,
 * and where the rest stays.
 *
 *   npm run bench -- --only gpu --python PYTHON --gpt2-vocabulary GPT2_VOCABULARY
 *
 * PYTHON's PyTorch has CUDA. `--size tiny --peer-device cpu --out FOLDER` tries it where there is no such card, on small models: for a test, not for a figure.
 */
import { z } from 'zod';
import { PRECISIONS } from '../src/graph/onnx/precision.ts';
import { describeGpu, probeGpu } from '../src/runtime/webgpu/probe.ts';
import { measureGpuProfile, gpuProfileSchema } from './gpu-profile.ts';
import { dare } from './measure.ts';
import type { Measure } from './measure.ts';
import { operationsPerToken } from './operations.ts';
import { surroundingsSchema } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';

const stepRowSchema = z.object({
  seconds: z.number(),
  /** Floating-point operations that the model asks for in a step. */
  operations: z.number(),
  /** Peak bytes on the card, where it can be asked. */
  gpuBytes: z.number().optional(),
  /** What dare estimated before the first step. */
  estimatedBytes: z.number().optional(),
});
const speedsSchema = z.record(z.string(), z.number());

export const gpuSchema = surroundingsSchema.extend({
  /** As dare names it. */
  card: z.string(),
  /** TFLOP/s of large products, by who computes them and in what precision. */
  peaks: z.record(z.string(), z.number()),
  models: z.record(
    z.string(),
    z.object({ batch: z.int(), length: z.int(), rows: z.record(z.string(), stepRowSchema), profile: gpuProfileSchema }),
  ),
  /** Tokens a second by who and by batch size, in sentences of so many tokens. */
  sampling: z.object({ newTokens: z.int(), speeds: z.record(z.string(), speedsSchema) }),
});
export type GpuSpeed = z.infer<typeof gpuSchema>;

interface TimedModel {
  readonly flags: readonly string[];
  readonly layers: number;
  readonly hiddenSize: number;
  /** Words of the vocabulary that are chosen among at each position. */
  readonly choices: number;
}

interface Size {
  readonly models: Readonly<Record<string, TimedModel>>;
  readonly batch: number;
  readonly length: number;
  readonly steps: readonly string[];
  readonly sampling: { readonly batches: string; readonly newTokens: string; readonly peer: readonly string[] };
  readonly products: { readonly own: readonly string[]; readonly peer: readonly string[] };
}

const SIZES: Readonly<Record<'full' | 'tiny', Size>> = {
  full: {
    models: {
      'BERT-large': { flags: ['bert-large'], layers: 24, hiddenSize: 1024, choices: 0 },
      'GPT-2-large': {
        flags: ['gpt2', '--layers', '36', '--hidden', '1280', '--heads', '20'],
        ...{ layers: 36, hiddenSize: 1280, choices: 50257 },
      },
    },
    batch: 32,
    length: 128,
    steps: ['--steps', '6', '--warmup', '3'],
    sampling: { batches: '1,8,32,128,512', newTokens: '64', peer: [] },
    products: { own: ['--size', '8192', '--chain', '4'], peer: ['--size', '8192'] },
  },
  tiny: {
    models: {
      'BERT, 2 layers': { flags: ['bert-tiny'], layers: 2, hiddenSize: 128, choices: 0 },
      'GPT-2, 1 layer': {
        flags: ['gpt2', '--layers', '1', '--hidden', '64', '--heads', '1', '--vocabulary', '500'],
        ...{ layers: 1, hiddenSize: 64, choices: 500 },
      },
    },
    batch: 2,
    length: 16,
    steps: ['--steps', '1', '--warmup', '1'],
    sampling: { batches: '1,2', newTokens: '4', peer: ['--tiny'] },
    products: { own: ['--size', '64', '--chain', '2', '--repeats', '1'], peer: ['--size', '64'] },
  },
};
export const GPU_SIZES = Object.keys(SIZES) as (keyof typeof SIZES)[];

export const OWN_STEP = 'dare, float32';
const PEER_STEPS: Readonly<Record<string, readonly string[]>> = {
  'PyTorch, bfloat16': ['--dtype', 'bfloat16', '--mode', 'sdpa'],
  'PyTorch, bfloat16, compiled': ['--dtype', 'bfloat16', '--mode', 'compiled'],
  'PyTorch, float32': ['--mode', 'sdpa'],
};

const timedSchema = z.looseObject({
  stepSeconds: z.object({ median: z.number() }),
  estimatedBytes: z.number().optional(),
  peakGpuBytes: z.number().optional(),
});
const generatedSchema = z.looseObject({
  batches: z.array(z.looseObject({ batch: z.number(), tokensPerSecond: z.number() })),
});
const productsSchema = z.looseObject({ teraflops: z.number() });

/** @param peerDevice where PyTorch computes. */
export async function measureGpu(
  peer: Measure,
  { vocabulary, size, peerDevice }: { vocabulary: string; size: keyof typeof SIZES; peerDevice: string },
): Promise<Omit<GpuSpeed, keyof Surroundings>> {
  const { models, batch, length, steps, sampling, products } = SIZES[size];
  const onGpu = ['--device', 'webgpu'];
  const onPeer = ['--device', peerDevice];
  const found = await probeGpu();
  const precisions = found.hasFloat16 ? PRECISIONS : (['float32'] as const);

  const rate = (outcome: unknown) => productsSchema.parse(outcome).teraflops;
  const peaks: Record<string, number> = {};
  for (const precision of precisions)
    peaks[`dare, ${precision}`] = rate(dare('products', ...onGpu, '--precision', precision, ...products.own));
  for (const dtype of ['bfloat16', 'float32'])
    peaks[`PyTorch, ${dtype}`] = rate(peer('products', ...onPeer, '--dtype', dtype, ...products.peer));

  const shape = ['--batch', String(batch), '--length', String(length)];
  const timed = Object.entries(models).map(([name, { flags, layers, ...model }]) => {
    const [kind, ...changes] = flags as [string, ...string[]];
    const tokens = batch * length;
    const operations = tokens * operationsPerToken({ layers, length, ...model });
    // dare computes a classifier's last layer at the one position that is read, but for its keys and values (2 of its 12 products).
    const own = model.choices > 0 ? operations : (operations * (layers - 1 + 2 / 12)) / layers;
    const row = (outcome: unknown, asked: number): z.infer<typeof stepRowSchema> => {
      const { stepSeconds, estimatedBytes, peakGpuBytes } = timedSchema.parse(outcome);
      return {
        seconds: stepSeconds.median,
        operations: asked,
        ...(peakGpuBytes !== undefined && { gpuBytes: peakGpuBytes }),
        ...(estimatedBytes !== undefined && { estimatedBytes }),
      };
    };
    const rows = {
      [OWN_STEP]: row(dare('train-step', ...flags, ...onGpu, ...shape, ...steps), own),
      ...Object.fromEntries(
        Object.entries(PEER_STEPS).map(([by, how]) => [
          by,
          row(
            peer(
              'train_step',
              '--model',
              kind,
              ...changes,
              ...onPeer,
              ...shape,
              ...steps,
              ...how,
              '--optimizer',
              'fused',
            ),
            operations,
          ),
        ]),
      ),
    };
    const profile = measureGpuProfile([...flags, ...onGpu, ...shape]);
    return [name, { batch, length, rows, profile }] as const;
  });

  const tokens = ['--batch', sampling.batches, '--new-tokens', sampling.newTokens];
  const speeds = (outcome: unknown) =>
    Object.fromEntries(generatedSchema.parse(outcome).batches.map((each) => [each.batch, each.tokensPerSecond]));
  const samplers: GpuSpeed['sampling']['speeds'] = {};
  for (const precision of precisions)
    samplers[`dare, ${precision}`] = speeds(
      dare('generate', ...onGpu, '--precision', precision, '--vocabulary', vocabulary, ...tokens),
    );
  for (const [by, cache] of [
    ['generate, bfloat16, growing cache', 'dynamic'],
    ['generate, bfloat16, compiled, static cache', 'compiled'],
  ] as const)
    samplers[by] = speeds(
      peer(
        ...(['generate', ...onPeer, '--dtype', 'bfloat16', '--cache', cache] as const),
        ...[...tokens, '--repeats', '2', '--warmup', '1', ...sampling.peer],
      ),
    );
  return {
    card: describeGpu(found),
    peaks,
    models: Object.fromEntries(timed),
    sampling: { newTokens: Number(sampling.newTokens), speeds: samplers },
  };
}
