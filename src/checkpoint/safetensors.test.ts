import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSafetensors, writeSafetensors } from './safetensors.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-safetensors-'));
  path = join(folder, 'x.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

/** A safetensors file with this header and so many bytes of data. */
function file(header: unknown, dataBytes: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

const entry = (shape: number[], begin: number, end: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('a file that is not what it says', () => {
  test.each([
    ['empty', Buffer.alloc(0), /too short/],
    [
      'length beyond the file',
      Buffer.from('ffffffffffffff7f7b7d', 'hex'),
      /claims a header of \d+ bytes in a file of 10/,
    ],
    ['no JSON', file('{"a":', 0), /the header is not valid JSON/],
    ['no object', file('[1,2]   ', 0), /the header is not a JSON object/],
    ['no UTF-8', file(JSON.stringify({ a: 1 }), 0).fill(0xff, 9, 11), /the header is not valid JSON/],
    ['malformed entry', file({ a: { dtype: 'F32' } }, 0), /tensor a: the header's entry is malformed/],
    ['negative size', file({ a: entry([-1], 0, 4) }, 4), /tensor a: the header's entry is malformed/],
    ['unknown format', file({ a: entry([4], 0, 4, 'F8_E4M3') }, 4), /tensor a: number format F8_E4M3 is not supported/],
    ['range too short', file({ a: entry([2], 0, 4) }, 4), /tensor a: F32 \[2\] takes 8 bytes, its range has 4/],
    ['range reversed', file({ a: entry([1], 8, 4) }, 8), /tensor a: F32 \[1\] takes 4 bytes, its range has -4/],
    ['beyond the end', file({ a: entry([2], 0, 8) }, 4), /tensor a: ends at byte \d+, the file at \d+/],
    ['overlap', file({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8), /tensor b: its bytes overlap another tensor's/],
    ['gap', file({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), /tensor b: its bytes leave a gap/],
    ['bytes of no tensor', file({ a: entry([1], 0, 4) }, 6), /holds 2 bytes that belong to no tensor/],
  ])('%s', async (_, bytes, message) => {
    await writeFile(path, bytes);
    const error: unknown = await openSafetensors(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UserError', where: path });
    expect(String(error)).toMatch(message);
  });
});

test('empty and scalar tensors', async () => {
  await writeFile(path, file({ empty: entry([0, 3], 0, 0), scalar: entry([], 0, 4) }, 4));
  const source = await openSafetensors(path);
  await source.readInto('empty', new Float32Array(0));
  const scalar = Float32Array.of(7);
  await source.readInto('scalar', scalar);
  expect(scalar[0]).toBe(0);
  await expect(source.readInto('absent', scalar)).rejects.toThrow(/x\.safetensors: holds no tensor absent/);
  await source.close();
});

test.each(['float32', 'float16', 'bfloat16'] as const)('what is written as %s is read back', async (format) => {
  // Memory shared with workers, as weights in training are.
  const shared = new Float32Array(new SharedArrayBuffer(24)).fill(0.5);
  const data = Float32Array.from({ length: 600_001 }, (_, i) => (i % 64) - 32);
  await writeSafetensors(
    path,
    [
      { name: 'shared', shape: [2, 3], data: shared },
      { name: 'large', shape: [600_001], data },
    ],
    format,
  );
  const source = await openSafetensors(path);
  expect(source.names()).toEqual(['shared', 'large']);
  const target = new Float32Array(new SharedArrayBuffer(24));
  await source.readInto('shared', target);
  expect([...target]).toEqual([...shared]);
  const large = new Float32Array(600_001);
  await source.readInto('large', large);
  expect(Buffer.compare(Buffer.from(large.buffer), Buffer.from(data.buffer))).toBe(0);
  await source.close();
});
