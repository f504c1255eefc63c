import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../foundation/errors.ts';
import { KernelPool } from './kernel-pool.ts';
import { ensureBytes, PAGE_BYTES } from './kernels.ts';
import type { KernelCall, KernelMemory } from './kernels.ts';

const pools: KernelPool[] = [];
const openPool = (threads: number): KernelPool => {
  const pool = new KernelPool(threads);
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** Calls whose results are `base`, `base` + 1, …: sums of squares of 16 numbers each. */
function countingCalls(memory: KernelMemory, count: number, base: number, offset = 0): KernelCall[] {
  const view = new Float32Array(memory.memory.buffer);
  return Array.from({ length: count }, (_, index) => {
    view[offset + index * 16] = Math.sqrt(base + index);
    return { kernel: 'sumOfSquares', memory, parameters: [(offset + index * 16) * 4, 16] };
  });
}

const counted = (count: number, base: number): unknown[] =>
  Array.from({ length: count }, (_, index): unknown => expect.closeTo(base + index, 3));

describe.each([1, 2])('a pool of %d threads', (threads) => {
  test('gives results in the order of the calls', async () => {
    const pool = openPool(threads);
    const memory = pool.createMemory(PAGE_BYTES);
    expect(await pool.run(countingCalls(memory, 50, 1))).toEqual(counted(50, 1));
    expect(await pool.run([])).toEqual([]);
  });

  test('works on several memories, some made later and some used again', async () => {
    const pool = openPool(threads);
    const first = pool.createMemory(PAGE_BYTES);
    expect(await pool.run(countingCalls(first, 3, 1))).toEqual(counted(3, 1));
    const second = pool.createMemory(PAGE_BYTES);
    expect(await pool.run([...countingCalls(first, 3, 5), ...countingCalls(second, 3, 9)])).toEqual([
      ...counted(3, 5),
      ...counted(3, 9),
    ]);
    pool.releaseMemory(first);
    const third = pool.createMemory(3 * PAGE_BYTES);
    expect(await pool.run([...countingCalls(second, 8, 2), ...countingCalls(third, 8, 2, 40_000)])).toEqual([
      ...counted(8, 2),
      ...counted(8, 2),
    ]);
  });

  test('keeps runs that are under way together apart', async () => {
    const pool = openPool(threads);
    const memory = pool.createMemory(4 * PAGE_BYTES);
    const runs = [0, 1, 2, 3].map((run) => pool.run(countingCalls(memory, 40, 100 * run + 1, run * 1024)));
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3].map((run) => counted(40, 100 * run + 1)));
  });

  test('reports a call that fails, and works on', async () => {
    const pool = openPool(threads);
    const memory = pool.createMemory(PAGE_BYTES);
    const outside: KernelCall = { kernel: 'sumOfSquares', memory, parameters: [PAGE_BYTES, 16] };
    await expect(pool.run([outside])).rejects.toThrow('out of bounds');
    expect(await pool.run(countingCalls(memory, 5, 1))).toEqual(counted(5, 1));
  });
});

describe('a memory that cannot be had', () => {
  // More than 32-bit addresses reach, and more than any number of pages.
  test.each([2 ** 32, 2 ** 50])('of %i bytes is refused in a line that says what to do', (bytes) => {
    const refused =
      /^[\d.]+ GB of memory in one piece cannot be had \(run fewer examples at once, by a smaller micro-batch/;
    const pool = openPool(1);
    expect(() => pool.createMemory(bytes)).toThrow(UserError);
    expect(() => pool.createMemory(bytes)).toThrow(refused);
    const memory = pool.createMemory(PAGE_BYTES);
    expect(() => ensureBytes(memory, bytes)).toThrow(refused);
    // Nor is one that was let go grown to it.
    pool.releaseMemory(memory);
    expect(() => pool.createMemory(bytes)).toThrow(refused);
    expect(pool.createMemory(PAGE_BYTES)).toBe(memory);
  });
});

describe('memories', () => {
  const dirty = (pool: KernelPool, pages: number): KernelMemory => {
    const entry = pool.createMemory(pages * PAGE_BYTES);
    new Uint8Array(entry.memory.buffer).fill(1);
    return entry;
  };
  const isZero = ({ memory }: KernelMemory, bytes: number) =>
    new Uint8Array(memory.buffer, 0, bytes).every((byte) => byte === 0);

  test('that were let go are used again, zeroed: the smallest that is large enough', () => {
    const pool = openPool(1);
    const [large, small, middle] = [dirty(pool, 9), dirty(pool, 2), dirty(pool, 5)];
    for (const entry of [large, small, middle]) pool.releaseMemory(entry);
    const again = pool.createMemory(3 * PAGE_BYTES);
    expect(again).toBe(middle);
    expect(isZero(again, 3 * PAGE_BYTES)).toBe(true);
    expect(pool.createMemory(PAGE_BYTES)).toBe(small);
  });

  test('are grown when none is large enough', () => {
    const pool = openPool(1);
    const entry = dirty(pool, 2);
    pool.releaseMemory(entry);
    const grown = pool.createMemory(3 * PAGE_BYTES + 1);
    expect(grown).toBe(entry);
    expect(grown.memory.buffer.byteLength).toBe(4 * PAGE_BYTES);
    expect(isZero(grown, 3 * PAGE_BYTES + 1)).toBe(true);
    expect(pool.createMemory(PAGE_BYTES)).not.toBe(entry);
  });
});
