/** Memory: a step of a large model beside PyTorch, and whether a long training grows. */
import { z } from 'zod';
import { dare } from './measure.ts';
import type { Measure } from './measure.ts';
import { surroundingsSchema } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';

/** By model: one may be measured without the other. */
export const largeSchema = z.record(
  z.string(),
  surroundingsSchema.extend({
    ways: z.record(
      z.string(),
      z.object({
        seconds: z.number(),
        peakRssBytes: z.number(),
        /** What dare estimated before the first step. */
        estimatedBytes: z.number().optional(),
      }),
    ),
  }),
);
/** What long-run.ts prints. */
export const longRunOutcomeSchema = z.object({
  /** `the processor`, or a GPU's name. */
  device: z.string(),
  /** Their layers and width. */
  models: z.string(),
  works: z.record(
    z.string(),
    z.object({
      steps: z.number(),
      early: z.number(),
      earlyBytes: z.number(),
      lateBytes: z.number(),
      ratio: z.number(),
    }),
  ),
});
/** By device. */
export const longRunSchema = z.record(
  z.string(),
  longRunOutcomeSchema.omit({ device: true }).extend(surroundingsSchema.shape),
);
export type Large = z.infer<typeof largeSchema>;
export type LongRun = z.infer<typeof longRunSchema>;

const outcomeSchema = z.looseObject({
  stepSeconds: z.object({ each: z.array(z.number()).nonempty() }),
  peakRssBytes: z.number(),
  estimatedBytes: z.number().optional(),
});

/** GPT-2-large as the paper fine-tunes its generator: 4 × 128 tokens, two batches an update. */
const GPT2_LARGE = [
  'gpt2',
  '--layers',
  '36',
  '--hidden',
  '1280',
  '--heads',
  '20',
  '--batch',
  '4',
  '--accumulation',
  '2',
];
/** BERT-large as a classifier. */
const BERT_LARGE = ['bert-large', '--batch', '8', '--accumulation', '1'];
/** Two steps are timed, after one that warms up; the slower one counts. */
const STEPS = ['--length', '128', '--steps', '2', '--warmup', '1'];
/** Both with scaled_dot_product_attention. */
const LARGE_PEERS = { PyTorch: 'sdpa', 'PyTorch compiled': 'compiled' };
const CHECKPOINTING = 'all weights, gradient checkpointing';
const WAYS: Record<string, Record<string, readonly string[]>> = {
  'GPT-2-large': {
    'all weights': GPT2_LARGE,
    [CHECKPOINTING]: [...GPT2_LARGE, '--checkpointing'],
    'LoRA, rank 8': [...GPT2_LARGE, '--lora-rank', '8'],
  },
  'BERT-large': { 'all weights': BERT_LARGE, [CHECKPOINTING]: [...BERT_LARGE, '--checkpointing'] },
};

/** @param only models whose names begin so; the others keep their figures. */
export function measureLarge(peer: Measure, only: string, where: Surroundings, previous: Large = {}): Large {
  const row = (outcome: unknown) => {
    const { stepSeconds, peakRssBytes, estimatedBytes } = outcomeSchema.parse(outcome);
    return {
      seconds: Math.max(...stepSeconds.each),
      peakRssBytes,
      ...(estimatedBytes !== undefined && { estimatedBytes }),
    };
  };
  const measured = Object.entries(WAYS).filter(([model]) => model.startsWith(only));
  const results = measured.map(([model, ways]) => {
    const rows = Object.entries(ways).flatMap(([way, flags]) => [
      [`${way}: dare`, row(dare('train-step', ...flags, ...STEPS))] as const,
      ...Object.entries(LARGE_PEERS).map(
        ([name, mode]) =>
          [
            `${way}: ${name}`,
            row(peer('train_step', '--model', ...flags, ...STEPS, '--mode', mode, '--optimizer', 'fused')),
          ] as const,
      ),
    ]);
    return [model, { ...where, ways: Object.fromEntries(rows) }] as const;
  });
  return { ...previous, ...Object.fromEntries(results) };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

export function largeRows(large: Large): { head: string[]; rows: string[][] } {
  const rows = Object.entries(large).flatMap(([model, { ways }]) =>
    Object.entries(ways).map(([name, { seconds, peakRssBytes, estimatedBytes }]) => {
      const [way, by] = name.split(': ') as [string, string];
      const own = ways[`${way}: dare`]!;
      return [
        `${model}, ${way}`,
        by,
        `${seconds.toFixed(1)} s`,
        (seconds / own.seconds).toFixed(2),
        gigabytes(peakRssBytes),
        (peakRssBytes / own.peakRssBytes).toFixed(2),
        estimatedBytes === undefined ? '' : gigabytes(estimatedBytes),
      ];
    }),
  );
  const figures = ['step', 'time, dare = 1', 'peak memory', 'memory, dare = 1', 'estimated before the first step'];
  return { head: ['what is trained', 'by', ...figures], rows };
}

/** Looks at the memory of long work on a device, beside what is known of others. @param flags of long-run.ts. */
export function measureLongRun(flags: readonly string[], where: Surroundings, previous: LongRun = {}): LongRun {
  const { device, ...outcome } = longRunOutcomeSchema.parse(dare('long-run', '--limit', 'Infinity', ...flags));
  return { ...previous, [device]: { ...where, ...outcome } };
}

/** Head and rows of the table. */
export function longRunRows(longRun: LongRun): { head: string[]; rows: string[][] } {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const rows = Object.entries(longRun).flatMap(([device, { models, works }]) =>
    Object.entries(works).map(([name, { steps, early, earlyBytes, lateBytes, ratio }]) => [
      name,
      device,
      models,
      `${megabytes(earlyBytes)} after ${early.toLocaleString('en')}`,
      `${megabytes(lateBytes)} after ${steps.toLocaleString('en')}`,
      ratio.toFixed(3),
    ]),
  );
  return { head: ['work', 'on', 'models', 'memory early on, steps', 'memory in the end, steps', 'ratio'], rows };
}
