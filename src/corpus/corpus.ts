/**
 * A corpus as the product uses it: its examples, laid out by split.
 *
 * `openCorpus` gives a stream of documents and examples; documents become examples by `candidates.ts`.
 */
import { UserError } from '../foundation/errors.ts';
import { candidatesOf, DEFAULT_CANDIDATES, type CandidateOptions } from './candidates.ts';
import type { Example, Split } from './example.ts';
import { openCorpus, type OpenCorpusOptions } from './open-corpus.ts';
import type { WarningCount } from './readers/warnings.ts';

export interface Corpus {
  format: string;
  documents: number;
  sentences: number;
  /** By split; examples that name none are training data. */
  examples: Record<Split, Example[]>;
  /** What did not become an example, counted by reason. */
  dropped: Readonly<Record<string, number>>;
  /** What was odd, counted by code. */
  warnings: WarningCount[];
}

export type ReadCorpusOptions = OpenCorpusOptions & Partial<CandidateOptions>;

/**
 * Reads a corpus: a folder or a file of a format that a reader knows.
 * @throws UserError where nothing there can be read, a file is malformed, it yields no examples, or two examples have
 * one id.
 */
export async function readCorpus(path: string, options: ReadCorpusOptions = {}): Promise<Corpus> {
  const opened = await openCorpus(path, options);
  const examples: Corpus['examples'] = { train: [], development: [], test: [] };
  const dropped: Record<string, number> = {};
  const documents = new Set<string>();
  const sentences = new Set<string>();
  let splitSentences = 0;
  for await (const item of opened.items()) {
    if (item.kind === 'example') {
      const { example } = item;
      documents.add(example.document);
      sentences.add(`${example.document}\t${example.text}`);
      examples[example.split ?? 'train'].push(example);
      continue;
    }
    const { document, split } = item;
    const candidates = candidatesOf(document, { ...DEFAULT_CANDIDATES, ...options });
    documents.add(document.id);
    splitSentences += candidates.sentences;
    for (const example of candidates.examples) examples[split ?? 'train'].push(split ? { ...example, split } : example);
    for (const [reason, count] of Object.entries(candidates.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  const all = Object.values(examples).flat();
  if (all.length === 0) {
    throw new UserError('no examples were found', {
      where: path,
      remedy: 'check that the entity types are the ones the corpus names',
    });
  }
  requireUniqueIds(all, path);
  return {
    format: opened.format,
    documents: documents.size,
    sentences: splitSentences + sentences.size,
    examples,
    dropped,
    warnings: opened.warnings.counts(),
  };
}

/** What `data inspect --json` prints. */
export interface CorpusDescription {
  format: string;
  documents: number;
  sentences: number;
  examples: number;
  /** Examples of each relation, most frequent first. */
  relations: Record<string, number>;
  /** Examples where no relation holds. */
  null: number;
  warnings: WarningCount[];
}

/** The figures of a corpus, over all its splits. */
export function describeCorpus(corpus: Corpus): CorpusDescription {
  const all = Object.values(corpus.examples).flat();
  const counts = new Map<string, number>();
  for (const { relation } of all) if (relation !== null) counts.set(relation, (counts.get(relation) ?? 0) + 1);
  return {
    format: corpus.format,
    documents: corpus.documents,
    sentences: corpus.sentences,
    examples: all.length,
    relations: Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
    null: all.filter(({ relation }) => relation === null).length,
    warnings: [...corpus.warnings],
  };
}

function requireUniqueIds(examples: readonly Example[], path: string): void {
  const ids = new Set<string>();
  for (const { id } of examples) {
    if (ids.has(id))
      throw new UserError(`two examples have the id ${id}`, {
        where: path,
        remedy: 'give every example, and every document, its own id',
      });
    ids.add(id);
  }
}
