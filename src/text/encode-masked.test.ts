/** A sentence that is cut keeps both of its placeholders, whatever stands around them. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { encodeMasked } from './encode-masked.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../tests/fixtures/tokenizers/bert-vocab-txt', import.meta.url));
  tokenizer = (await loadTokenizer(folder)).withAddedTokens(['DRUG', 'DISEASE']).tokenizer;
});

const BUDGET = 14;
const words = fc.array(fc.constantFrom('the', 'DRUGN', 'DISEASEN', 'drug', 'a'), { maxLength: 40 });
const pair = fc.constantFrom(['DRUG', 'DISEASE'], ['DISEASE', 'DRUG']);

test('both stay, in their order, among other entities that are masked alike', () => {
  const [drug, disease] = ['DRUG', 'DISEASE'].map((token) => tokenizer.tokenToId(token)!);
  fc.assert(
    fc.property(words, pair, words, words, fc.constantFrom('', '-', '(', ','), (before, two, between, after, glue) => {
      const text = [...before, `${glue}${two[0]}`, ...between, `${two[1]}${glue}`, ...after].join(' ');
      const ids = encodeMasked(tokenizer, text, { head: 'DRUG', tail: 'DISEASE' }, BUDGET);
      expect(ids.length).toBe(Math.min(BUDGET, tokenizer.encode(text).length));
      const kept = ids.filter((id) => id === drug || id === disease);
      expect(kept).toEqual(two[0] === 'DRUG' ? [drug, disease] : [disease, drug]);
    }),
  );
});

test('a sentence that fits is as the tokenizer has it', () => {
  const text = 'a DRUG-induced DISEASE, the drug';
  expect(encodeMasked(tokenizer, text, { head: 'DRUG', tail: 'DISEASE' }, 100)).toEqual(tokenizer.encode(text));
});

test('a word may be of any length', () => {
  const text = `DRUG DISEASE ${'.'.repeat(200_000)}`;
  expect(encodeMasked(tokenizer, text, { head: 'DRUG', tail: 'DISEASE' }, BUDGET)).toHaveLength(BUDGET);
});
