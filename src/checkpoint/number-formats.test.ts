import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeToFloat32, encodeWeights, toBfloat16Bits, toHalfBits } from './number-formats.ts';

function decode(bits: Uint16Array, format: 'F16' | 'BF16'): Float32Array {
  const values = new Float32Array(bits.length);
  decodeToFloat32(new Uint8Array(bits.buffer), format, values);
  return values;
}

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const isNaNPattern = {
  F16: (bits: number) => (bits & 0x7fff) > 0x7c00,
  BF16: (bits: number) => (bits & 0x7fff) > 0x7f80,
};

test.each([
  ['F16', toHalfBits],
  ['BF16', toBfloat16Bits],
] as const)('%s: every value survives reading and writing', (format, toBits) => {
  const values = decode(everyPattern, format);
  for (let bits = 0; bits < 0x10000; bits++) {
    if (isNaNPattern[format](bits)) expect(values[bits]).toBeNaN();
    else if (toBits(values[bits]!) !== bits) expect.fail(`${bits} became ${toBits(values[bits]!)}`);
  }
});

test('halves as IEEE 754 says', () => {
  // 1, the largest, the smallest subnormal, half of that (a tie: to even, zero), beyond the largest, a tie to even, one third.
  const values = [1, 65504, 2 ** -24, 2 ** -25, 65520, 1 + 2 ** -11, 1 / 3, -0, NaN];
  expect(values.map(toHalfBits)).toEqual([0x3c00, 0x7bff, 1, 0, 0x7c00, 0x3c00, 0x3555, 0x8000, 0x7e00]);
});

test.each([
  ['F16', toHalfBits, -65000, 65000],
  ['BF16', toBfloat16Bits, -(2 ** 126), 2 ** 126],
] as const)('%s: what is written is one of the two neighbours, the nearer one', (format, toBits, min, max) => {
  fc.assert(
    fc.property(fc.float({ min, max, noNaN: true }), (value) => {
      const bits = toBits(value);
      const [written, above, below] = decode(Uint16Array.of(bits, bits + 1, Math.max(bits & 0x8000, bits - 1)), format);
      const error = Math.abs(written! - value);
      expect(error).toBeLessThanOrEqual(Math.abs(above! - value));
      expect(error).toBeLessThanOrEqual(Math.abs(below! - value));
    }),
  );
});

test('integers and doubles become float32', () => {
  const longs = new Float32Array(2);
  decodeToFloat32(new Uint8Array(BigInt64Array.of(-3n, 2n ** 40n).buffer), 'I64', longs);
  expect([...longs]).toEqual([-3, 2 ** 40]);
  const doubles = new Float32Array(3);
  decodeToFloat32(new Uint8Array(Float64Array.of(0.1).buffer), 'F64', doubles, 2);
  expect([...doubles]).toEqual([0, 0, Math.fround(0.1)]);
});

test('float32 is written from where it lies', () => {
  const values = Float32Array.of(1, 2, 3).subarray(1);
  expect(encodeWeights(values, 'float32').buffer).toBe(values.buffer);
  expect(encodeWeights(values, 'bfloat16')).toEqual(Uint8Array.of(0x00, 0x40, 0x40, 0x40));
});
