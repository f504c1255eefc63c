import { afterAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../foundation/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import { KernelPool } from '../kernels/kernel-pool.ts';
import type { KernelMemory } from '../kernels/kernels.ts';
import { LocalKernels } from '../kernels/local-kernels.ts';
import { CpuParameters } from './cpu-parameters.ts';

const pool = new KernelPool(1);
afterAll(() => pool.close());

const SPECIFICATIONS = [
  { name: 'a', shape: [3, 5] },
  { name: 'scalar', shape: [] },
  { name: 'b', shape: [17] },
];

const numbers = (length: number, first: number) => Float32Array.from({ length }, (_, index) => first + index);

describe('parameters', () => {
  test('are zero until written, and read as a copy', async () => {
    const parameters = new CpuParameters(pool, SPECIFICATIONS, true);
    expect(await parameters.read('a')).toEqual(new Float32Array(15));
    await parameters.write('a', numbers(15, 1));
    const copy = await parameters.read('a');
    copy.fill(9);
    expect(await parameters.read('a')).toEqual(numbers(15, 1));
  });

  test('keep weights and moments apart', async () => {
    const parameters = new CpuParameters(pool, SPECIFICATIONS, true);
    const parts = ['weight', 'firstMoment', 'secondMoment'] as const;
    for (const [place, { name, shape }] of SPECIFICATIONS.entries()) {
      const size = elementCount(shape);
      for (const [index, part] of parts.entries()) {
        await parameters.write(name, numbers(size, 1000 * place + 100 * index), part);
      }
      parameters.view(name, 'gradient').fill(-1);
    }
    for (const [index, part] of parts.entries()) {
      expect(await parameters.read('a', part)).toEqual(numbers(15, 100 * index));
      expect(await parameters.read('scalar', part)).toEqual(numbers(1, 1000 + 100 * index));
      expect(await parameters.read('b', part)).toEqual(numbers(17, 2000 + 100 * index));
    }
  });

  test('spread over several memories when one is full, none cut in two', async () => {
    const specifications = Array.from({ length: 5 }, (_, index) => ({ name: `p${index}`, shape: [100] }));
    // 100 numbers are padded to 112: two parameters of one stretch fit in 1000 bytes.
    const parameters = new CpuParameters(pool, [...specifications, { name: 'large', shape: [1000] }], false, 1000);
    const memories = ['p0', 'p1', 'p2', 'p3', 'p4', 'large'].map((name) => parameters.place(name).memory.id);
    const first = memories[0]!;
    expect(memories).toEqual([0, 0, 1, 1, 2, 3].map((id) => first + id));
    for (const { name } of specifications) await parameters.write(name, numbers(100, Number(name.slice(1))));
    for (const { name } of specifications) {
      expect(await parameters.read(name)).toEqual(numbers(100, Number(name.slice(1))));
    }
  });

  test('keep no memory where one of several cannot be had', () => {
    const kernels = new LocalKernels();
    const create = kernels.createMemory.bind(kernels);
    const living = new Set<KernelMemory>();
    vi.spyOn(kernels, 'createMemory').mockImplementation((bytes) => {
      if (living.size === 2) throw new UserError('no memory');
      const memory = create(bytes);
      living.add(memory);
      return memory;
    });
    vi.spyOn(kernels, 'releaseMemory').mockImplementation((memory) => living.delete(memory));
    const specifications = ['a', 'b', 'c'].map((name) => ({ name, shape: [100] }));
    expect(() => new CpuParameters(kernels, specifications, false, 500)).toThrow('no memory');
    expect(living.size).toBe(0);
  });

  test('have room for a kernel’s operands behind them, which is used again', async () => {
    const parameters = new CpuParameters(pool, SPECIFICATIONS, true);
    await parameters.write('b', numbers(17, 1), 'secondMoment');
    const start = parameters.stage('b', 100_000);
    const { buffer } = parameters.place('b').memory.memory;
    new Uint8Array(buffer, start, 100_000).fill(255);
    expect(await parameters.read('b', 'secondMoment')).toEqual(numbers(17, 1));
    expect(parameters.stage('a', 50_000)).toBe(start);
    expect(parameters.place('b').memory.memory.buffer.byteLength).toBe(buffer.byteLength);
  });
});

test('only what is trained has moments, and takes their room', async () => {
  const parameters = new CpuParameters(pool, SPECIFICATIONS, (name) => name === 'scalar');
  expect(parameters.trained).toEqual([{ name: 'scalar', shape: [] }]);
  for (const { name, shape } of SPECIFICATIONS) {
    const size = elementCount(shape);
    await parameters.write(name, numbers(size, 1));
  }
  await parameters.write('scalar', numbers(1, 8), 'secondMoment');
  expect(await parameters.read('a')).toEqual(numbers(15, 1));
  expect(await parameters.read('scalar')).toEqual(numbers(1, 1));
  expect(await parameters.read('b')).toEqual(numbers(17, 1));
  // Stretches of 16 numbers: one for a, four for the scalar.
  expect(parameters.address('b', 'weight')).toBe(4 * 16 * 5);
  await expect(async () => await parameters.read('b', 'firstMoment')).rejects.toThrow("'b' has no firstMoment");
});

describe('refusals', () => {
  const frozen = new CpuParameters(pool, SPECIFICATIONS, false);
  test.each<[string, () => unknown, string]>([
    ['a name that is not there', () => frozen.read('c'), "there is no parameter 'c'"],
    ['another length', () => frozen.write('a', new Float32Array(4)), "'a' has 15 numbers, not 4"],
    ['moments of weights that are not trained', () => frozen.read('a', 'firstMoment'), "'a' has no firstMoment"],
    ['writing them', () => frozen.write('a', new Float32Array(15), 'secondMoment'), "'a' has no secondMoment"],
  ])('%s', async (_, act, message) => {
    await expect(async () => await act()).rejects.toThrow(message);
  });

  test('anything after they were disposed of', async () => {
    const parameters = new CpuParameters(pool, SPECIFICATIONS, false);
    await parameters.dispose();
    await expect(async () => await parameters.read('a')).rejects.toThrow("there is no parameter 'a'");
    await parameters.dispose();
  });
});
