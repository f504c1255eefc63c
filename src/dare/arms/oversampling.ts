/**
 * Plain oversampling: gold sentences of each relation are repeated. By default as many are added as DARE adds synthetic ones, so that
 * the two differ only in whether the added sentences are new; or so many that no class is rarer than the most frequent one.
 */
import { z } from 'zod';
import { RandomStream } from '../../foundation/random.ts';
import { drawSize } from '../draw.ts';
import { classCounts, defineArm } from './arm.ts';

/** `count` items in which each stands as often as any other, give or take one, in random order. */
export function repeated<T>(items: readonly T[], count: number, stream: RandomStream): T[] {
  const drawn: T[] = [];
  while (items.length > 0 && drawn.length < count) {
    for (const item of stream.sample(items, count - drawn.length)) drawn.push(item);
  }
  return drawn;
}

export const oversampling = defineArm({
  title: 'oversampling',
  pools: null,
  usesRatio: ({ target }) => target === 'ratio',
  settings: {
    target: z
      .enum(['ratio', 'majority'])
      .default('ratio')
      .describe('as many repeated as DARE adds, or up to the most frequent class'),
  },
  trainingData({ gold, relations }, { ratio, options }, { seed, path }) {
    const counts = classCounts(gold, relations);
    const most = Math.max(...counts);
    const added = [...relations, null].flatMap((relation, place) => {
      const count = counts[place]!;
      const wanted = options.target === 'majority' ? most - count : relation === null ? 0 : drawSize(count, ratio);
      const own = gold.filter((example) => example.relation === relation);
      const stream = RandomStream.named(seed, ...path, 'draw', relation ?? 'null');
      return repeated(own, wanted, stream).map(({ text }) => ({ text, relation }));
    });
    return { gold, added };
  },
});
