/**
 * The corpus as the method uses it: masked sentences with their labels, in training, validation and test data.
 *
 * Validation data chooses epochs and thresholds and is never the data reported on. Where the corpus has no test split, its development data
 * stands in, and validation comes out of the training documents; where it has neither, test data is taken out of the training documents too.
 */
import { z } from 'zod';
import { readCorpus } from '../corpus/corpus.ts';
import type { TypePair } from '../corpus/candidates/rules.ts';
import type { Corpus } from '../corpus/corpus.ts';
import type { Example } from '../corpus/example.ts';
import type { CorpusFacts } from '../corpus/facts.ts';
import { describeWarning } from '../corpus/readers/warnings.ts';
import { describeLeak, LeakageSearch } from '../corpus/leakage/leakage.ts';
import { maskerFor } from '../corpus/masking.ts';
import { distinctPlaceholders, placeholdersByTypes } from '../corpus/placeholders.ts';
import type { MaskedTypes, Placeholders } from '../corpus/placeholders.ts';
import type { MaskRules } from '../corpus/masking.ts';
import { maskRulesOf } from '../corpus/settings.ts';
import type { CorpusSettings } from '../corpus/settings.ts';
import { subsamplePositives, TESTED_ON } from '../corpus/splits.ts';
import type { TestedOn } from '../corpus/splits.ts';
import type { DocumentGold } from '../evaluation/document-level.ts';
import { UserError } from '../foundation/errors.ts';
import { readAllJsonLines, writeJsonLines } from '../foundation/json-lines.ts';
import { readJson, writeJson } from '../foundation/files.ts';
import type { Monitor } from '../foundation/progress.ts';
import { join } from 'node:path';
import { dividedCorpus, PARTS } from './divided-corpus.ts';
import type { DivisionOptions } from './divided-corpus.ts';

const maskedExampleSchema = z.object({
  id: z.string(),
  document: z.string(),
  /** The sentence with typed placeholders. */
  text: z.string(),
  relation: z.string().nullable(),
  /** Ids of the concepts that the two mentions name, where the corpus has them. */
  concepts: z.object({ head: z.array(z.string()), tail: z.array(z.string()) }).optional(),
});
/** A masked gold sentence. */
export type MaskedExample = z.infer<typeof maskedExampleSchema>;

const factsSchema = z.object({
  /** L, in the order of the classifier's outputs: by name. */
  relations: z.array(z.string()),
  /** Entity types of head and tail, what stands for them, and what to pair in new text. */
  types: z
    .array(
      z.object({
        head: z.string(),
        tail: z.string(),
        placeholders: z.object({ head: z.string(), tail: z.string() }),
      }),
    )
    .min(1),
  /** Which of the corpus's splits is tested on. */
  testedOn: z.enum(TESTED_ON),
});

const documentGoldSchema = z.object({
  facts: z.array(z.object({ document: z.string(), relation: z.string(), head: z.string(), tail: z.string() })),
  documents: z.array(z.string()),
  directed: z.boolean(),
});

/** What a corpus is beside its sentences. */
export interface CorpusTraits extends z.infer<typeof factsSchema> {
  /** What stands for head and tail in the sentences: a pair for each pair of types. */
  readonly placeholders: readonly Placeholders[];
}

export interface PreparedCorpus extends CorpusTraits {
  readonly train: readonly MaskedExample[];
  readonly validation: readonly MaskedExample[];
  readonly test: readonly MaskedExample[];
  /** What the test documents say of concepts, where the corpus states that: scored beside the sentences. */
  readonly testFacts?: DocumentGold;
}

export interface PreparationOptions extends CorpusSettings, DivisionOptions {
  /** Keep this many positives of the training examples; all when null. */
  readonly positives: number | null;
}

/** With fewer, a generator has nothing to generalise from. */
const FEWEST_EXAMPLES = 2;

/** Reads, divides and masks a corpus. @throws UserError when a relation has too few examples, or a part is empty. */
export async function prepareCorpus(options: PreparationOptions, monitor: Monitor): Promise<PreparedCorpus> {
  const corpus = await readCorpus(options.path, options);
  for (const warning of corpus.warnings) monitor.note(describeWarning(warning));
  const { train, validation, test, testedOn } = dividedCorpus(corpus, options);
  const kept = options.positives === null ? train : subsamplePositives(train, options.positives, options.seed);
  const rules = maskRulesOf(options, corpus.format);
  const parts = { train: kept, validation, test };
  const types = placeholdersByTypes(
    [...typesOf(corpus.types), ...PARTS.flatMap((part) => pairsIn(parts[part]))],
    rules,
  );
  const masked = maskAll(parts, types, rules, monitor);
  const relations = [...new Set(masked.train.flatMap(({ relation }) => relation ?? []))].sort();
  requireEnough(masked.train, relations, options);
  const unknown = new Set(
    [...masked.validation, ...masked.test].flatMap(({ relation }) =>
      relation && !relations.includes(relation) ? relation : [],
    ),
  );
  if (unknown.size > 0) {
    throw new UserError(`${[...unknown].join(', ')} is in the validation or test data but not in the training data`, {
      where: options.path,
      remedy: `name the relations that count (corpus.relations), or ${moreExamples(options)}`,
    });
  }
  warnOfLeakage(masked, monitor);
  const isWholeSplit = options.testExamples === null && testedOn !== 'held-out training documents';
  const testFacts =
    corpus.facts && testedOn !== 'held-out training examples'
      ? factsOfTest(corpus.facts, masked.test, isWholeSplit ? testedOn : undefined, relations)
      : undefined;
  return {
    relations,
    placeholders: distinctPlaceholders(types),
    types,
    testedOn,
    ...masked,
    ...(testFacts && { testFacts }),
  };
}

