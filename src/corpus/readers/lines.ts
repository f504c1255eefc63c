/**
 * A text file as a stream of numbered lines.
 *
 * Only LF and CR LF end a line (`node:readline` also breaks at a lone CR, which occurs inside abstracts), and text
 * that is not UTF-8 is an error (streams put U+FFFD for it, and offsets after it would be wrong).
 */
import { createReadStream } from 'node:fs';
import { explainFileError, UserError } from '../../foundation/errors.ts';

/**
 * Yields lines with their numbers from 1, without line ends or byte order mark.
 * @throws UserError when the file cannot be read or is not UTF-8.
 */
export async function* readLines(path: string): AsyncGenerator<{ text: string; line: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let line = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new UserError('the text is not UTF-8', {
        where: `${path}: after line ${line}`,
        remedy: 'convert it, for instance: iconv -f latin1 -t utf-8',
      });
    }
  };
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      const lines = (rest + decode(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) yield { text: text.endsWith('\r') ? text.slice(0, -1) : text, line: ++line };
    }
  } catch (error) {
    throw explainFileError(error);
  }
  rest += decode();
  if (rest !== '') yield { text: rest.endsWith('\r') ? rest.slice(0, -1) : rest, line: ++line };
}
