import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diversityOf } from './diversity.ts';

const sentence = fc
  .array(fc.constantFrom('DRUG', 'DISEASE', 'caused', 'severe', 'in', 'rats', '.'), { maxLength: 12 })
  .map((words) => words.join(' '));

describe('diversityOf', () => {
  it('counts distinct n-grams without regard to case', () => {
    // the cat the dog / The cat: 6 words of 3 kinds, 4 pairs of 3, 2 threes of 2.
    expect(diversityOf(['the cat the dog', 'The cat']).distinct).toEqual([3 / 6, 3 / 4, 1]);
  });

  // sentence_bleu(others, sentence, smoothing_function=SmoothingFunction().method1), averaged, of NLTK 3.10.4.
  it.each([
    [
      0.26307925067763704,
      [
        'DRUG caused severe DISEASE in two patients.',
        'Two patients had severe DISEASE after DRUG.',
        'DRUG caused severe DISEASE in a child, and in two patients it did not.',
        'No DISEASE.',
        'Rats.',
      ],
    ],
    [
      0.09193227152249185,
      ['DRUG caused severe DISEASE in two patients.', 'Two patients had severe DISEASE after DRUG.'],
    ],
    [0.1224040041440863, ['the the the the cat', 'the the cat sat on the mat', 'a dog']],
  ])('self-BLEU is %d as NLTK has it', (expected, sentences) => {
    expect(diversityOf(sentences).selfBleu).toBeCloseTo(expected, 12);
  });

  it('knows the ends of both scales', () => {
    const long = 'DRUG caused severe DISEASE in two patients';
    expect(diversityOf([long, long]).selfBleu).toBeCloseTo(1, 12);
    expect(diversityOf(['a b c d e', 'f g h i j'])).toEqual({ sentences: 2, distinct: [1, 1, 1], selfBleu: 0 });
    expect(diversityOf([long]).selfBleu).toBeNull();
    expect(diversityOf([])).toEqual({ sentences: 0, distinct: [0, 0, 0], selfBleu: null });
  });

  it('stays within its scales, does not depend on order, and falls in distinct n-grams when a set is doubled', () => {
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 2, maxLength: 12 }), (sentences) => {
        const once = diversityOf(sentences);
        const turned = diversityOf([...sentences].reverse());
        const twice = diversityOf([...sentences, ...sentences]);
        expect(once.selfBleu).toBeGreaterThanOrEqual(0);
        expect(once.selfBleu).toBeLessThanOrEqual(1 + 1e-12);
        expect(turned.selfBleu).toBeCloseTo(once.selfBleu!, 10);
        expect(turned.distinct).toEqual(once.distinct);
        expect(twice.selfBleu).toBeGreaterThanOrEqual(once.selfBleu! - 1e-12);
        once.distinct.forEach((share, n) => {
          expect(twice.distinct[n]).toBeCloseTo(share / 2, 12);
        });
      }),
    );
  });
});