/**
 * What the documents that are tested on say.
 * @param split tested on as a whole; where it was not, only documents with examples are known to be tested on.
 */
function factsOfTest(
  { facts, documents, directed }: CorpusFacts,
  test: readonly MaskedExample[],
  split: TestedOn | undefined,
  relations: readonly string[],
): DocumentGold | undefined {
  const withExamples = new Set(test.map(({ document }) => document));
  const isTested = (id: string): boolean => (split === undefined ? withExamples.has(id) : documents.get(id) === split);
  const tested = [...documents.keys()].filter(isTested);
  const names = new Set(tested);
  const counted = facts.filter(({ document, relation }) => names.has(document) && relations.includes(relation));
  return counted.length > 0 ? { facts: counted, documents: tested, directed } : undefined;
}

/** The pairs of types that documents were searched for. */
const typesOf = (types: Corpus['types']): readonly TypePair[] => (types === 'any' ? [] : types);

/** The pairs of types that examples have. */
const pairsIn = (examples: readonly Example[]): TypePair[] =>
  examples.map(({ head, tail }) => ({ head: head.type, tail: tail.type }));

/** Tells what the parts have in common, on which scores say too much. */
function warnOfLeakage(parts: Parts<MaskedExample>, monitor: Monitor): void {
  const search = new LeakageSearch(PARTS);
  for (const part of PARTS) for (const example of parts[part]) search.add(part, example);
  for (const leak of search.find()) monitor.note(`${describeLeak(leak)} (see dare data inspect)`);
}

type Parts<T> = Record<(typeof PARTS)[number], T[]>;

/** Masks all examples, and tells of sentences that held placeholders before. */
function maskAll(
  parts: Parts<Example>,
  types: readonly MaskedTypes[],
  rules: MaskRules,
  monitor: Monitor,
): Parts<MaskedExample> {
  const mask = maskerFor(types, rules);
  let present = 0;
  const masked = (examples: readonly Example[]): MaskedExample[] =>
    examples.flatMap((example) => {
      const { text, alreadyPresent } = mask(example);
      if (alreadyPresent.length > 0) present++;
      if (alreadyPresent.length > 0 && rules.ownPlaceholders === 'drop') return [];
      const { id, document, relation, head, tail } = example;
      const concepts = { head: head.concepts ?? [], tail: tail.concepts ?? [] };
      const named = concepts.head.length + concepts.tail.length > 0;
      return { id, document, text, relation, ...(named && { concepts }) };
    });
  const all = { train: masked(parts.train), validation: masked(parts.validation), test: masked(parts.test) };
  if (present > 0) {
    const done = { lower: 'put in lower case', keep: 'kept', drop: 'the sentences are dropped' };
    const what = `a placeholder such as ${types[0]!.placeholders.head} as a word of their own`;
    monitor.note(`${present} sentences hold ${what} (${done[rules.ownPlaceholders]}; see corpus.ownPlaceholders)`);
  }
  return all;
}

/** What gives a relation more training examples. */
const moreExamples = ({ trainExamples, positives }: PreparationOptions): string =>
  trainExamples !== null || positives !== null
    ? 'allow more training examples (corpus.trainExamples, corpus.positives)'
    : 'give it training examples';

function requireEnough(
  train: readonly MaskedExample[],
  relations: readonly string[],
  options: PreparationOptions,
): void {
  const { path } = options;
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
          remedy: `take the relation out (corpus.relations), or ${moreExamples(options)}`,
        },
      );
    }
  }
}

export async function writePreparedCorpus(folder: string, corpus: PreparedCorpus): Promise<void> {
  const { relations, types, testedOn } = corpus;
  await writeJson(join(folder, 'facts.json'), { relations, types, testedOn });
  for (const name of PARTS) await writeJsonLines(join(folder, `${name}.jsonl`), corpus[name]);
  await writeJson(join(folder, 'test-facts.json'), corpus.testFacts ?? null);
}

/** What a prepared corpus is, without its sentences. */
export async function readCorpusTraits(folder: string): Promise<CorpusTraits> {
  const facts = await readJson(join(folder, 'facts.json'), factsSchema);
  return { ...facts, placeholders: distinctPlaceholders(facts.types) };
}

export async function readPreparedCorpus(folder: string): Promise<PreparedCorpus> {
  const facts = await readCorpusTraits(folder);
  const [train, validation, test] = await Promise.all(
    PARTS.map((name) => readAllJsonLines(join(folder, `${name}.jsonl`), maskedExampleSchema)),
  );
  const testFacts = await readJson(join(folder, 'test-facts.json'), documentGoldSchema.nullable());
  return { ...facts, train: train!, validation: validation!, test: test!, ...(testFacts && { testFacts }) };
}
