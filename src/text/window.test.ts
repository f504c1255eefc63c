import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepRanges, windowAround } from './window.ts';

describe('windowAround', () => {
  it('keeps a short sentence whole', () => {
    const placeholders = [
      { start: 0, end: 1 },
      { start: 5, end: 6 },
    ] as const;
    expect(windowAround(10, placeholders, 10)).toEqual([{ start: 0, end: 10 }]);
  });

  it('centres the stretch between the placeholders', () => {
    const placeholders = [
      { start: 55, end: 56 },
      { start: 50, end: 51 },
    ] as const;
    expect(windowAround(100, placeholders, 10)).toEqual([{ start: 48, end: 58 }]);
  });

  it('cuts the middle where the placeholders are too far apart', () => {
    const placeholders = [
      { start: 10, end: 12 },
      { start: 90, end: 92 },
    ] as const;
    expect(windowAround(100, placeholders, 12)).toEqual([
      { start: 8, end: 14 },
      { start: 88, end: 94 },
    ]);
  });

  it('refuses placeholders that are longer than the budget', () => {
    const placeholders = [
      { start: 0, end: 5 },
      { start: 90, end: 95 },
    ] as const;
    expect(() => windowAround(100, placeholders, 9)).toThrow(RangeError);
  });

  it('fills the budget, keeps both placeholders whole and the order of the tokens', () => {
    const cases = fc
      .tuple(fc.nat(60), fc.integer({ min: 1, max: 4 }), fc.nat(60), fc.integer({ min: 1, max: 4 }), fc.nat(60))
      .chain(([before, a, between, b, after]) =>
        fc.tuple(fc.constant({ before, a, between, b, after }), fc.integer({ min: a + b, max: 80 }), fc.boolean()),
      );
    fc.assert(
      fc.property(cases, ([{ before, a, between, b, after }, budget, swap]) => {
        const length = before + a + between + b + after;
        const first = { start: before, end: before + a };
        const second = { start: first.end + between, end: first.end + between + b };
        const ranges = windowAround(length, swap ? [second, first] : [first, second], budget);
        const tokens = Array.from({ length }, (_, i) => i);
        const kept = keepRanges(tokens, ranges);
        expect(kept).toHaveLength(Math.min(length, budget));
        expect(kept).toEqual([...new Set(kept)].sort((x, y) => x - y));
        expect(kept).toEqual(expect.arrayContaining([...tokens.slice(first.start, first.end)]));
        expect(kept).toEqual(expect.arrayContaining([...tokens.slice(second.start, second.end)]));
      }),
    );
  });
});
