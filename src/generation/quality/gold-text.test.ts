import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GoldText } from './gold-text.ts';
import { NearestGold } from './nearest-gold.ts';
import { jaccard, shinglesOf } from '../../corpus/leakage/minhash.ts';

const word = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const sentence = fc.array(word, { maxLength: 10 }).map((words) => words.join(' '));
const sentences = fc.array(sentence, { maxLength: 8 });
const wordsOf = (text: string): string[] => (text === '' ? [] : text.split(' '));

describe('GoldText', () => {
  it('measures copies within one gold sentence, not over the border of two', () => {
    const gold = new GoldText(['DRUG caused severe DISEASE', 'in rats DRUG was safe']);
    expect(gold.copiedFrom('Severe DISEASE in rats')).toEqual([2, 1, 2, 1]);
    expect(gold.copiedFrom('DRUG caused severe DISEASE')).toEqual([4, 3, 2, 1]);
    expect(gold.copiedFrom('nothing, at all')).toEqual([0, 0, 0, 0]);
    expect(new GoldText([]).copiedFrom('DRUG')).toEqual([0]);
  });

  it('finds what looking at every place of gold finds', () => {
    fc.assert(
      fc.property(sentences, sentence, (gold, text) => {
        const words = wordsOf(text);
        const expected = words.map((_, start) => {
          const lengths = words.slice(start).map((_unused, i) => i + 1);
          const stands = (length: number): boolean => {
            const stretch = ` ${words.slice(start, start + length).join(' ')} `;
            return gold.some((each) => ` ${each} `.includes(stretch));
          };
          return Math.max(0, ...lengths.filter(stands));
        });
        expect(new GoldText(gold).copiedFrom(text)).toEqual(expected);
      }),
    );
  });
});

describe('NearestGold', () => {
  it('prefers pairs of neighbouring words, then single words, then the first', () => {
    const gold = new NearestGold(['DISEASE followed DRUG', 'after DRUG came pain', 'DRUG caused DISEASE', 'came pain']);
    expect(gold.nearest('DRUG caused nothing')).toEqual({ index: 2, similarity: 1 / 3 });
    expect(gold.nearest('DISEASE DRUG')).toEqual({ index: 0, similarity: 0 });
    expect(gold.nearest('rats')).toBeUndefined();
  });

  it('finds what comparing with all finds', () => {
    fc.assert(
      fc.property(sentences, sentence, (gold, text) => {
        const similarities = gold.map((each) => jaccard(shinglesOf(each), shinglesOf(text)));
        const shared = gold.filter((each) => wordsOf(each).some((one) => wordsOf(text).includes(one)));
        const found = new NearestGold(gold).nearest(text);
        expect(found === undefined).toBe(shared.length === 0);
        if (!found) return;
        expect(found.similarity).toBe(Math.max(...similarities));
        expect(similarities[found.index]).toBe(found.similarity);
      }),
    );
  });
});
