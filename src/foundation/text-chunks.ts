/**
 * A text file as a stream of strings: strict UTF-8, unpacked if it is gzipped, without byte order mark.
 *
 * Node's own decoding puts U+FFFD for what is not UTF-8, and offsets after it would be wrong; here it is an error
 * with the line's number.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { explainFileError, UserError } from './errors.ts';

/** Bytes read at a time. */
const CHUNK = 1 << 18;

/**
 * Yields a file's text piece by piece; an empty file yields nothing.
 * @throws UserError when the file cannot be read or unpacked, or is not UTF-8, with the line where it ceases to be.
 */
export async function* readTextChunks(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let isFirst = true;
  for await (const bytes of readBytes(path)) {
    if (isFirst) refuseUtf16(bytes, path);
    isFirst = false;
    const text = decode(decoder, bytes, path, line, true);
    line += countNewlines(text);
    if (text !== '') yield text;
  }
  decode(decoder, new Uint8Array(), path, line, false);
}

/** The text of bytes that begin on a line of a file. @throws UserError where they are not UTF-8. */
export const decodeUtf8 = (bytes: Uint8Array, path: string, line: number): string =>
  decode(new TextDecoder('utf-8', { fatal: true }), bytes, path, line, false);

function decode(decoder: TextDecoder, bytes: Uint8Array, path: string, line: number, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    const where = `${path}:${line + newlinesBeforeDamage(bytes)}`;
    // Advice to convert it would make text of any file: every byte is a letter of latin1.
    if (isBinary(bytes)) throw new UserError('binary data, not text', { where, remedy: 'name a text file' });
    throw new UserError('the text is not UTF-8', {
      where,
      remedy: 'convert it, for instance: iconv -f latin1 -t utf-8',
    });
  }
}

/** @throws UserError where a file's first bytes tell of UTF-16. */
export function refuseUtf16(bytes: Uint8Array, path: string): void {
  if (utf16Of(bytes) === undefined) return;
  throw new UserError('the text is UTF-16, not UTF-8', {
    where: path,
    remedy: 'convert it, for instance: iconv -f utf-16 -t utf-8',
  });
}

/** The kind of UTF-16 that a byte order mark tells of. */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** What PDFs, ZIP archives (and office documents, which are such) and XZ archives begin with. */
const BINARY_BEGINNINGS = ['%PDF-', 'PK\x03\x04', '\xfd7zXZ'];

function isBinary(bytes: Uint8Array): boolean {
  const beginning = String.fromCharCode(...bytes.subarray(0, 8));
  return bytes.includes(0) || BINARY_BEGINNINGS.some((start) => beginning.startsWith(start));
}

/** How many lines end before the first place that is not UTF-8. */
function newlinesBeforeDamage(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  // A sequence cut off by the chunk's start shows as damage too, on the same line.
  return countNewlines(text.slice(0, Math.max(0, text.indexOf('\uFFFD'))));
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** What every gzip file begins with. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function* readBytes(path: string, chunk = CHUNK): AsyncGenerator<Uint8Array> {
  try {
    if (path.endsWith('.gz')) yield* unpackedBytes(path, chunk);
    else {
      let isFirst = true;
      for await (const bytes of plainBytes(path, chunk)) {
        if (isFirst && isGzip(bytes)) {
          throw new UserError('the file is gzipped', { where: path, remedy: 'give its name the ending .gz' });
        }
        isFirst = false;
        yield bytes;
      }
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new UserError('the file is not a whole gzip file', { where: path, remedy: 'fetch it again', cause: error });
    }
    throw explainFileError(error, path);
  }
}

/**
 * Reads without a stream: corpora of many small files would spend their time in making streams. The bytes are good
 * until the next are asked for.
 */
async function* plainBytes(path: string, chunk: number): AsyncGenerator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.allocUnsafeSlow(size > 0 ? Math.min(chunk, size) : chunk);
    for (let count = readSync(file, bytes); count > 0; count = readSync(file, bytes)) {
      yield bytes.subarray(0, count);
      // Others get their turn between the chunks of a long file.
      if (count === chunk) await setImmediate();
    }
  } finally {
    closeSync(file);
  }
}

async function* unpackedBytes(path: string, chunk: number): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  try {
    const unpacked = createGunzip({ chunkSize: chunk });
    file.on('error', (error) => unpacked.destroy(error));
    yield* file.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } finally {
    file.destroy();
  }
}

/**
 * The beginning of a file, unpacked if it is gzipped, whatever its encoding.
 * @param characters about how many.
 * @throws UserError when the file cannot be read or unpacked.
 */
export async function readBeginning(path: string, characters: number): Promise<string> {
  let decoder: TextDecoder | undefined;
  let beginning = '';
  for await (const bytes of readBytes(path, 4 * characters)) {
    decoder ??= new TextDecoder(utf16Of(bytes) ?? 'utf-8');
    beginning += decoder.decode(bytes, { stream: true });
    if (beginning.length >= characters) break;
  }
  return beginning.slice(0, characters);
}
