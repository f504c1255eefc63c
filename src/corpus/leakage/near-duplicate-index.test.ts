import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jaccard, shinglesOf } from './minhash.ts';
import { NearDuplicateIndex } from './near-duplicate-index.ts';

const sentence = fc
  .array(fc.constantFrom('a', 'rat', 'had', 'been', 'given', 'DRUG', 'and', 'died'), { maxLength: 12 })
  .map((words) => words.join(' '));

it('finds the most similar of all sentences, as comparing all with all does', () => {
  fc.assert(
    fc.property(fc.array(sentence, { maxLength: 30 }), sentence, (texts, asked) => {
      const LEAST = 0.9;
      const found = new NearDuplicateIndex(LEAST, texts).find(asked);
      const own = shinglesOf(asked);
      const known = own.length === 0 ? [] : texts.filter((text) => shinglesOf(text).length > 0);
      const similarities = known.map((text) => jaccard(own, shinglesOf(text)));
      const best = Math.max(0, ...similarities);
      if (best < LEAST) expect(found).toBeUndefined();
      else expect(found).toEqual({ text: known[similarities.indexOf(best)], similarity: best });
    }),
    { numRuns: 200 },
  );
});

it('grows, and never finds what is less similar than asked for', () => {
  const index = new NearDuplicateIndex(0.8);
  expect(index.find('the rat was given DRUG')).toBeUndefined();
  index.add('the rat was given DRUG');
  expect(index.find('The rat was given DRUG!')?.similarity).toBe(1);
  expect(index.find('the dog was given DRUG')).toBeUndefined();
  index.add('');
  expect(index.find('')).toBeUndefined();
});
