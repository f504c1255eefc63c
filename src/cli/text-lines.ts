/** Input of one text a line, from a file or standard input. */
import { text } from 'node:stream/consumers';
import { UserError } from '../foundation/errors.ts';
import { readText } from '../foundation/files.ts';

/** How messages name the input. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

/**
 * The lines of a file, or of standard input for `-`. A last line break ends a line and does not begin another; blank lines are texts
 * without words, so that results stay beside their lines.
 * @throws UserError when the file cannot be read or has no line.
 */
export async function readLines(file: string): Promise<string[]> {
  const content = (file === '-' ? await text(process.stdin) : await readText(file)).replace(/^\uFEFF/, '');
  const lines = content.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new UserError('there is no text', { where: nameOf(file), remedy: 'write one a line' });
  return lines;
}
