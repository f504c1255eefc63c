/**
 * The corpus as the method uses it: masked sentences with their labels, in training, validation and test data.
 *
 * Validation data chooses epochs and thresholds and is never the data reported on. Where the corpus has no test split, its development data
 * stands in, and validation comes out of the training documents; where it has neither, test data is taken out of the training documents too.
 */
import { z } from 'zod';
import { readCorpus } from '../corpus/corpus.ts';
import type { Corpus } from '../corpus/corpus.ts';
import type { Example } from '../corpus/example.ts';
import { describeWarning } from '../corpus/readers/warnings.ts';
import { maskExample, typedPlaceholders } from '../corpus/masking.ts';
import type { Placeholders } from '../corpus/masking.ts';
import { splitByDocument, subsamplePositives, takeValidation } from '../corpus/splits.ts';
import { UserError } from '../foundation/errors.ts';
import { readAllJsonLines, writeJsonLines } from '../foundation/json-lines.ts';
import { readJson, writeJson } from '../foundation/files.ts';
import type { Monitor } from '../foundation/progress.ts';
import { join } from 'node:path';

const maskedExampleSchema = z.object({
  id: z.string(),
  document: z.string(),
  /** The sentence with typed placeholders. */
  text: z.string(),
  relation: z.string().nullable(),
});
/** A masked gold sentence. */
export type MaskedExample = z.infer<typeof maskedExampleSchema>;

const factsSchema = z.object({
  /** L, in the order of the classifier's outputs: by name. */
  relations: z.array(z.string()),
  placeholders: z.object({ head: z.string(), tail: z.string() }),
  /** Which of the corpus's splits is tested on. */
  testedOn: z.enum(['test', 'development', 'held-out training documents']),
});

export interface PreparedCorpus extends z.infer<typeof factsSchema> {
  readonly train: readonly MaskedExample[];
  readonly validation: readonly MaskedExample[];
  readonly test: readonly MaskedExample[];
}

export interface PreparationOptions {
  readonly path: string;
  readonly validationFraction: number;
  /** Keep this many positive training examples; all when null. */
  readonly positives: number | null;
  readonly seed: number;
}

/** Part of the training documents tested on when the corpus has no other data. */
const HELD_OUT = 0.2;
/** With fewer, a generator has nothing to generalise from. */
const FEWEST_EXAMPLES = 2;

/** Reads, splits and masks a corpus. @throws UserError when a relation has too few examples, or a split is empty. */
export async function prepareCorpus(options: PreparationOptions, monitor: Monitor): Promise<PreparedCorpus> {
  const corpus = await readCorpus(options.path);
  for (const warning of corpus.warnings) monitor.note(describeWarning(warning));
  const { train, validation, test, testedOn } = split(corpus, options);
  const kept = options.positives === null ? train : subsamplePositives(train, options.positives, options.seed);
  const placeholders = placeholdersOf(kept);
  const relations = [...new Set(kept.flatMap(({ relation }) => relation ?? []))].sort();
  requireEnough(kept, relations, options.path);

  let present = 0;
  const masked = (examples: readonly Example[]): MaskedExample[] =>
    examples.map((example) => {
      const { text, alreadyPresent } = maskExample(example, { placeholders });
      if (alreadyPresent.length > 0) present++;
      return { id: example.id, document: example.document, text, relation: example.relation };
    });
  const prepared = {
    relations,
    placeholders,
    testedOn,
    train: masked(kept),
    validation: masked(validation),
    test: masked(test),
  };
  if (present > 0)
    monitor.note(`${present} sentences hold ${placeholders.head} or ${placeholders.tail} as a word of their own`);
  const unknown = new Set(
    [...validation, ...test].flatMap(({ relation }) => (relation && !relations.includes(relation) ? relation : [])),
  );
  if (unknown.size > 0) {
    throw new UserError(`${[...unknown].join(', ')} is in the validation or test data but not in the training data`, {
      where: options.path,
      remedy: 'take it out, or give it training examples',
    });
  }
  return prepared;
}

function split(
  corpus: Corpus,
  { seed, validationFraction, path }: PreparationOptions,
): { train: Example[]; validation: Example[]; test: Example[]; testedOn: PreparedCorpus['testedOn'] } {
  const { train, development, test } = corpus.examples;
  if (train.length === 0)
    throw new UserError('the corpus has no training data', {
      where: path,
      remedy: 'name a file or folder with a training split',
    });
  if (test.length > 0 && development.length > 0) return { train, validation: development, test, testedOn: 'test' };
  const [rest = [], heldOut = []] =
    test.length + development.length > 0 ? [train, []] : splitByDocument(train, [1 - HELD_OUT, HELD_OUT], seed);
  const taken = takeValidation(rest, seed, validationFraction);
  const parts = {
    ...taken,
    ...(test.length > 0
      ? { test, testedOn: 'test' as const }
      : development.length > 0
        ? { test: development, testedOn: 'development' as const }
        : { test: heldOut, testedOn: 'held-out training documents' as const }),
  };
  for (const name of ['train', 'validation', 'test'] as const) {
    if (parts[name].length === 0) {
      throw new UserError(`too few documents: nothing is left for ${name} data`, {
        where: path,
        remedy: 'add documents, or give splits',
      });
    }
  }
  return parts;
}

/** The typed placeholders of the corpus's most frequent pair of entity types. */
function placeholdersOf(examples: readonly Example[]): Placeholders {
  const counts = new Map<string, { pair: Placeholders; count: number }>();
  for (const { head, tail } of examples) {
    const pair = typedPlaceholders(head.type, tail.type);
    const key = `${pair.head} ${pair.tail}`;
    counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].reduce((most, each) => (each.count > most.count ? each : most)).pair;
}

function requireEnough(train: readonly Example[], relations: readonly string[], path: string): void {
  if (relations.length === 0) {
    throw new UserError('no training example has a relation', {
      where: path,
      remedy: 'check the labels: null or an absent relation is a negative',
    });
  }
  for (const relation of relations) {
    const count = train.filter((example) => example.relation === relation).length;
    if (count < FEWEST_EXAMPLES) {
      throw new UserError(
        `the relation "${relation}" has ${count} training example, at least ${FEWEST_EXAMPLES} are needed`,
        {
          where: path,
          remedy: 'add examples or take the relation out',
        },
      );
    }
  }
}

const SPLITS = ['train', 'validation', 'test'] as const;

export async function writePreparedCorpus(folder: string, corpus: PreparedCorpus): Promise<void> {
  const { relations, placeholders, testedOn } = corpus;
  await writeJson(join(folder, 'facts.json'), { relations, placeholders, testedOn });
  for (const name of SPLITS) await writeJsonLines(join(folder, `${name}.jsonl`), corpus[name]);
}

export async function readPreparedCorpus(folder: string): Promise<PreparedCorpus> {
  const facts = await readJson(join(folder, 'facts.json'), factsSchema);
  const [train, validation, test] = await Promise.all(
    SPLITS.map((name) => readAllJsonLines(join(folder, `${name}.jsonl`), maskedExampleSchema)),
  );
  return { ...facts, train: train!, validation: validation!, test: test! };
}
