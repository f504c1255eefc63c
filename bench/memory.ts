/** Memory: a step of a large model beside PyTorch, and whether a long training grows. */
import { z } from 'zod';
import { dare } from './measure.ts';
import type { Measure } from './measure.ts';
import { surroundingsSchema } from './surroundings.ts';

export const largeSchema = surroundingsSchema.extend({
  ways: z.record(
    z.string(),
    z.object({
      seconds: z.number(),
      peakRssBytes: z.number(),
      /** What dare estimated before the first step. */
      estimatedBytes: z.number().optional(),
    }),
  ),
});
export const longRunSchema = surroundingsSchema.extend({
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
export type Large = z.infer<typeof largeSchema>;
export type LongRun = z.infer<typeof longRunSchema>;

const outcomeSchema = z.looseObject({
  stepSeconds: z.object({ median: z.number() }),
  peakRssBytes: z.number(),
  estimatedBytes: z.number().optional(),
});

/** GPT-2-large as the paper fine-tunes its generator: 4 × 128 tokens, two batches an update. */
const LARGE = ['gpt2', '--layers', '36', '--hidden', '1280', '--heads', '20', '--batch', '4', '--length', '128'];
const STEPS = ['--accumulation', '2', '--steps', '1', '--warmup', '1'];
const WAYS: readonly (readonly [string, readonly string[]])[] = [
  ['all weights', []],
  ['all weights, gradient checkpointing', ['--checkpointing']],
  ['LoRA, rank 8', ['--lora-rank', '8']],
];

export function measureLarge(peer: Measure): Large['ways'] {
  const row = (outcome: unknown) => {
    const { stepSeconds, peakRssBytes, estimatedBytes } = outcomeSchema.parse(outcome);
    return { seconds: stepSeconds.median, peakRssBytes, ...(estimatedBytes !== undefined && { estimatedBytes }) };
  };
  return Object.fromEntries(
    WAYS.flatMap(([way, flags]) => [
      [`${way}: dare`, row(dare('train-step', ...LARGE, ...STEPS, ...flags))],
      [
        `${way}: PyTorch`,
        row(peer('train_step', '--model', ...LARGE, ...STEPS, ...flags, '--mode', 'sdpa', '--optimizer', 'fused')),
      ],
    ]),
  );
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

export function largeRows({ ways }: Large): { head: string[]; rows: string[][] } {
  const rows = Object.entries(ways).map(([name, { seconds, peakRssBytes, estimatedBytes }]) => {
    const [way, by] = name.split(': ') as [string, string];
    const own = ways[`${way}: dare`]!;
    return [
      way,
      by,
      `${seconds.toFixed(1)} s`,
      (seconds / own.seconds).toFixed(2),
      gigabytes(peakRssBytes),
      (peakRssBytes / own.peakRssBytes).toFixed(2),
      estimatedBytes === undefined ? '' : gigabytes(estimatedBytes),
    ];
  });
  const figures = ['step', 'time, dare = 1', 'peak memory', 'memory, dare = 1', 'estimated before the first step'];
  return { head: ['what is trained', 'by', ...figures], rows };
}

/** Head and rows of the table. */
export function longRunRows({ works }: LongRun): { head: string[]; rows: string[][] } {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const rows = Object.entries(works).map(([name, { steps, early, earlyBytes, lateBytes, ratio }]) => [
    name,
    `${megabytes(earlyBytes)} after ${early}`,
    `${megabytes(lateBytes)} after ${steps.toLocaleString('en')}`,
    ratio.toFixed(3),
  ]);
  return { head: ['work', 'resident memory, steps', 'resident memory, steps', 'ratio'], rows };
}
