import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeLeak, LeakageSearch, type Leak } from './leakage.ts';
import { bandKey, BANDS, jaccard, shinglesOf } from './minhash.ts';

type Row = [part: 'train' | 'test', document: string, text: string];

function leaks(rows: readonly Row[], similarity?: number): Leak[] {
  const search = new LeakageSearch(['train', 'development', 'test'], similarity);
  rows.forEach(([part, document, text], i) => search.add(part, { id: `${part}${i}`, document, text }));
  return search.find();
}

const LONG =
  'in this trial DRUG was given to forty patients with mild or severe DISEASE for eight weeks without effect';

describe('LeakageSearch', () => {
  it('finds nothing where nothing is shared, and in a single part', () => {
    expect(
      leaks([
        ['train', 'a', 'DRUG causes DISEASE'],
        ['test', 'b', 'DISEASE is rare'],
      ]),
    ).toEqual([]);
    expect(
      leaks([
        ['train', 'a', LONG],
        ['train', 'a', LONG],
      ]),
    ).toEqual([]);
  });

  it('finds documents, sentences and near-duplicates, whichever part comes first', () => {
    const rows: Row[] = [
      ['test', 'x', 'DRUG causes DISEASE'],
      ['test', 'y', LONG.replace('forty', 'fifty')],
      ['test', 'y', LONG.replace('forty', 'ninety')],
      ['train', 'a', 'DRUG causes DISEASE'],
      ['train', 'x', LONG],
      ['train', 'x', 'DRUG helps'],
    ];
    for (const order of [rows, [...rows].reverse()]) {
      const [leak, ...more] = leaks(order);
      expect(more).toEqual([]);
      expect(leak).toMatchObject({ from: 'train', to: 'test', documents: 1, same: 1, near: 2 });
      expect(leak!.samples.map(({ similarity }) => similarity >= 0.8)).toEqual([true, true, true]);
      expect(describeLeak(leak!)).toBe(
        'leakage from train into test: 1 document, 1 example with the same masked sentence, 2 near-duplicates',
      );
    }
  });

  it('counts examples, and so a sentence with several pairs several times', () => {
    expect(
      leaks([
        ['train', 'a', 'DRUG'],
        ['test', 'b', 'DRUG'],
        ['test', 'c', 'DRUG'],
      ])[0]!.same,
    ).toBe(2);
  });

  it('finds what comparing all with all finds', () => {
    const word = fc.constantFrom('DRUG', 'DISEASE', 'and', 'or', 'causes');
    const text = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.array(text, { maxLength: 8 }), (train, test) => {
        const rows: Row[] = [
          ...train.map((each, i): Row => ['train', `a${i}`, each]),
          ...test.map((each, i): Row => ['test', `b${i}`, each]),
        ];
        const same = test.filter((each) => train.includes(each)).length;
        const near = test.filter(
          (each) => !train.includes(each) && train.some((other) => jaccard(shinglesOf(each), shinglesOf(other)) >= 0.8),
        ).length;
        const [leak] = leaks(rows);
        expect([leak?.same ?? 0, leak?.near ?? 0]).toEqual([same, near]);
      }),
    );
  });
});

describe('MinHash', () => {
  it('lets bands agree as often as the similarity to the fifth power', () => {
    const words = Array.from({ length: 60 }, (_, i) => `w${i}`);
    const agreeing = (shift: number): [similarity: number, share: number] => {
      let count = 0;
      let similarity = 0;
      const trials = 200;
      for (let trial = 0; trial < trials; trial++) {
        const line = words.map((word) => `${word}x${trial}`);
        const other = line.slice(shift).concat(words.slice(0, shift).map((word) => `${word}y${trial}`));
        const [a, b] = [line, other].map((each) => shinglesOf(each.join(' ')));
        similarity = jaccard(a!, b!);
        for (let band = 0; band < BANDS; band++) if (bandKey(a!, band) === bandKey(b!, band)) count++;
      }
      return [similarity, count / (trials * BANDS)];
    };
    for (const shift of [2, 5, 10]) {
      const [similarity, share] = agreeing(shift);
      // Three standard errors of 5,000 draws that depend on each other a little.
      expect(Math.abs(share - similarity ** 5)).toBeLessThan(0.03);
    }
  });

  it('looks past case and punctuation, and gives every sentence with words a shingle', () => {
    expect(shinglesOf('DRUG-induced DISEASE.')).toEqual(shinglesOf('drug induced disease'));
    expect(shinglesOf('DRUG')).toHaveLength(1);
    expect(shinglesOf('…')).toHaveLength(0);
  });
});
