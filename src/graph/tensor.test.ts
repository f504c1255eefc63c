import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  broadcastShapes,
  factorsOf,
  formatShape,
  multiplyDimensions,
  normalizeAxis,
  resolveDimension,
  resolveShape,
  sameShape,
  sizeOf,
} from './tensor.ts';
import type { Dimension } from './tensor.ts';

const BINDINGS = { batch: 3, sequence: 5, keys: 2 };
const factor = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom<Dimension>('batch', 'sequence', 'keys'));
const dimension = fc.array(factor, { minLength: 1, maxLength: 4 }).map((factors) => multiplyDimensions(...factors));

describe('dimensions', () => {
  test.each<[Dimension[], Dimension]>([
    [[], 1],
    [[2, 3], 6],
    [['sequence', 'batch'], 'batch*sequence'],
    [['batch', 2, 'batch', 3], '6*batch*batch'],
    [['2*batch', 'sequence*3'], '6*batch*sequence'],
    [['batch', 1], 'batch'],
    [['batch', 0], 0],
  ])('the product of %j is %j', (dimensions, product) => {
    expect(multiplyDimensions(...dimensions)).toBe(product);
  });

  test('a product has one form, whatever the order and grouping of its factors', () => {
    fc.assert(
      fc.property(dimension, dimension, dimension, (a, b, c) => {
        const product = multiplyDimensions(a, b, c);
        expect(multiplyDimensions(c, a, b)).toBe(product);
        expect(multiplyDimensions(multiplyDimensions(a, b), c)).toBe(product);
        const { number, symbols } = factorsOf(product);
        expect(multiplyDimensions(number, ...symbols)).toBe(product);
      }),
    );
  });

  test('a product’s value is the product of the values', () => {
    fc.assert(
      fc.property(fc.array(dimension, { maxLength: 4 }), (shape) => {
        const values = resolveShape(shape, BINDINGS);
        expect(resolveDimension(sizeOf(shape), BINDINGS)).toBe(values.reduce((product, value) => product * value, 1));
      }),
    );
  });

  test('a symbol without a value is named', () => {
    expect(() => resolveShape([2, 'batch*length'], BINDINGS)).toThrow("no value for the dimension 'length'");
  });
});

describe('shapes', () => {
  test('are the same when every axis is', () => {
    expect(sameShape(['batch', 3], ['batch', 3])).toBe(true);
    expect(sameShape(['batch', 3], ['batch'])).toBe(false);
    expect(sameShape(['batch'], ['sequence'])).toBe(false);
    expect(formatShape(['batch', 3])).toBe('[batch, 3]');
  });

  test('broadcast from the end, and 1 stretches', () => {
    expect(broadcastShapes(['batch', 1, 3], ['sequence', 1])).toEqual(['batch', 'sequence', 3]);
    expect(broadcastShapes([], ['batch'])).toEqual(['batch']);
    expect(() => broadcastShapes(['batch', 3], ['sequence', 3])).toThrow(
      'shapes [batch, 3] and [sequence, 3] do not broadcast',
    );
    expect(() => broadcastShapes([2], [3])).toThrow('do not broadcast');
  });

  test('broadcasting does not depend on the order, and keeps a shape that contains the other', () => {
    const shape = fc.array(fc.constantFrom<Dimension>('batch', 'sequence', 2, 3), { maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.nat(4), fc.infiniteStream(fc.boolean()), (whole, dropped, flags) => {
        const part = whole.slice(dropped).map((size) => (flags.next().value === true ? 1 : size));
        expect(broadcastShapes(whole, part)).toEqual(whole);
        expect(broadcastShapes(part, whole)).toEqual(whole);
      }),
    );
  });

  test('axes count from either end', () => {
    expect([normalizeAxis(0, 3), normalizeAxis(-1, 3), normalizeAxis(-3, 3)]).toEqual([0, 2, 0]);
    expect(() => normalizeAxis(3, 3)).toThrow('axis 3 is outside a tensor of rank 3');
    expect(() => normalizeAxis(-4, 3)).toThrow('axis -4');
  });
});
