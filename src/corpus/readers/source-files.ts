/**
 * The files of a corpus: found under the path that the user named, with the split that their names speak of.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { explainFileError } from '../../foundation/errors.ts';
import { readBeginning } from '../../foundation/text-chunks.ts';
import type { Split } from '../example.ts';
import type { FileSample, SourceFile } from './reader.ts';

/** How many levels of folders are searched (`DDI2013/Train/DrugBank/x.xml`). */
const DEPTH = 3;

/** How many characters of a file its readers may judge it by. */
const BEGINNING = 4096;

/** The split that a name speaks of (`CDR_DevelopmentSet.PubTator.txt`, `valid.jsonl`), if any. */
export function splitInName(name: string): Split | undefined {
  if (/train/i.test(name)) return 'train';
  if (/dev|valid/i.test(name)) return 'development';
  return /test/i.test(name) ? 'test' : undefined;
}

/**
 * The files under a path, in order of name, without hidden ones, read-mes and licences. The split is that of the
 * innermost part of the path, below the one named, that speaks of one.
 * @throws UserError when the path cannot be read.
 */
export async function sourceFiles(path: string): Promise<SourceFile[]> {
  try {
    const paths = (await stat(path)).isDirectory() ? await filesUnder(path, DEPTH) : [path];
    return paths.map((file) => {
      const name = file === path ? basename(file) : relative(path, file);
      const split = name
        .split(sep)
        .reduceRight<Split | undefined>((known, part) => known ?? splitInName(part), undefined);
      return { path: file, name, split };
    });
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
    else if (depth > 0) for (const file of await filesUnder(path, depth - 1)) found.push(file);
  }
  return found;
}

/** A file's beginning, by which readers know their own. @throws UserError when it cannot be read. */
export async function sampleOf(path: string): Promise<FileSample> {
  return { path, beginning: await readBeginning(path, BEGINNING) };
}
