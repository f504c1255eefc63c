/**
 * Does a synthetic sentence say what it was written for? Classifiers that learned from gold alone are asked.
 *
 * Cross-fitted: of K classifiers each learned from all training documents but those of its fold. A generator writes near what it read; so a sentence is judged
 * by the classifier whose held-out fold holds the nearest of the gold sentences that its generator learned from, which that classifier has not seen.
 * One that saw it would find the sentence to be what it learned by heart.
 */
import { foldsByDocument } from '../corpus/splits.ts';
import type { BatchFilter, Opinion } from '../generation/filters/filter.ts';
import { NearestGold } from '../generation/quality/nearest-gold.ts';
import { learnedFrom } from './learned-from.ts';
import type { Learned } from './learned-from.ts';
import type { MaskedExample, PreparedCorpus } from './prepared-corpus.ts';

/** The training examples by fold: fold k is held out from classifier k. */
export function judgeFolds(train: readonly MaskedExample[], folds: number, seed: number): MaskedExample[][] {
  return foldsByDocument(train, folds, seed);
}

export interface ConsistencyRules {
  /** A sentence put into another class is dropped, or it is kept and what the classifier says is learned. */
  readonly mode: 'drop' | 'soft';
  /** The probability of another class from which on the classifier is confident. */
  readonly threshold: number;
  /** What the generator learned from. */
  readonly learned: Learned;
  /** Folds, and classifiers. */
  readonly judges: number;
  readonly seed: number;
}

/** Probabilities of the classes (L in its order, then null) that classifier `judge` gives to each text. */
export type AskJudge = (judge: number, texts: readonly string[]) => Promise<readonly Float32Array[]>;

export class LabelConsistency implements BatchFilter {
  readonly reasons = ['inconsistent-label'] as const;
  readonly #own: number;
  readonly #classes: readonly string[];
  readonly #rules: ConsistencyRules;
  readonly #ask: AskJudge;
  readonly #nearest: NearestGold;
  /** The fold of each sentence that the generator learned from. */
  readonly #folds: readonly number[];

  /** @param relation that the sentences were written for. */
  constructor(corpus: PreparedCorpus, relation: string, rules: ConsistencyRules, ask: AskJudge) {
    this.#classes = [...corpus.relations, 'null'];
    this.#own = corpus.relations.indexOf(relation);
    this.#rules = rules;
    this.#ask = ask;
    const foldOf = new Map(
      judgeFolds(corpus.train, rules.judges, rules.seed).flatMap((fold, place) =>
        fold.map((example): [MaskedExample, number] => [example, place]),
      ),
    );
    const learned = learnedFrom(corpus, relation, rules.learned);
    this.#nearest = new NearestGold(learned.map(({ text }) => text));
    this.#folds = learned.map((example) => foldOf.get(example)!);
  }

  async opinions(texts: readonly string[]): Promise<Opinion[]> {
    const judges = texts.map((text) => this.judgeOf(text));
    const opinions = new Array<Opinion>(texts.length);
    for (let judge = 0; judge < this.#rules.judges; judge++) {
      const places = judges.flatMap((each, place) => (each === judge ? place : []));
      if (places.length === 0) continue;
      const rows = await this.#ask(
        judge,
        places.map((place) => texts[place]!),
      );
      places.forEach((place, index) => (opinions[place] = this.#opinionOf([...rows[index]!])));
    }
    return opinions;
  }

  /** Who judges a sentence: the first classifier where no gold sentence has a word in common with it. */
  judgeOf(text: string): number {
    const nearest = this.#nearest.nearest(text);
    return nearest ? this.#folds[nearest.index]! : 0;
  }

  #opinionOf(probabilities: readonly number[]): Opinion {
    if (this.#rules.mode === 'soft') return { target: probabilities };
    const best = probabilities.reduce((most, value, place) => (value > probabilities[most]! ? place : most), 0);
    const value = probabilities[best]!;
    if (best === this.#own || value < this.#rules.threshold) return {};
    return { objection: { reason: 'inconsistent-label', value, match: this.#classes[best]! } };
  }
}
