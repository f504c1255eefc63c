/** Plain text as a stream of documents: one a line, or between blank lines. Nothing is held but the document that is being read. */
import { UserError } from '../foundation/errors.ts';
import { LONGEST_LINE, readLines } from '../foundation/lines.ts';

/** What ends a document. */
export type DocumentSeparator = 'line' | 'blank-line';

/** How XML and HTML begin. Each of their lines would be taken for a document. */
const MARKUP = /^\s*<(\?xml|!doctype|html)\b/i;

/**
 * The documents of a file in order; blank ones are passed over. Between blank lines a document keeps its line breaks.
 * @throws UserError with file:line when the file cannot be read or unpacked, or holds anything but UTF-8 text.
 */
export async function* readDocuments(path: string, separator: DocumentSeparator): AsyncGenerator<string> {
  let document: string[] = [];
  let characters = 0;
  let isFirst = true;
  for await (const { text, line } of readLines(path)) {
    if (text.includes('\0')) {
      throw new UserError('binary data, not text', { where: `${path}:${line}`, remedy: 'name a text file' });
    }
    const isBlank = text.trim() === '';
    if (isFirst && !isBlank) {
      isFirst = false;
      if (MARKUP.test(text)) {
        throw new UserError('XML or HTML, not plain text', {
          where: `${path}:${line}`,
          remedy: 'take the text out of it: a document a line, or documents with blank lines between',
        });
      }
    }
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
