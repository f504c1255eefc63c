// Each kernel against the same computation in plain JavaScript.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../foundation/random.ts';
import { KERNELS_BASE64, UNSHARED_KERNELS_BASE64 } from './kernels.generated.ts';

interface Kernels {
  adamw: (w: number, g: number, m: number, v: number, n: number, ...settings: number[]) => void;
  sumOfSquares: (x: number, n: number) => number;
  addRows: (values: number, indices: number, count: number, width: number, table: number) => void;
  fillMask: (mask: number, n: number, state: number, threshold: number) => void;
}

const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
const kernels = new WebAssembly.Instance(module, { host: { memory } }).exports as unknown as Kernels;
const floats = (address: number, values: ArrayLike<number>): Float32Array => {
  const view = new Float32Array(memory.buffer, address, values.length);
  view.set(values);
  return view;
};
const normals = (name: string, length: number): Float32Array => {
  const stream = RandomStream.named(1, name);
  return Float32Array.from({ length }, () => stream.normal());
};

test('the committed kernels are those of kernels.wat', async () => {
  const script = new URL('../../../scripts/generate-kernels.mjs', import.meta.url).href;
  const { compileKernels } = (await import(script)) as {
    compileKernels: (options: { shared: boolean }) => Promise<Buffer>;
  };
  expect((await compileKernels({ shared: true })).toString('base64')).toBe(KERNELS_BASE64);
  expect((await compileKernels({ shared: false })).toString('base64')).toBe(UNSHARED_KERNELS_BASE64);
});

describe('adamw', () => {
  // torch.optim.AdamW, in float64 (the single-tensor form of its documentation).
  test.each([0, 0.1])('takes PyTorch’s steps, with bias correction and a weight decay of %d', (weightDecay) => {
    const [n, learningRate, beta1, beta2, epsilon] = [32, 1e-2, 0.9, 0.999, 1e-8];
    const w = floats(0, normals('weight', n));
    const g = floats(1024, new Float32Array(n));
    floats(2048, new Float32Array(n));
    floats(3072, new Float32Array(n));
    const expected = Array.from(w, (weight) => ({ weight, m: 0, v: 0 }));
    for (let step = 1; step <= 5; step++) {
      g.set(normals(`gradient ${step}`, n));
      const scale = 0.5; // clipping: gradients count half
      const correction = Math.sqrt(1 - beta2 ** step);
      kernels.adamw(
        0,
        1024,
        2048,
        3072,
        n,
        1 - learningRate * weightDecay,
        beta1,
        beta2,
        (learningRate / (1 - beta1 ** step)) * correction,
        epsilon * correction,
        scale,
      );
      expected.forEach((state, index) => {
        const gradient = g[index]! * scale;
        state.weight *= 1 - learningRate * weightDecay;
        state.m = beta1 * state.m + (1 - beta1) * gradient;
        state.v = beta2 * state.v + (1 - beta2) * gradient ** 2;
        const denominator = Math.sqrt(state.v / (1 - beta2 ** step)) + epsilon;
        state.weight -= (learningRate * (state.m / (1 - beta1 ** step))) / denominator;
      });
    }
    // A hundred-thousandth of the way that the weights went.
    expected.forEach(({ weight }, index) => expect(Math.abs(w[index]! - weight)).toBeLessThan(5 * learningRate * 1e-5));
  });
});

describe('sumOfSquares', () => {
  test('adds up in float64', () => {
    // In float32 the small squares would be lost beside the first.
    const values = Float32Array.from({ length: 4096 }, (_, index) => (index === 0 ? 4096 : 0.5));
    floats(0, values);
    expect(kernels.sumOfSquares(0, 4096)).toBe(4096 ** 2 + 4095 * 0.25);
  });

  test('counts every lane', () => {
    for (let index = 0; index < 16; index++) {
      floats(
        0,
        Array.from({ length: 16 }, (_, other) => (other === index ? 3 : 0)),
      );
      expect(kernels.sumOfSquares(0, 16)).toBe(9);
    }
  });
});

describe('addRows', () => {
  test('adds each row to its place, repeated rows in order, for any width', () => {
    const rows = fc.array(fc.nat(4), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 9 }), (indices, width) => {
        const values = floats(0, normals('values', indices.length * width));
        new Int32Array(memory.buffer, 8192, indices.length).set(indices);
        const table = floats(16384, normals('table', 5 * width));
        const after = floats(16384 + table.byteLength, [7]); // the number behind the table
        const expected = Float32Array.from(table);
        indices.forEach((row, index) => {
          for (let column = 0; column < width; column++)
            expected[row * width + column]! += values[index * width + column]!;
        });
        kernels.addRows(0, 8192, indices.length, width, 16384);
        expect(table).toEqual(expected);
        expect(after[0]).toBe(7);
      }),
      { numRuns: 50 },
    );
  });
});

describe('fillMask', () => {
  const size = 65536;
  const draw = (seed: string, threshold: number): Uint8Array => {
    const state = new Uint32Array(memory.buffer, 2 * size, 16);
    const stream = RandomStream.named(1, seed);
    for (let word = 0; word < 16; word++) state[word] = stream.integer(2 ** 32);
    kernels.fillMask(0, size, 2 * size, threshold);
    return Uint8Array.from(new Uint8Array(memory.buffer, 0, size));
  };

  test.each([0.1, 0.5, 0.9])('is 1 with probability %d, else 0', (probability) => {
    const mask = draw('frequency', Math.round(probability * 65536));
    expect(new Set(mask)).toEqual(new Set([0, 1]));
    const mean = mask.reduce((sum, value) => sum + value, 0) / size;
    // Five standard deviations.
    expect(Math.abs(mean - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / size));
  });

  test('neighbours, at the generators’ distances too, do not depend on each other', () => {
    const mask = draw('independence', 32768);
    for (const distance of [1, 2, 4, 8, 16, 32, 64]) {
      let equal = 0;
      for (let index = distance; index < size; index++) if (mask[index] === mask[index - distance]) equal++;
      expect(Math.abs(equal / (size - distance) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / size));
    }
  });

  test('is a function of the seed', () => {
    expect(draw('one', 30000)).toEqual(draw('one', 30000));
    expect(draw('one', 30000)).not.toEqual(draw('other', 30000));
  });

  test('drops everything at threshold 0', () => {
    expect(draw('nothing', 0).every((value) => value === 0)).toBe(true);
  });
});
