/**
 * Filling a pool: sentences are sampled and filtered until enough are accepted, or a budget of attempts is spent.
 *
 * Sentences are judged in the order of their numbers, whatever the order in which they were finished, since whether one is a duplicate depends
 * on those before it.
 */
import type { StreamName } from '../foundation/random.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { SentenceFilter, Verdict } from './sentence-filters.ts';
import type { SentenceSampler } from './sentence-sampler.ts';

/** A sampled sentence with the filter's word on it. */
export interface JudgedSentence {
  readonly index: number;
  readonly text: string;
  readonly verdict: Verdict;
}

export interface PoolResult {
  readonly sentences: readonly JudgedSentence[];
  readonly accepted: number;
  readonly attempts: number;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** How many sentences the budget left wanting. */
  readonly missing: number;
  readonly tokens: number;
  readonly seconds: number;
}

export interface PoolRequest {
  readonly stage: string;
  readonly wanted: number;
  /** Sentences sampled at most. */
  readonly maxAttempts: number;
  readonly seed: number;
  readonly stream: readonly StreamName[];
}

export async function fillPool(
  sampler: SentenceSampler,
  filter: SentenceFilter,
  { stage, wanted, maxAttempts, seed, stream }: PoolRequest,
  monitor: Monitor,
): Promise<PoolResult> {
  const sentences: JudgedSentence[] = [];
  const start = performance.now();
  let accepted = 0;
  let tokens = 0;
  if (wanted > 0) {
    for await (const { index, text, tokens: count } of sampler.sample(0, seed, ...stream)) {
      const verdict = filter.judge(text);
      sentences.push({ index, text, verdict });
      tokens += count;
      if (verdict === 'accepted') accepted++;
      const seconds = (performance.now() - start) / 1000;
      const figures = {
        attempts: sentences.length,
        'sentences/s': sentences.length / seconds,
        'tokens/s': tokens / seconds,
      };
      monitor.report({ kind: 'step', stage, done: accepted, total: wanted, figures });
      monitor.checkpoint();
      if (accepted >= wanted || sentences.length >= maxAttempts) break;
    }
  }
  return {
    sentences,
    accepted,
    attempts: sentences.length,
    counts: filter.counts,
    missing: wanted - accepted,
    tokens,
    seconds: (performance.now() - start) / 1000,
  };
}
