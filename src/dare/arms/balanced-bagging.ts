/**
 * Balanced bagging: each member sees another random part of the gold sentences, with all classes as frequent as the rarest (the paper's second
 * baseline: "each model on a randomly undersampled majority").
 */
import { z } from 'zod';
import { RandomStream } from '../../foundation/random.ts';
import { classCounts, defineArm, rarest } from './arm.ts';

export const balancedBagging = defineArm({
  title: 'balanced bagging',
  pools: null,
  usesRatio: () => false,
  settings: {
    cut: z
      .enum(['all', 'null-only'])
      .default('all')
      .describe('every class is cut to the rarest, or null alone to the most frequent relation'),
  },
  trainingData({ gold, relations }, { options }, { seed, path }) {
    const counts = classCounts(gold, relations);
    const least = rarest(counts);
    const keep = (relation: string | null): number =>
      options.cut === 'all' ? least : relation === null ? Math.max(...counts.slice(0, -1)) : Infinity;
    const kept = new Set(
      [...relations, null].flatMap((relation) => {
        const stream = RandomStream.named(seed, ...path, 'draw', relation ?? 'null');
        return stream.sample(
          gold.filter((example) => example.relation === relation),
          keep(relation),
        );
      }),
    );
    return { gold: gold.filter((example) => kept.has(example)), added: [] };
  },
});
