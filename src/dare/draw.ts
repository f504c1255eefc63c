/**
 * A member's draw from the pools: Dsynth'_k with |Dsynth'_kc| = r·|D_c| for each relation c (Algorithm 1, step 2).
 */
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';

export interface RelationPool {
  readonly relation: string;
  /** Accepted sentences, masked. */
  readonly sentences: readonly string[];
  /** |D_c|. */
  readonly goldCount: number;
}

export interface Draw {
  readonly sentences: readonly { readonly text: string; readonly relation: string }[];
  /** Relations whose pool held fewer than asked for, and was drawn from with replacement. */
  readonly replaced: readonly string[];
}

/** How many sentences of a relation each member is given. */
export const drawSize = (goldCount: number, ratio: number): number => Math.round(goldCount * ratio);

/** Draws for one member; each relation has a stream of its own. */
export function drawSynthetic(
  pools: readonly RelationPool[],
  ratio: number,
  seed: number,
  path: readonly StreamName[],
): Draw {
  const sentences: { text: string; relation: string }[] = [];
  const replaced: string[] = [];
  for (const { relation, sentences: pool, goldCount } of pools) {
    const wanted = drawSize(goldCount, ratio);
    const stream = RandomStream.named(seed, ...path, 'draw', relation);
    const isShort = wanted > pool.length;
    if (isShort && pool.length > 0) replaced.push(relation);
    const drawn =
      pool.length === 0 ? [] : isShort ? stream.sampleWithReplacement(pool, wanted) : stream.sample(pool, wanted);
    sentences.push(...drawn.map((text) => ({ text, relation })));
  }
  return { sentences, replaced };
}
