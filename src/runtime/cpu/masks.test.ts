import { afterAll, describe, expect, test } from 'vitest';
import { Graph } from '../../graph/graph.ts';
import { KernelPool } from '../kernels/kernel-pool.ts';
import { MaskMemory } from './masks.ts';
import type { Mask } from './masks.ts';

const pools = [new KernelPool(1), new KernelPool(3)];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));

async function draw(pool: KernelPool, batch: number, seed: readonly (string | number)[]): Promise<Mask[]> {
  const graph = new Graph();
  graph.mask('wide', ['batch', 1001], 0.9);
  graph.mask('odd', ['batch', 3], 0.5);
  graph.mask('same size', ['batch', 1001], 0.9);
  graph.mask('hardly any', [512], 1 - 1e-7);
  const memory = new MaskMemory(pool, graph.inputs);
  const masks = (await memory.fill({ batch }, seed)).map((mask) => ({ ...mask, data: Uint8Array.from(mask.data) }));
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
