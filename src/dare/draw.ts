/**
 * A member's draw from the pools: Dsynth'_k with |Dsynth'_kc| = r·|D_c| for each relation c (Algorithm 1, step 2).
 */
import { deriveSeed, RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import type { TrainingSentence } from './training-sentence.ts';

/** An accepted sentence of a pool. */
export interface PoolSentence {
  /** Names it, also after a person has edited it. */
  readonly id: string;
  /** Masked, with typed placeholders. */
  readonly text: string;
  /** The probability of each class (L in its order, then null), where it is learned in place of the relation. */
  readonly target?: readonly number[] | undefined;
}

export interface RelationPool {
  readonly relation: string;
  readonly sentences: readonly PoolSentence[];
  /** |D_c|. */
  readonly goldCount: number;
}

export interface Draw {
  readonly sentences: readonly TrainingSentence[];
  /** Relations whose pool held fewer than asked for, and was drawn from with replacement. */
  readonly replaced: readonly string[];
  /** Relations whose pool held nothing. */
  readonly empty: readonly string[];
}

/** How many sentences of a relation each member is given. */
export const drawSize = (goldCount: number, ratio: number): number => Math.round(goldCount * ratio);

/**
 * Draws for one member. Every sentence has a place in the member's own order, which depends on the sentence's name alone, and the first ones are
 * drawn: a sentence that is taken out of a pool so makes room for one other, and changes nothing for members that had not drawn it.
 */
export function drawSynthetic(
  pools: readonly RelationPool[],
  ratio: number,
  seed: number,
  path: readonly StreamName[],
): Draw {
  const sentences: TrainingSentence[] = [];
  const replaced: string[] = [];
  const empty: string[] = [];
  for (const { relation, sentences: pool, goldCount } of pools) {
    const wanted = drawSize(goldCount, ratio);
    const isShort = wanted > pool.length;
    if (isShort) (pool.length > 0 ? replaced : empty).push(relation);
    const drawn = isShort
      ? withReplacement(pool, wanted, RandomStream.named(seed, ...path, 'draw', relation))
      : inOwnOrder(pool, (id) => deriveSeed(seed, ...path, 'draw', relation, id)).slice(0, wanted);
    for (const { text, target } of drawn) sentences.push({ text, relation, ...(target && { target }) });
  }
  return { sentences, replaced, empty };
}

function withReplacement(pool: readonly PoolSentence[], count: number, stream: RandomStream): PoolSentence[] {
  return pool.length === 0 ? [] : stream.sampleWithReplacement(pool, count);
}

function inOwnOrder(pool: readonly PoolSentence[], placeOf: (id: string) => number): PoolSentence[] {
  return pool
    .map((sentence) => ({ sentence, place: placeOf(sentence.id) }))
    .sort((a, b) => a.place - b.place || (a.sentence.id < b.sentence.id ? -1 : 1))
    .map(({ sentence }) => sentence);
}
