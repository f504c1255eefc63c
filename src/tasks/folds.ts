/** The folds of a cross-validation on disk: each is a run in a folder below. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../foundation/errors.ts';

/** Scores over all folds: the sign of a finished cross-validation. */
export const CROSS_VALIDATION_FILE = 'cross-validation.json';

const NAME = 'fold-';

/** Where a fold's run is. @param fold from 1. */
export const foldFolder = (folder: string, fold: number): string => join(folder, `${NAME}${fold}`);

/** @throws UserError where a folder holds folds and is asked for a run, which names them. */
export async function refuseFolds(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const numbers = names
    .flatMap((name) => (name.startsWith(NAME) ? [Number(name.slice(NAME.length))] : []))
    .filter((number) => Number.isInteger(number) && number > 0)
    .sort((a, b) => a - b);
  if (numbers.length === 0) return;
  const runs = numbers.map((number) => foldFolder(folder, number));
  throw new UserError('a cross-validation is here, and not a run', {
    where: folder,
    remedy: `each of its folds is one: name ${runs.length > 2 ? `${runs[0]} … ${runs.at(-1)}` : runs.join(' or ')}; what they come to together is in its report.html and cross-validation.json`,
  });
}
