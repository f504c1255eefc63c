/**
 * A corpus from a path: find the files, ask each reader which are its own, read, and lay the examples out by split.
 *
 * The path is a file or a folder; formats are known by content. Names matter only for the split ("CDR_TrainingSet",
 * "dev.jsonl").
 */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { explainFileError, UserError } from '../foundation/errors.ts';
import { DEFAULT_CANDIDATES, type CandidateOptions } from './candidates.ts';
import type { Example, Split } from './example.ts';
import { exampleReader } from './example-reader.ts';
import { pubTatorReader } from './pubtator.ts';
import type { CorpusReader, SourceFile } from './reader.ts';

/** The formats that can be read, in the order in which they are asked; the first to claim a file reads the corpus. */
export const READERS: readonly CorpusReader[] = [pubTatorReader, exampleReader];

/** How many characters of a file its readers may judge it by. */
const BEGINNING = 4096;

export interface Corpus {
  format: string;
  documents: number;
  sentences: number;
  /** By split; examples that name none are training data. */
  examples: Record<Split, Example[]>;
  /** What did not become an example, counted by reason. */
  dropped: Readonly<Record<string, number>>;
  warnings: string[];
}

/**
 * Reads a corpus: a folder or a file of a format that a reader knows.
 * @throws UserError where nothing there can be read, a file is malformed, it yields no examples, or two examples have
 * one id.
 */
export async function readCorpus(path: string, options: Partial<CandidateOptions> = {}): Promise<Corpus> {
  const files = await sourceFiles(path);
  for (const reader of READERS) {
    const claimed = reader.claim(files);
    if (claimed.length === 0) continue;
    const reading = await reader.read(claimed, { ...DEFAULT_CANDIDATES, ...options });
    if (reading.examples.length === 0) {
      throw new UserError('no examples were found', {
        where: path,
        remedy: 'check that the entity types are the ones the corpus names',
      });
    }
    requireUniqueIds(reading.examples, path);
    const examples: Corpus['examples'] = { train: [], development: [], test: [] };
    for (const example of reading.examples) examples[example.split ?? 'train'].push(example);
    const ignored = files.filter((file) => !claimed.includes(file));
    return {
      format: reader.format,
      documents: reading.documents,
      sentences: reading.sentences,
      examples,
      dropped: reading.dropped,
      warnings: [
        ...reading.warnings,
        ...ignored.map((file) => `${relative(path, file.path)}: not read, it is not ${reader.format}`),
      ],
    };
  }
  if (files.every(({ beginning }) => beginning.trim() === '')) {
    throw new UserError('the corpus is empty', {
      where: path,
      remedy: 'name a file or folder with labelled sentences',
    });
  }
  throw new UserError('no corpus is recognised here', {
    where: path,
    remedy: `expected a file or folder of a known format: ${READERS.map(({ format }) => format).join(', ')}`,
  });
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
  warnings: string[];
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

/** The split that a name speaks of (`CDR_DevelopmentSet.PubTator.txt`, `valid.jsonl`), if any. */
export function splitInName(name: string): Split | undefined {
  if (/train/i.test(name)) return 'train';
  if (/dev|valid/i.test(name)) return 'development';
  return /test/i.test(name) ? 'test' : undefined;
}

/** The files under a path (two levels of folders), in order of name, without hidden ones, read-mes and licences. */
async function sourceFiles(path: string): Promise<SourceFile[]> {
  try {
    const paths = (await stat(path)).isDirectory() ? await filesUnder(path, 2) : [path];
    return await Promise.all(
      paths.map(async (file) => ({
        path: file,
        beginning: await beginningOf(file),
        split: splitInName(basename(file)) ?? (file === path ? undefined : splitInName(basename(dirname(file)))),
      })),
    );
  } catch (error) {
    throw explainFileError(error);
  }
}

async function filesUnder(folder: string, depth: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && !/^(readme|licen[cs]e)/i.test(name));
  const found: string[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (!(await stat(path)).isDirectory()) found.push(path);
    else if (depth > 0) found.push(...(await filesUnder(path, depth - 1)));
  }
  return found;
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(BEGINNING), 0, BEGINNING, 0);
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
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
