/**
 * The files of a corpus: found under the path that the user named, with the split that their names speak of.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { explainFileError } from '../../foundation/errors.ts';
import type { Split } from '../example.ts';
import type { FileSample, SourceFile } from './reader.ts';

/** How many levels of folders are searched (`DDI2013/Train/DrugBank/x.xml`). */
const DEPTH = 3;

/** How many bytes of a file its readers may judge it by. */
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
      const names = file === path ? [file.split(sep).at(-1)!] : relative(path, file).split(sep);
      return {
        path: file,
        split: names.reduceRight<Split | undefined>((split, name) => split ?? splitInName(name), undefined),
      };
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
    else if (depth > 0) found.push(...(await filesUnder(path, depth - 1)));
  }
  return found;
}

/** A file's beginning, by which readers know their own. @throws UserError when it cannot be read. */
export async function sampleOf(path: string): Promise<FileSample> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(BEGINNING), 0, BEGINNING, 0);
      return { path, beginning: new TextDecoder().decode(buffer.subarray(0, bytesRead)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explainFileError(error);
  }
}
