/**
 * Filling a pool: sentences are sampled and filtered until enough are accepted, or a budget of attempts is spent.
 *
 * Sentences are judged in the order of their numbers, whatever the order in which they were finished, since whether one is a duplicate depends
 * on those before it. Each is written into a journal at once; a sampling that was stopped goes on behind the last one.
 */
import type { StreamName } from '../foundation/random.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { SentenceFilter, Verdict } from './sentence-filters.ts';
import type { JournalEntry, SentenceJournal } from './sentence-journal.ts';
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

/** @param journal of an earlier try, or a new one. */
export async function fillPool(
  sampler: SentenceSampler,
  filter: SentenceFilter,
  { stage, wanted, maxAttempts, seed, stream }: PoolRequest,
  journal: SentenceJournal,
  monitor: Monitor,
): Promise<PoolResult> {
  const sentences: JudgedSentence[] = [];
  let accepted = 0;
  let tokens = 0;
  const take = ({ index, text, tokens: count }: JournalEntry): void => {
    const verdict = filter.judge(text);
    sentences.push({ index, text, verdict });
    tokens += count;
    if (verdict === 'accepted') accepted++;
  };
  const isFull = () => accepted >= wanted || sentences.length >= maxAttempts;

  for (const entry of journal.entries) if (!isFull()) take(entry);
  const before = { sentences: sentences.length, tokens };
  if (before.sentences > 0) monitor.note(`${stage}: going on from sentence ${before.sentences}`);
  const start = performance.now();
  if (!isFull()) {
    for await (const sentence of sampler.sample(before.sentences, seed, ...stream)) {
      journal.append(sentence);
      take(sentence);
      const seconds = (performance.now() - start) / 1000;
      const figures = {
        attempts: sentences.length,
        'sentences/s': (sentences.length - before.sentences) / seconds,
        'tokens/s': (tokens - before.tokens) / seconds,
      };
      monitor.report({ kind: 'step', stage, done: accepted, total: wanted, figures });
      monitor.checkpoint();
      if (isFull()) break;
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
