/**
 * Looking a corpus over: what is in it, what was left out, what is wrong with it, and what a model will read.
 *
 * A first pass over the examples finds which entity types they have, as what stands for one pair depends on the others; a second collects
 * everything, in memory that holds a hash and the shingles of each distinct sentence, and no text; a third fetches the sentences to show of leakage.
 */
import type { DropCounts } from '../candidates/drops.ts';
import type { CandidateRules, TypePair } from '../candidates/rules.ts';
import { SPLITS, type Example, type Split } from '../example.ts';
import { ExampleStream } from '../examples.ts';
import { LeakageSearch, type Leak, type LeakSample } from '../leakage/leakage.ts';
import { maskerFor } from '../masking.ts';
import { distinctPlaceholders, placeholdersByTypes, type Placeholders } from '../placeholders.ts';
import type { WarningCount } from '../readers/warnings.ts';
import { maskRulesOf, type CorpusSettings } from '../settings.ts';
import { labelProblems, SharedSentenceCount, type LabelProblems, type SharedSentences } from './label-checks.ts';
import { LengthCount, type Lengths, type TokenCounter } from './lengths.ts';
import { paperCounts, type PaperCounts } from './paper-counts.ts';
import { ExampleSample, type ShownExamples } from './shown-examples.ts';

export interface LabelCounts {
  examples: number;
  /** Examples of each relation, most frequent first. */
  relations: Record<string, number>;
  /** Examples where no relation holds. */
  null: number;
}

/** What `data inspect --json` prints. */
export interface Inspection extends LabelCounts, SharedSentences {
  format: string;
  documents: number;
  sentences: number;
  warnings: WarningCount[];
  /** The parts that the corpus names; examples without a split are training data. */
  splits: Partial<Record<Split, LabelCounts & { documents: number }>>;
  /** Examples by the entity types of head and tail, as `head:tail`. */
  types: Record<string, number>;
  /** What stands for head and tail in the generator's sentences: a pair for each pair of types. */
  placeholders: readonly Placeholders[];
  dropped: DropCounts;
  /** Of the masked sentences. */
  lengths: Lengths;
  labels: LabelProblems;
  leakage: ShownLeak[];
  /** The paper's counts, where the corpus is one of its. */
  paper: PaperCounts | null;
}

/** A leak with the masked sentences of its samples. */
export interface ShownLeak extends Omit<Leak<Split>, 'samples'> {
  samples: (LeakSample & { texts: [from: string, to: string] })[];
}

export interface InspectionOptions {
  counter: TokenCounter;
  /** What a model has room for, special tokens not counted. */
  limit: number;
  /** How similar near-duplicates are, at least. */
  similarity: number;
  /** Examples to show of each label. */
  shown: number;
  seed: number;
}

/** Counts labels. */
class LabelCount {
  readonly #relations = new Map<string, number>();
  #null = 0;

  add(relation: string | null): void {
    if (relation === null) this.#null++;
    else this.#relations.set(relation, (this.#relations.get(relation) ?? 0) + 1);
  }

  result(): LabelCounts {
    const sorted = [...this.#relations].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const examples = sorted.reduce((sum, [, count]) => sum + count, this.#null);
    return { examples, relations: Object.fromEntries(sorted), null: this.#null };
  }
}

const splitOf = ({ split }: Example): Split => split ?? 'train';

/**
 * Inspects the corpus at a path.
 * @returns its figures, and examples to show of each label.
 * @throws UserError where it cannot be read.
 */
export async function inspectCorpus(
  path: string,
  settings: CorpusSettings,
  { counter, limit, similarity, shown, seed }: InspectionOptions,
): Promise<{ inspection: Inspection; shown: ShownExamples[] }> {
  const stream = await ExampleStream.open(path, settings);
  const rules = maskRulesOf(settings, stream.format);
  const maskedTypes = placeholdersByTypes(await typesOf(path, settings, stream.rules), rules);
  const mask = maskerFor(maskedTypes, rules);
  const all = new LabelCount();
  const splits = new Map<Split, { labels: LabelCount; documents: Set<string> }>();
  const types = new Map<string, number>();
  const lengths = new LengthCount(counter, limit);
  const shared = new SharedSentenceCount();
  const leakage = new LeakageSearch(SPLITS, similarity);
  const sample = new ExampleSample(shown, seed);

  for await (const example of stream.examples()) {
    const { id, document, head, tail, relation } = example;
    const { text, alreadyPresent } = mask(example);
    if (alreadyPresent.length > 0) {
      const what = `the text holds ${alreadyPresent.join(', ')} as a word of its own`;
      stream.warn('placeholder-in-text', what, `example ${id}`);
      if (rules.ownPlaceholders === 'drop') {
        stream.drop('placeholder-in-text', relation !== null);
        continue;
      }
    }
    const split = splits.get(splitOf(example)) ?? { labels: new LabelCount(), documents: new Set() };
    splits.set(splitOf(example), split);
    split.labels.add(relation);
    split.documents.add(document);
    all.add(relation);
    const pair = `${head.type}:${tail.type}`;
    types.set(pair, (types.get(pair) ?? 0) + 1);
    lengths.add(text);
    shared.add(id, text, relation);
    leakage.add(splitOf(example), { id, document, text });
    sample.add(example, text);
  }

  const counts = all.result();
  const { format, documents, sentences, warnings, dropped } = stream.tally();
  const leaks = leakage.find();
  const texts = await textsOf(path, settings, leaks, mask);
  return {
    inspection: {
      format,
      documents,
      sentences,
      ...counts,
      warnings,
      splits: Object.fromEntries(
        SPLITS.flatMap((split) => {
          const found = splits.get(split);
          return found ? [[split, { documents: found.documents.size, ...found.labels.result() }]] : [];
        }),
      ),
      types: Object.fromEntries([...types].sort(([, m], [, n]) => n - m)),
      placeholders: distinctPlaceholders(maskedTypes),
      dropped,
      lengths: lengths.result(),
      ...shared.result(),
      labels: labelProblems(counts.relations),
      leakage: leaks.map((leak) => ({
        ...leak,
        samples: leak.samples.map((each) => ({ ...each, texts: [texts.get(each.from)!, texts.get(each.to)!] })),
      })),
      paper: paperCounts(Object.keys(counts.relations)) ?? null,
    },
    shown: sample.result(),
  };
}

/** The pairs of types that documents are searched for, and those that examples have. */
async function typesOf(path: string, settings: CorpusSettings, { types }: CandidateRules): Promise<TypePair[]> {
  const pairs = new Map<string, TypePair>();
  for await (const { head, tail } of (await ExampleStream.open(path, settings)).examples()) {
    pairs.set(`${head.type}\t${tail.type}`, { head: head.type, tail: tail.type });
  }
  return [...(types === 'any' ? [] : types), ...pairs.values()];
}

/** The masked sentences of the examples that leaks name. */
async function textsOf(
  path: string,
  settings: CorpusSettings,
  leaks: readonly Leak[],
  mask: ReturnType<typeof maskerFor>,
): Promise<Map<string, string>> {
  const wanted = new Set(leaks.flatMap(({ samples }) => samples.flatMap(({ from, to }) => [from, to])));
  const texts = new Map<string, string>();
  if (wanted.size === 0) return texts;
  for await (const example of (await ExampleStream.open(path, settings)).examples()) {
    if (wanted.has(example.id)) texts.set(example.id, mask(example).text);
    if (texts.size === wanted.size) break;
  }
  return texts;
}
