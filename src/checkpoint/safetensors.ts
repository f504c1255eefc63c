/**
 * Safetensors files: eight bytes with the header's length, a JSON header that names each tensor's format, shape and byte range, then the
 * bytes. https://github.com/huggingface/safetensors#format
 *
 * The header comes from others, so each claim in it is checked before a byte of data is read. Ranges must follow each other without
 * gap or overlap and fill the file, as the format asks.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { explainFileError, messageOf, UserError } from '../foundation/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { BYTES_PER_ELEMENT, encodeWeights, isStoredFormat, STORED_AS, type WeightFormat } from './number-formats.ts';
import { FileTensorSource, openForReading, readExactly, type StoredTensor } from './tensor-source.ts';

/** The reference implementation's own limit. */
const LONGEST_HEADER = 100_000_000;
const REMEDY = 'the file is damaged or no safetensors file: fetch or write it again';

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/** A tensor to be written, with float32 data. */
export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  /** The elements, or a function that fetches them when their turn comes, so that a large model is never in memory twice. */
  data: Float32Array | (() => Promise<Float32Array>);
}

/** Opens a safetensors file and checks its header. @throws UserError naming the file, and the tensor where it is one's fault. */
export async function openSafetensors(path: string): Promise<FileTensorSource> {
  const handle = await openForReading(path);
  try {
    return new FileTensorSource(path, handle, await readHeader(handle, path));
  } catch (error) {
    await handle.close();
    throw explainFileError(error);
  }
}

async function readHeader(handle: FileHandle, path: string): Promise<Map<string, StoredTensor>> {
  const { size: fileSize } = await handle.stat();
  const bad = (what: string) => new UserError(what, { where: path, remedy: REMEDY });
  if (fileSize < 10) throw bad('is too short for a safetensors file');
  const prefix = Buffer.from(await readExactly(handle, new Uint8Array(8), 0, path));
  const headerLength = Number(prefix.readBigUInt64LE());
  if (headerLength > LONGEST_HEADER || headerLength + 8 > fileSize) {
    throw bad(`claims a header of ${headerLength} bytes in a file of ${fileSize}`);
  }
  const headerBytes = await readExactly(handle, new Uint8Array(headerLength), 8, path);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(headerBytes));
  } catch (error) {
    throw bad(`the header is not valid JSON: ${messageOf(error)}`);
  }
  const header = z.record(z.string(), z.unknown()).safeParse(json);
  if (!header.success) throw bad('the header is not a JSON object');

  const dataStart = 8 + headerLength;
  const ranges: { name: string; begin: number; end: number }[] = [];
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of Object.entries(header.data)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw bad(`tensor ${name}: the header's entry is malformed`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    if (!isStoredFormat(dtype)) {
      throw new UserError(`tensor ${name}: number format ${dtype} is not supported`, {
        where: path,
        remedy: 'convert the weights to F32, F16 or BF16',
      });
    }
    const [begin, end] = offsets;
    const bytes = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    if (end - begin !== bytes) {
      throw bad(`tensor ${name}: ${dtype} [${shape.join(', ')}] takes ${bytes} bytes, its range has ${end - begin}`);
    }
    if (dataStart + end > fileSize) {
      throw bad(`tensor ${name}: ends at byte ${dataStart + end}, the file at ${fileSize}`);
    }
    ranges.push({ name, begin, end });
    tensors.set(name, { dtype, shape, start: dataStart + begin });
  }
  let expected = 0;
  for (const { name, begin, end } of ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      throw bad(`tensor ${name}: its bytes ${begin < expected ? 'overlap' : 'leave a gap behind'} another tensor's`);
    }
    expected = end;
  }
  if (dataStart + expected !== fileSize)
    throw bad(`holds ${fileSize - dataStart - expected} bytes that belong to no tensor`);
  return tensors;
}

/**
 * Writes a safetensors file, tensor by tensor; float32 data goes to disk without a copy. The file is not atomic by itself: write it into a
 * scratch folder (`writeFolderAtomically`).
 * @returns the number of bytes of tensor data.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  format: WeightFormat,
): Promise<number> {
  const entries: [string, object][] = [['__metadata__', { format: 'pt' }]];
  let offset = 0;
  for (const { name, shape } of tensors) {
    const end = offset + elementCount(shape) * BYTES_PER_ELEMENT[STORED_AS[format]];
    entries.push([name, { dtype: STORED_AS[format], shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  // Padded with spaces so that the data begin at a multiple of eight bytes.
  const header = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));

  try {
    const handle = await open(path, 'w');
    try {
      await handle.writeFile(prefix);
      await handle.writeFile(header);
      for (const { name, shape, data } of tensors) {
        const values = typeof data === 'function' ? await data() : data;
        if (elementCount(shape) !== values.length) {
          throw new RangeError(`${name}: ${values.length} elements do not have the shape [${shape.join(', ')}]`);
        }
        await handle.writeFile(encodeWeights(values, format));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw explainFileError(error);
  }
  return offset;
}
