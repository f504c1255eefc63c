import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureQuality } from './quality.ts';

const placeholders = [{ head: 'DRUG', tail: 'DISEASE' }];
const gold = ['Severe DISEASE followed DRUG in two patients .', 'DRUG caused DISEASE in rats .'];

const word = fc.constantFrom('DRUG', 'DISEASE', 'caused', 'severe', 'in', 'rats', '.');
const sentence = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
const sentences = fc.array(sentence, { maxLength: 10 });

describe('measureQuality', () => {
  it('tells for every sentence what it has from gold', () => {
    const quality = measureQuality(['DRUG caused DISEASE in two patients .', 'No DISEASE was seen'], gold, {
      placeholders,
      perplexities: [
        { tokens: 11, negativeLogLikelihood: 10 * Math.log(20) },
        { tokens: 6, negativeLogLikelihood: 5 * Math.log(50) },
      ],
    });
    const [first, second] = quality.bySentence;
    expect(first).toMatchObject({
      words: 7,
      longestCopy: 4,
      copiedShare: 4 / 7,
      // Of four: "drug caused disease in" and "in two patients ." stand in gold.
      novelty: 2 / 4,
      nearestGold: { index: 1, similarity: 3 / 6 },
      order: 'head-first',
    });
    expect(first!.perplexity).toBeCloseTo(20, 10);
    expect(second).toMatchObject({ words: 4, longestCopy: 1, novelty: 1, order: null });
    expect(quality).toMatchObject({ sentences: 2, headFirst: 1, goldHeadFirst: 0.5, lengthDistance: 1.5 });
    // Pairs of words that gold does not have: none of six, and all of three.
    expect(quality.novelty[1]).toBeCloseTo(3 / 9, 12);
    expect(quality.perplexity!.mean).toBeCloseTo(35, 10);
    expect(quality.perplexity!.overall).toBeCloseTo(20 ** (10 / 15) * 50 ** (5 / 15), 10);
  });

  it('compares as many generated as gold sentences, chosen by the seed', () => {
    const many = Array.from({ length: 40 }, (_, i) => `DRUG caused DISEASE number ${i}`);
    const of = (seed: number, sample: number) =>
      measureQuality(many, many.slice(0, 30), { placeholders, seed, sample });
    expect(of(1, 500).diversity.sentences).toBe(30);
    expect(of(1, 500).goldDiversity.sentences).toBe(30);
    expect(of(1, 20).diversity.sentences).toBe(20);
    expect(of(1, 20)).toEqual(of(1, 20));
  });

  it('measures no sentences, and no gold', () => {
    expect(measureQuality([], gold, { placeholders })).toMatchObject({
      sentences: 0,
      novelty: [null, null, null, null],
      nearestGold: null,
      length: null,
      headFirst: null,
      perplexity: null,
      bySentence: [],
    });
    expect(measureQuality(['DRUG caused DISEASE'], [], { placeholders }).bySentence[0]).toMatchObject({
      longestCopy: 0,
      novelty: 1,
      nearestGold: null,
    });
    expect(() => measureQuality(['a'], gold, { placeholders, perplexities: [] })).toThrow('0 perplexities for 1');
  });

  it('finds gold to be copied whole, and keeps its figures in order', () => {
    fc.assert(
      fc.property(sentences, sentences, (texts, golds) => {
        const quality = measureQuality(texts, golds, { placeholders });
        quality.bySentence.forEach(({ longestCopy, copiedShare, novelty, nearestGold }, i) => {
          if (golds.includes(texts[i]!) && texts[i] !== '') {
            expect(copiedShare).toBe(1);
            expect(nearestGold?.similarity).toBe(
              texts[i]!.split(' ').filter((each) => each !== '.').length > 0 ? 1 : 0,
            );
          }
          expect(novelty === 1 || longestCopy >= 4).toBe(true);
          expect(copiedShare).toBeLessThanOrEqual(1);
        });
        // A new n-gram makes every longer one that holds it new.
        const known = quality.novelty.filter((share) => share !== null);
        if (texts.every((text) => text.split(' ').length === 12))
          expect(known).toEqual([...known].sort((a, b) => a - b));
      }),
    );
  });
});
