import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { maskPiece } from './masking.ts';

const [CLS, SEP, MASK, VOCABULARY] = [2, 3, 4, 500];
const vocabulary = { mask: MASK, vocabularySize: VOCABULARY, special: new Set([CLS, SEP]) };

test('predicts 15% of a piece, at least one token, never a special one; the rest stays', () => {
  const piece = fc.array(fc.integer({ min: 5, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 126 });
  fc.assert(
    fc.property(piece, fc.nat(), (content, seed) => {
      const ids = [CLS, ...content, SEP];
      const masked = maskPiece(ids, vocabulary, RandomStream.named(seed, 'mask'));
      expect(masked.predicted.length).toBe(Math.max(1, Math.round(content.length * 0.15)));
      const positions = masked.predicted.map(({ position }) => position);
      expect(new Set(positions).size).toBe(positions.length);
      for (const { position, label } of masked.predicted) {
        expect(label).toBe(ids[position]);
        expect(position > 0 && position < ids.length - 1).toBe(true);
      }
      expect(masked.ids.length).toBe(ids.length);
      masked.ids.forEach((id, position) => {
        if (!positions.includes(position)) expect(id).toBe(ids[position]);
      });
    }),
  );
});

test('more can be asked for', () => {
  const ids = [CLS, ...Array.from({ length: 40 }, (_, index) => 100 + index), SEP];
  expect(maskPiece(ids, vocabulary, RandomStream.named(1, 'mask'), 0.3).predicted).toHaveLength(12);
});

test('of these 80% become [MASK], 10% a random token, 10% stay; every place is as likely', () => {
  const ids = [CLS, ...Array.from({ length: 40 }, (_, index) => 100 + index), SEP];
  const stream = RandomStream.named(1, 'statistics');
  const counts = { mask: 0, same: 0, random: 0, all: 0 };
  const byPosition = new Int32Array(ids.length);
  const ROUNDS = 4000;
  for (let round = 0; round < ROUNDS; round++) {
    const masked = maskPiece(ids, vocabulary, stream);
    for (const { position, label } of masked.predicted) {
      const id = masked.ids[position];
      counts.all++;
      byPosition[position]!++;
      if (id === MASK) counts.mask++;
      else if (id === label) counts.same++;
      else counts.random++;
    }
  }
  // Within five standard deviations; a random token is the same one, or [MASK], once in 500 each.
  const near = (share: number, of: number) => 5 * Math.sqrt((share * (1 - share)) / of);
  expect(Math.abs(counts.mask / counts.all - 0.8 - 0.1 / 500)).toBeLessThan(near(0.8, counts.all));
  expect(Math.abs(counts.same / counts.all - 0.1 - 0.1 / 500)).toBeLessThan(near(0.1, counts.all));
  expect(Math.abs(counts.random / counts.all - 0.1 + 0.2 / 500)).toBeLessThan(near(0.1, counts.all));
  for (const count of byPosition.subarray(1, 41)) {
    expect(Math.abs(count / ROUNDS - 6 / 40)).toBeLessThan(near(0.15, ROUNDS));
  }
});
