/**
 * From a path to a stream: find the files, let each reader say which are its own, decide for one format, read.
 *
 * Formats are known by content; names matter only for splits. Where files of several formats lie together the format
 * is not guessed, except where they plainly are one corpus in two forms: files with the same names but for the
 * format's part (`CDR_TrainingSet.PubTator.txt`, `CDR_TrainingSet.BioC.xml`).
 */
import { basename, dirname, join } from 'node:path';
import { UserError } from '../foundation/errors.ts';
import { checked } from './readers/checks.ts';
import { READERS } from './readers/readers.ts';
import type { CorpusItem, CorpusReader, ReaderOptions, SourceFile } from './readers/reader.ts';
import { sampleOf, sourceFiles } from './readers/source-files.ts';
import { WarningLog } from './readers/warnings.ts';

export interface OpenCorpusOptions extends ReaderOptions {
  /** A format's name; known by content unless given. */
  format?: string;
  /** Makes every warning an error. */
  strict?: boolean;
}

/** A corpus that was found and recognised, and not yet read. */
export interface OpenedCorpus {
  format: string;
  files: readonly SourceFile[];
  /** Filled while the corpus is read. */
  warnings: WarningLog;
  /** Reads it from the start. @throws UserError with `file:line` for malformed input. */
  items(): AsyncIterable<CorpusItem>;
}

/** Files under the path, by the format that recognises them. */
interface Recognised {
  byFormat: Map<CorpusReader, SourceFile[]>;
  /** No file holds anything. */
  empty: boolean;
}

/**
 * Finds the files of a corpus and their format.
 * @throws UserError where the path cannot be read, the format named does not exist, or the files are of no format that
 * is known or of several.
 */
export async function openCorpus(path: string, options: OpenCorpusOptions = {}): Promise<OpenedCorpus> {
  const { format, strict = false, ...readerOptions } = options;
  const files = await sourceFiles(path);
  const recognised = await recognise(files, readerOptions);
  if (recognised.empty) {
    throw new UserError('the corpus is empty', {
      where: path,
      remedy: 'name a file or folder with labelled sentences',
    });
  }
  const reader = format === undefined ? chooseReader(path, recognised) : namedReader(format);
  const own = recognised.byFormat.get(reader) ?? (files.length === 1 && files[0]!.path === path ? files : []);
  if (own.length === 0) {
    throw new UserError(`no file here is recognised as ${reader.format}`, {
      where: path,
      remedy: 'name the file itself, or leave the format to be recognised',
    });
  }
  const warnings = new WarningLog({ strict });
  const read = new Set(own);
  const stems = new Set(own.map(({ path: file }) => stemOf(file)));
  const otherRenderings = new Set(
    [...recognised.byFormat.values()].flat().filter(({ path: file }) => stems.has(stemOf(file))),
  );
  for (const file of files) {
    if (read.has(file) || otherRenderings.has(file) || reader.accompanies?.(file.path)) continue;
    warnings.add('file-not-read', `it is not ${reader.format}`, file.path);
  }
  return {
    format: reader.format,
    files: own,
    warnings,
    items: () => checked(reader.read(own, { warnings, options: readerOptions }), reader, warnings),
  };
}

/** Whether something under the path is of a format that is known. @throws UserError where it cannot be read. */
export async function isCorpus(path: string, options: ReaderOptions = {}): Promise<boolean> {
  return (await recognise(await sourceFiles(path), options)).byFormat.size > 0;
}

/** @throws UserError where no format has this name. */
function namedReader(format: string): CorpusReader {
  const reader = READERS.find((each) => each.format === format);
  if (reader) return reader;
  throw new UserError(`there is no format "${format}"`, {
    where: '--format',
    remedy: `write one of ${formats(READERS)}`,
  });
}

async function recognise(files: readonly SourceFile[], options: ReaderOptions): Promise<Recognised> {
  const recognised: Recognised = { byFormat: new Map(), empty: true };
  for (const file of files) {
    const sample = await sampleOf(file.path);
    if (sample.beginning.trim() !== '') recognised.empty = false;
    const readers = READERS.filter((reader) => reader.recognises(sample, options));
    for (const reader of readers) {
      const own = recognised.byFormat.get(reader);
      if (own) own.push(file);
      else recognised.byFormat.set(reader, [file]);
    }
  }
  return recognised;
}

/** The only format there, or the first of several that hold the same files. */
function chooseReader(path: string, { byFormat }: Recognised): CorpusReader {
  const readers = READERS.filter((reader) => byFormat.has(reader));
  const [first, ...others] = readers;
  if (!first) {
    throw new UserError('no corpus is recognised here', {
      where: path,
      remedy: `expected a file or folder of a known format: ${formats(READERS)}; if it is one, name it with --format`,
    });
  }
  const ofFirst = new Set(byFormat.get(first));
  const stems = new Set([...ofFirst].map(({ path: file }) => stemOf(file)));
  const sameFiles = others.every((other) => {
    const rendered = byFormat.get(other)!;
    return rendered.every((file) => !ofFirst.has(file) && stems.has(stemOf(file.path)));
  });
  if (sameFiles) return first;
  const found = readers.map((reader) => `${reader.format} (${basename(byFormat.get(reader)![0]!.path)})`);
  throw new UserError(`the format is not clear, it could be ${found.join(' or ')}`, {
    where: path,
    remedy: `choose with --format ${readers.map((reader) => reader.format).join(' or --format ')}`,
  });
}

/** A path without what follows the first stop of the file's name. */
const stemOf = (path: string): string => join(dirname(path), basename(path).split('.')[0]!);

const formats = (readers: readonly CorpusReader[]): string => readers.map(({ format }) => format).join(', ');
