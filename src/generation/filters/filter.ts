/**
 * What a filter is: something that says of a synthetic sentence whether, and why, it is no training data.
 *
 * Filters read the masked text with typed placeholders, as the generator wrote it. They are asked in one order; the first that objects gives the
 * reason, and the sentence is kept beside it for inspection. A `SentenceFilter` answers at once and knows the sentences accepted before; a
 * `BatchFilter` asks a model, for many sentences at a time.
 */

/** Why a sentence is dropped, in the order in which filters are asked. */
export const REASONS = [
  'missing-mask',
  'foreign-mask',
  'repeated-mask',
  'too-short',
  'duplicate-of-gold',
  'duplicate-of-generated',
  'near-duplicate-of-gold',
  'near-duplicate-of-generated',
  'copied-from-gold',
  'copied-from-test',
  'copied-from-validation',
  'inconsistent-label',
  'unusual-perplexity',
  'rejected-by-person',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Objection {
  readonly reason: Reason;
  /** The figure that the filter compared with its limit. */
  readonly value?: number;
  /** The sentence that this one resembles, or the class that it was taken for. */
  readonly match?: string;
}

export interface SentenceFilter {
  /** All reasons that it gives. */
  readonly reasons: readonly Reason[];
  /**
   * Whether people may overrule it: what it says is a likelihood. The others say what no training data may be (a sentence without its entities, a
   * copy of a test sentence).
   */
  readonly overrulable: boolean;
  /** Asking changes nothing. */
  objection(text: string): Objection | undefined;
  /** Told of every sentence to which no filter objected. */
  remember?(text: string): void;
}

/** What a filter that asks a model says of one sentence. */
export interface Opinion {
  readonly objection?: Objection;
  /** What a classifier is to learn of it in place of its relation: the probability of each class, L in its order, then null. */
  readonly target?: readonly number[];
}

export interface BatchFilter {
  readonly reasons: readonly Reason[];
  /** @returns an opinion for each text, in their order. */
  opinions(texts: readonly string[]): Promise<Opinion[]>;
}

export type Verdict = 'accepted' | Reason;

/** A sentence with the filters' word on it, as pools keep it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly value?: number;
  readonly match?: string;
}

export const ACCEPTED: Judgement = { verdict: 'accepted' };

export function judgementOf(objection: Objection | undefined): Judgement {
  if (!objection) return ACCEPTED;
  const { reason, ...evidence } = objection;
  return { verdict: reason, ...evidence };
}

/** Filters asked one after the other. */
export class FilterChain {
  readonly reasons: readonly Reason[];
  readonly #filters: readonly SentenceFilter[];

  constructor(filters: readonly SentenceFilter[]) {
    this.#filters = filters;
    this.reasons = filters.flatMap(({ reasons }) => reasons);
  }

  /** The judgement on a sentence, which counts as written from now on unless there is an objection. */
  judge(text: string): Judgement {
    for (const filter of this.#filters) {
      const objection = filter.objection(text);
      if (objection) return judgementOf(objection);
    }
    for (const filter of this.#filters) filter.remember?.(text);
    return ACCEPTED;
  }
}

/** How many sentences have each verdict; verdicts that filters could have given and did not are 0. */
export function countVerdicts(
  judged: readonly { readonly verdict: Verdict }[],
  reasons: readonly Reason[],
): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = Object.fromEntries(
    ['accepted', ...reasons].map((name) => [name, 0]),
  );
  for (const { verdict } of judged) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
