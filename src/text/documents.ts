/**
 * Plain text as a stream of documents: files of UTF-8, as they are or compressed by gzip (told by their first bytes, whatever their name), one
 * document a line or documents between blank lines. Nothing is held but the chunk that is being read.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { explainFileError, messageOf, UserError } from '../foundation/errors.ts';

/** What ends a document. */
export type DocumentSeparator = 'line' | 'blank-line';

/**
 * The documents of a file in order; blank ones are passed over. Between blank lines a document keeps its line breaks.
 * @throws UserError with file:line when the file cannot be read, or holds anything but UTF-8 text.
 */
export async function* readDocuments(path: string, separator: DocumentSeparator): AsyncGenerator<string> {
  if (separator === 'line') {
    for await (const line of readLines(path)) if (line.trim() !== '') yield line.trim();
    return;
  }
  let lines: string[] = [];
  for await (const line of readLines(path)) {
    if (line.trim() !== '') lines.push(line);
    else if (lines.length > 0) {
      yield lines.join('\n').trim();
      lines = [];
    }
  }
  if (lines.length > 0) yield lines.join('\n').trim();
}

async function* readLines(path: string): AsyncGenerator<string> {
  let line = 1;
  let rest = '';
  for await (const text of readText(path, () => `${path}:${line}`)) {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      yield part.endsWith('\r') ? part.slice(0, -1) : part;
      line++;
    }
  }
  if (rest !== '') yield rest;
}

/** The text of a file in chunks. @param where names the place reached, for messages. */
async function* readText(path: string, where: () => string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new UserError('not UTF-8 text at or after this line', { where: where(), remedy: 'save the file as UTF-8' });
    }
  };
  for await (const chunk of readBytes(path)) {
    const text = decode(chunk);
    if (text.includes('\0')) {
      throw new UserError('binary data at or after this line, not text', {
        where: where(),
        remedy: 'name a text file',
      });
    }
    yield text;
  }
  yield decode();
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const compressed = await isGzip(path);
    const file = createReadStream(path, { highWaterMark: 1 << 18 });
    if (!compressed) {
      yield* file as AsyncIterable<Uint8Array>;
      return;
    }
    const unpacked = createGunzip();
    file.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new UserError(`a damaged gzip file (${messageOf(error)})`, {
        where: path,
        remedy: 'fetch or make it anew',
      });
    }
    throw explainFileError(error, path);
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
