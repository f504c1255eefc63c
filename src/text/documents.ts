/** Plain text as a stream of documents: one a line, or between blank lines. Nothing is held but the document that is being read. */
import { UserError } from '../foundation/errors.ts';
import { LONGEST_LINE, readLines } from '../foundation/lines.ts';

/** What ends a document. */
export type DocumentSeparator = 'line' | 'blank-line';

/**
 * The documents of a file in order; blank ones are passed over. Between blank lines a document keeps its line breaks.
 * @throws UserError with file:line when the file cannot be read or unpacked, or holds anything but UTF-8 text.
 */
export async function* readDocuments(path: string, separator: DocumentSeparator): AsyncGenerator<string> {
  let document: string[] = [];
  let characters = 0;
  for await (const { text, line } of readLines(path)) {
    if (text.includes('\0')) {
      throw new UserError('binary data, not text', { where: `${path}:${line}`, remedy: 'name a text file' });
    }
    const isBlank = text.trim() === '';
    if (!isBlank) {
      document.push(text);
      characters += text.length;
    }
    if (characters > LONGEST_LINE) {
      throw new UserError(`a document of more than ${LONGEST_LINE} characters`, {
        where: `${path}:${line}`,
        remedy: 'divide it by blank lines, or take every line as a document (--documents line)',
      });
    }
    if (document.length > 0 && (separator === 'line' || isBlank)) {
      yield document.join('\n').trim();
      document = [];
      characters = 0;
    }
  }
  if (document.length > 0) yield document.join('\n').trim();
}
