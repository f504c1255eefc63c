import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDocuments } from './documents.ts';
import type { DocumentSeparator } from './documents.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-documents-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function documentsOf(
  name: string,
  content: string | Uint8Array,
  separator: DocumentSeparator,
): Promise<string[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  const documents: string[] = [];
  for await (const document of readDocuments(path, separator)) documents.push(document);
  return documents;
}

/** As `cat a.gz b.gz` and bgzip make it. */
const inMembers = (...parts: string[]): Buffer => Buffer.concat(parts.map((part) => gzipSync(part)));

const TEXT = '\uFEFFFirst line.\r\nSecond µ line. \n \n\t\nThird\u2028line.\n\n\n';

test.each<[string, string, string | Uint8Array, DocumentSeparator, string[]]>([
  ['lines', 'a.txt', TEXT, 'line', ['First line.', 'Second µ line.', 'Third\u2028line.']],
  ['blank lines', 'a.txt', TEXT, 'blank-line', ['First line.\nSecond µ line.', 'Third\u2028line.']],
  ['gzip', 'a.txt.gz', gzipSync(TEXT), 'blank-line', ['First line.\nSecond µ line.', 'Third\u2028line.']],
  [
    'gzip of several members',
    'a.txt.gz',
    inMembers('First l', 'ine.\nSec', 'ond.\n'),
    'line',
    ['First line.', 'Second.'],
  ],
  ['no last line end', 'a.txt', 'a\n\nb', 'blank-line', ['a', 'b']],
  ['an empty file', 'a.txt', '', 'line', []],
  ['only blank lines', 'a.txt', '\n \n', 'blank-line', []],
])('documents by %s', async (_, name, content, separator, expected) => {
  expect(await documentsOf(name, content, separator)).toEqual(expected);
});

test.each<[string, string, Uint8Array | string, RegExp]>([
  ['binary data', 'a.txt', 'text\nmore\0text\n', /a\.txt:2: binary data, not text \(name a text file\)$/],
  ['a PDF', 'a.txt', Buffer.from('%PDF-1.7\n%\xb5\xed\xae\n', 'latin1'), /a\.txt:2: binary data, not text \(name a/],
  ['an archive', 'a.txt', Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0, 0xff), /a\.txt:1: binary data, not text \(name a/],
  ['XML', 'a.txt', '\n<?xml version="1.0"?>\n<PubmedArticleSet>', /a\.txt:2: XML or HTML, not plain text \(take the/],
  ['another encoding', 'a.txt', Uint8Array.of(0x61, 0x0a, 0xe4, 0x62, 0x0a), /a\.txt:2: the text is not UTF-8 /],
  ['a cut gzip file', 'a.gz', gzipSync('some text\n').subarray(0, 20), /a\.gz: the file is not a whole gzip file /],
])('%s is refused', async (_, name, content, message) => {
  await expect(documentsOf(name, content, 'line')).rejects.toThrow(message);
});

test('a folder is refused', async () => {
  await expect(readDocuments(folder, 'line').next()).rejects.toThrow(/is a folder where a file was expected/);
});

test('a file without the blank lines that should divide it is refused, before it fills the memory', async () => {
  const content = `${'word '.repeat(2 ** 20)}\n`.repeat(4);
  await expect(documentsOf('a.txt', content, 'blank-line')).rejects.toThrow(
    /a\.txt:4: a document of more than 16777216 characters \(divide it by blank lines, or take every line as a document /,
  );
});
