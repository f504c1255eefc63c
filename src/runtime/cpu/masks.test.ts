import { afterAll, describe, expect, test } from 'vitest';
import { Graph } from '../../graph/graph.ts';
import type { BatchPart } from '../device.ts';
import { KernelPool } from '../kernels/kernel-pool.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { LocalKernels } from '../kernels/local-kernels.ts';
import { MaskMemory } from './masks.ts';
import type { Mask } from './masks.ts';

const pools = [new KernelPool(1), new KernelPool(3)];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

/** @param memoryBytes see `MaskMemory`. */
async function draw(
  pool: Kernels,
  batch: number,
  seed: readonly (string | number)[],
  { memoryBytes, part }: { memoryBytes?: number; part?: BatchPart } = {},
): Promise<Mask[]> {
  const graph = new Graph();
  graph.mask('wide', ['batch', 1001], 0.9);
  graph.mask('odd', ['batch', 3], 0.5);
  graph.mask('same size', ['batch', 1001], 0.9);
  graph.mask('hardly any', [512], 1 - 1e-7);
  const memory = new MaskMemory(pool, graph.inputs, memoryBytes);
  const masks = (await memory.fill({ batch }, seed, part)).map((mask) => ({
    ...mask,
    data: Uint8Array.from(mask.data),
  }));
  memory.release();
  return masks;
}

describe('masks', () => {
  test('have the shapes of this batch', async () => {
    const masks = await draw(pools[0]!, 7, [1]);
    expect(masks.map(({ name, shape, data }) => [name, shape, data.length])).toEqual([
      ['wide', [7, 1001], 7007],
      ['odd', [7, 3], 21],
      ['same size', [7, 1001], 7007],
      ['hardly any', [512], 512],
    ]);
  });

  test('grow with the batch', async () => {
    const graph = new Graph();
    graph.mask('mask', ['batch', 1000], 0.5);
    const memory = new MaskMemory(pools[0]!, graph.inputs);
    const [small] = await memory.fill({ batch: 2 }, [1]);
    const first = Uint8Array.from(small!.data);
    const [large] = await memory.fill({ batch: 500 }, [1]);
    expect(large!.data).toHaveLength(500_000);
    expect(large!.data.subarray(0, 2000)).toEqual(first);
    memory.release();
  });

  test('depend on the seed and the name, and not on the number of threads', async () => {
    const [one, three] = [await draw(pools[0]!, 5, [3, 'step', 7]), await draw(pools[1]!, 5, [3, 'step', 7])];
    expect(three).toEqual(one);
    const other = await draw(pools[0]!, 5, [3, 'step', 8]);
    expect(other[0]!.data).not.toEqual(one[0]!.data);
    expect(one[0]!.data).not.toEqual(one[2]!.data);
  });

  describe('that one memory does not hold', () => {
    const kernels: [string, Kernels][] = [
      ['threads', pools[1]!],
      // Its memories move when they grow.
      ['this thread', new LocalKernels()],
    ];

    test.each(kernels)('are the same in several (%s), whole and in parts', async (_, pool) => {
      for (const part of [undefined, { whole: { batch: 7 }, offsets: { batch: 2 } }]) {
        const options = part && { part };
        const inOne = await draw(pools[0]!, 5, [3], options);
        // The smallest size holds none of them: each has a memory of its own.
        for (const memoryBytes of [16, 6000]) {
          expect(await draw(pool, 5, [3], { ...options, memoryBytes })).toEqual(inOne);
        }
      }
    });

    test('stand beside one another when a larger batch moves them', async () => {
      const graph = new Graph();
      graph.mask('first', ['batch', 1000], 0.5);
      graph.mask('second', ['batch', 1000], 0.5);
      const memory = new MaskMemory(pools[0]!, graph.inputs, 8000);
      const small = (await memory.fill({ batch: 3 }, [1])).map(({ data }) => Uint8Array.from(data));
      const large = (await memory.fill({ batch: 6 }, [1])).map(({ data }) => data);
      expect(large[0]!.buffer).not.toBe(large[1]!.buffer);
      expect(large.map((data) => data.subarray(0, 3000))).toEqual(small);
      memory.release();
    });
  });

  test('larger than any memory are refused in a line that says what to do', async () => {
    const graph = new Graph();
    graph.mask('mask', ['batch', 2 ** 20], 0.5);
    const memory = new MaskMemory(pools[0]!, graph.inputs);
    await expect(memory.fill({ batch: 2 ** 12 }, [1])).rejects.toThrow(
      '4.3 GB of memory in one piece cannot be had (run fewer examples at once',
    );
    memory.release();
  });

  test('let go twice, their memories are given to one owner each', async () => {
    const graph = new Graph();
    graph.mask('mask', ['batch', 1000], 0.5);
    const kernels = new LocalKernels();
    const part = { whole: { batch: 7 }, offsets: { batch: 2 } };
    const memory = new MaskMemory(kernels, graph.inputs);
    await memory.fill({ batch: 5 }, [1], part);
    memory.release();
    memory.release();
    const owners = Array.from({ length: 4 }, () => kernels.createMemory(16));
    expect(new Set(owners).size).toBe(4);
  });

  test('keep nearly everything when hardly anything is to be dropped', async () => {
    const kept = (await draw(pools[0]!, 1, [1]))[3]!.data.reduce((sum, value) => sum + value, 0);
    expect(kept).toBeGreaterThan(500);
  });

  test('need a value for every symbol', async () => {
    const graph = new Graph();
    graph.mask('mask', ['batch', 'keys'], 0.5);
    const memory = new MaskMemory(pools[0]!, graph.inputs);
    await expect(memory.fill({ batch: 2 }, [1])).rejects.toThrow("no value for the dimension 'keys'");
    memory.release();
  });
});
