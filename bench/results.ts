/** What docs/benchmarks.json holds: the figures behind docs/benchmarks.md, each with what it was measured on. */
import { z } from 'zod';
import { corpusSpeedSchema } from './corpus-speed.ts';
import { gpuSchema } from './gpu.ts';
import { largeSchema, longRunSchema } from './memory.ts';
import { poolsSchema } from './pools.ts';
import { surroundingsSchema } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import { workersSchema } from './workers.ts';

export const rowSchema = z.object({
  seconds: z.number(),
  spread: z.tuple([z.number(), z.number()]),
  peakRssBytes: z.number(),
});
const epochRowSchema = z.object({
  seconds: z.number(),
  tokens: z.number(),
  paddedTokens: z.number(),
  peakRssBytes: z.number(),
});
/** Milliseconds of one forward and backward pass, by operator, and what the products reach. */
const profileSchema = z.object({
  milliseconds: z.number(),
  operators: z.record(z.string(), z.number()),
  gigaflops: z.number(),
});
export const resultsSchema = z.object({
  /** By machine; by model, then by who. */
  steps: z
    .array(
      surroundingsSchema.extend({
        models: z.record(z.string(), z.record(z.string(), rowSchema)),
        /** What was done otherwise than in the other entries. */
        remark: z.string().optional(),
      }),
    )
    .optional(),
  profiles: surroundingsSchema.extend({ models: z.record(z.string(), profileSchema) }).optional(),
  /** Tokens a second by who and by batch size. */
  sampling: surroundingsSchema
    .extend({
      peers: z.record(
        z.string(),
        z.object({ tokensPerSecond: z.record(z.string(), z.number()), peakRssBytes: z.number() }),
      ),
    })
    .optional(),
  /** By machine. */
  epoch: z
    .array(
      surroundingsSchema.extend({
        examples: z.number(),
        every: z.number(),
        peers: z.record(z.string(), epochRowSchema),
      }),
    )
    .optional(),
  large: largeSchema.optional(),
  pools: poolsSchema.optional(),
  longRun: longRunSchema.optional(),
  corpus: corpusSpeedSchema.optional(),
  workers: workersSchema.optional(),
  gpu: gpuSchema.optional(),
});
export type Results = z.infer<typeof resultsSchema>;
/** One measurement of a table, of which there may be several, each of another machine. */
export type Entry<Name extends keyof Results> =
  NonNullable<Results[Name]> extends readonly (infer Each)[] ? Each : NonNullable<Results[Name]>;
/** What is measured of a table; when and on what is added to it. */
export type Measured<Name extends keyof Results> = Omit<Entry<Name>, keyof Surroundings>;

/** The measurements of a table with a new one, which takes the place of an earlier one of the same machine. */
export const renewed = <Each extends Surroundings>(earlier: readonly Each[] | undefined, now: Each): Each[] => {
  const all = earlier ?? [];
  const isKnown = all.some(({ machine }) => machine === now.machine);
  return isKnown ? all.map((each) => (each.machine === now.machine ? now : each)) : [...all, now];
};
