/**
 * Which examples of a corpus are trained on, validated on and tested on: its own division or one made here, a fold of a cross-validation, and the limits
 * that a user sets on each part.
 */
import type { Corpus } from '../corpus/corpus.ts';
import type { Example } from '../corpus/example.ts';
import { divide, foldsByDocument, subsample, takeValidation } from '../corpus/splits.ts';
import type { Division, DivisionRules } from '../corpus/splits.ts';
import { UserError } from '../foundation/errors.ts';

/** The parts of a run's data. */
export const PARTS = ['train', 'validation', 'test'] as const;

/** What decides which examples are trained on, validated on and tested on. */
export interface DivisionOptions extends DivisionRules {
  readonly path: string;
  /** Keep at most this many examples of a part; all when null. */
  readonly trainExamples: number | null;
  readonly validationExamples: number | null;
  readonly testExamples: number | null;
  readonly seed: number;
  /** Cross-validation: which of how many folds is tested on, from 1; the corpus's own division when null. */
  readonly fold?: { readonly number: number; readonly of: number } | null;
}

/**
 * What a part is cut by. What is learned and chosen from is cut by single examples, from as many documents as there are: sentences of few documents
 * are alike, and a few long ones would decide all. Test data keeps its documents whole, which scores of documents need.
 */
const CUT_BY = { train: 'example', validation: 'example', test: 'document' } as const;

/** A corpus's examples as training, validation and test data, each part cut to its limit. @throws UserError when a part is empty. */
export function dividedCorpus(corpus: Corpus, options: DivisionOptions): Division {
  const { trainExamples, validationExamples, testExamples, seed } = options;
  const division = dividedOf(corpus, options);
  const cut = (part: (typeof PARTS)[number], most: number | null): Example[] =>
    most === null ? division[part] : subsample(division[part], most, seed, { part, by: CUT_BY[part] });
  return {
    ...division,
    train: cut('train', trainExamples),
    validation: cut('validation', validationExamples),
    test: cut('test', testExamples),
  };
}

function dividedOf(corpus: Corpus, options: DivisionOptions): Division {
  if (options.givenSplits && corpus.examples.train.length === 0) {
    throw new UserError('the corpus has no training data', {
      where: options.path,
      remedy: 'name a file or folder with a training split',
    });
  }
  const division = options.fold
    ? dividedByFold(corpus, options.fold, options)
    : divide(corpus.examples, options, options.seed);
  const empty = PARTS.find((name) => division[name].length === 0);
  if (empty === undefined) return division;
  throw new UserError(`too few documents: nothing is left for ${empty} data`, {
    where: options.path,
    remedy: 'add documents, or give splits',
  });
}

/** One fold as test data, validation out of the others. The corpus's own test data, if it counts, stays untouched. */
function dividedByFold(
  { examples: { train, development, test } }: Corpus,
  { number, of }: { number: number; of: number },
  { givenSplits, validationFraction, path, seed }: DivisionOptions,
): Division {
  if (number > of) {
    throw new UserError(`there is no fold ${number} of ${of}`, { where: 'cvFold', remedy: `give one from 1 to ${of}` });
  }
  const folds = foldsByDocument([...train, ...development, ...(givenSplits ? [] : test)], of, seed);
  if (folds.some((fold) => fold.length === 0)) {
    throw new UserError(`too few documents for ${of} folds`, { where: path, remedy: 'give fewer folds with --cv' });
  }
  const others = folds.filter((_, index) => index !== number - 1).flat();
  return {
    ...takeValidation(others, seed, validationFraction),
    test: folds[number - 1]!,
    testedOn: 'held-out training documents',
  };
}
