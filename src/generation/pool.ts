/**
 * Filling a pool: sentences are sampled and filtered until enough are accepted, or a budget of attempts is spent.
 *
 * Sentences are judged in the order of their numbers, whatever the order in which they were finished, since whether one is a duplicate depends
 * on those before it. Each is written into a journal at once; a sampling that was stopped goes on behind the last one.
 *
 * Filters that ask models see only what the others let pass, and see it by rounds: as many sentences as are still wanted. A model is so
 * opened once a round, and not beside all others; rounds depend on nothing but verdicts, so that they are the same however often a run was stopped.
 */
import { sha256 } from '../foundation/hash.ts';
import type { StreamName } from '../foundation/random.ts';
import type { Monitor } from '../foundation/progress.ts';
import { countVerdicts, judgementOf } from './filters/filter.ts';
import type { BatchFilter, FilterChain, Judgement, Opinion, Verdict } from './filters/filter.ts';
import type { JournalEntry, SentenceJournal } from './sentence-journal.ts';
import type { SentenceSampler } from './sentence-sampler.ts';

/** A sentence with the filters' word on it. */
export interface JudgedSentence extends Judgement {
  /** Names the sentence by its text, whatever pool it is in. */
  readonly id: string;
  /** The number under which it was sampled. */
  readonly index: number;
  readonly text: string;
  /** What classifiers are to learn of it in place of its relation (see `Opinion`). */
  readonly target?: readonly number[];
}

/** A sentence's name: 48 bits of a hash of its text. */
export const sentenceId = (text: string): string => sha256(text).slice(0, 12);

export interface PoolFilters {
  readonly text: FilterChain;
  readonly models: readonly BatchFilter[];
}

export interface PoolResult {
  readonly sentences: readonly JudgedSentence[];
  readonly accepted: number;
  readonly attempts: number;
  readonly counts: Readonly<Partial<Record<Verdict, number>>>;
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

/** Fewest sentences of a round: models are opened for no fewer. */
const SMALLEST_ROUND = 64;

/** @param journal of an earlier try, or a new one. */
export async function fillPool(
  sampler: Pick<SentenceSampler, 'sample'>,
  { text: chain, models }: PoolFilters,
  { stage, wanted, maxAttempts, seed, stream }: PoolRequest,
  journal: Pick<SentenceJournal, 'entries' | 'append'>,
  monitor: Monitor,
): Promise<PoolResult> {
  const before = journal.entries.length;
  if (before > 0) monitor.note(`${stage}: going on from sentence ${before}`);
  const start = performance.now();
  const written = sampler.sample(before, seed, ...stream);
  let sampledTokens = 0;
  const next = async (place: number): Promise<JournalEntry> => {
    if (place < before) return journal.entries[place]!;
    const { value } = (await written.next()) as { value: JournalEntry };
    journal.append(value);
    sampledTokens += value.tokens;
    return value;
  };

  let sentences: JudgedSentence[] = [];
  let accepted = 0;
  const tokens: number[] = [];
  try {
    while (accepted < wanted && sentences.length < maxAttempts) {
      const missing = wanted - accepted;
      const size = models.length > 0 ? Math.max(missing, SMALLEST_ROUND) : missing;
      const round: JudgedSentence[] = [];
      for (let passed = 0; passed < size && sentences.length + round.length < maxAttempts;) {
        const { index, text, tokens: count } = await next(tokens.length);
        const judged = { id: sentenceId(text), index, text, ...chain.judge(text) };
        round.push(judged);
        tokens.push(count);
        if (judged.verdict === 'accepted') passed++;
        if (index >= before) {
          const seconds = (performance.now() - start) / 1000;
          const figures = {
            attempts: tokens.length,
            'sentences/s': (tokens.length - before) / seconds,
            'tokens/s': sampledTokens / seconds,
          };
          monitor.report({ kind: 'step', stage, done: Math.min(wanted, accepted + passed), total: wanted, figures });
        }
        monitor.checkpoint();
      }
      sentences = [...sentences, ...(await judgedByModels(round, models))];
      accepted = sentences.filter(({ verdict }) => verdict === 'accepted').length;
    }
  } finally {
    await written.return(undefined);
  }
  sentences = upTo(sentences, wanted);
  accepted = Math.min(accepted, wanted);
  return {
    sentences,
    accepted,
    attempts: sentences.length,
    counts: countVerdicts(sentences, [...chain.reasons, ...models.flatMap(({ reasons }) => reasons)]),
    missing: wanted - accepted,
    tokens: tokens.slice(0, sentences.length).reduce((sum, count) => sum + count, 0),
    seconds: (performance.now() - start) / 1000,
  };
}

/** Sentences after the models' word on those that had passed. */
export async function judgedByModels(
  sentences: readonly JudgedSentence[],
  models: readonly BatchFilter[],
): Promise<JudgedSentence[]> {
  let judged = [...sentences];
  for (const model of models) {
    const passed = judged.flatMap(({ verdict, text }) => (verdict === 'accepted' ? text : []));
    if (passed.length === 0) break;
    const opinions = (await model.opinions(passed)).values();
    judged = judged.map((sentence) =>
      sentence.verdict === 'accepted' ? withOpinion(sentence, opinions.next().value!) : sentence,
    );
  }
  return judged;
}

function withOpinion(sentence: JudgedSentence, { objection, target }: Opinion): JudgedSentence {
  return { ...sentence, ...(objection ? judgementOf(objection) : target && { target }) };
}

/** The sentences up to the one that fills the pool. */
function upTo(sentences: readonly JudgedSentence[], wanted: number): JudgedSentence[] {
  let accepted = 0;
  const last = sentences.findIndex(({ verdict }) => verdict === 'accepted' && ++accepted === wanted);
  return last < 0 ? [...sentences] : sentences.slice(0, last + 1);
}
