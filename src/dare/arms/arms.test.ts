/** What each arm's members are trained on, for any corpus. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countPlaceholder } from '../../corpus/placeholders.ts';
import { RandomStream } from '../../foundation/random.ts';
import { drawSize } from '../draw.ts';
import type { MaskedExample } from '../prepared-corpus.ts';
import type { TrainingSentence } from '../training-sentence.ts';
import { arms, ARMS } from './arms.ts';
import type { Arm } from './arms.ts';
import { inverseFrequencyWeights } from './class-weighting.ts';
import { EDITS, editSentence, ownVocabulary } from './token-edits.ts';

const PLACEHOLDERS = [{ head: 'DRUG', tail: 'DISEASE' }];
const RELATIONS = ['advise', 'effect'];
const ALL = [...RELATIONS, null];

const word = fc.constantFrom('severe', 'induced', 'the', 'the', 'patients,', '.', '(12%)', 'été');
/** A masked sentence: words around both placeholders, one of which may hang on others ("DRUG-induced"). */
const sentence = fc
  .tuple(fc.array(word), fc.constantFrom('DRUG', 'DRUG-induced', '(DRUG'), fc.array(word), fc.array(word), fc.boolean())
  .map(([before, drug, between, after, reversed]) => {
    const [first, second] = reversed ? ['DISEASE.', drug] : [drug, 'DISEASE.'];
    return [...before, first, ...between, second, ...after].join(' ');
  });
/** A corpus with some examples of every class. */
const corpus = fc
  .tuple(...ALL.map(() => fc.array(sentence, { minLength: 2, maxLength: 12 })))
  .map((classes): MaskedExample[] =>
    classes.flatMap((texts, place) =>
      texts.map((text, index) => ({ id: `${place}-${index}`, document: 'd', text, relation: ALL[place]! })),
    ),
  );
const ratios = fc.double({ min: 0, max: 4, noNaN: true });

const dataOf = (arm: Arm, gold: MaskedExample[], { options = {}, ratio = 1, member = 0 } = {}) =>
  arms[arm].trainingData(
    {
      gold,
      relations: RELATIONS,
      placeholders: PLACEHOLDERS,
      pools: RELATIONS.map((relation) => ({
        relation,
        goldCount: gold.filter((example) => example.relation === relation).length,
        sentences: Array.from({ length: 100 }, (_, index) => ({ id: `${index}`, text: `${relation} ${index}` })),
      })),
    },
    { ratio, options },
    { seed: 1, path: ['member', member, arm] },
  );

const ofClass = <T extends TrainingSentence>(sentences: readonly T[], relation: string | null): T[] =>
  sentences.filter((each) => each.relation === relation);

test.each(ARMS)('%s: the same member is trained on the same, whatever else was drawn', (arm) => {
  fc.assert(
    fc.property(corpus, fc.integer({ min: 0, max: 9 }), (gold, member) => {
      expect(dataOf(arm, gold, { member })).toEqual(dataOf(arm, gold, { member }));
    }),
    { numRuns: 20 },
  );
});

test('arms that add by the ratio add r·|D_c| sentences of each relation to all gold ones, and none of null', () => {
  fc.assert(
    fc.property(corpus, ratios, fc.constantFrom<Arm>('dare', 'oversampling', 'token-edits'), (gold, ratio, arm) => {
      const data = dataOf(arm, gold, { ratio });
      expect(data.gold).toEqual(gold);
      for (const relation of RELATIONS) {
        expect(ofClass(data.added, relation)).toHaveLength(drawSize(ofClass(gold, relation).length, ratio));
      }
      expect(ofClass(data.added, null)).toEqual([]);
    }),
  );
});

describe('oversampling', () => {
  test('repeats each sentence of a class as often as any other, give or take one', () => {
    fc.assert(
      fc.property(corpus, ratios, (gold, ratio) => {
        const { added } = dataOf('oversampling', gold, { ratio });
        for (const relation of RELATIONS) {
          const counts = new Map<string, number>();
          for (const { text } of ofClass(gold, relation)) counts.set(text, 0);
          for (const { text } of ofClass(added, relation)) counts.set(text, counts.get(text)! + 1);
          const texts = ofClass(gold, relation).map(({ text }) => text);
          if (new Set(texts).size < texts.length) continue;
          expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('up to the majority, every class is as frequent as the most frequent one', () => {
    fc.assert(
      fc.property(corpus, (gold) => {
        const { added } = dataOf('oversampling', gold, { options: { target: 'majority' } });
        const most = Math.max(...ALL.map((relation) => ofClass(gold, relation).length));
        for (const relation of ALL) expect(ofClass([...gold, ...added], relation)).toHaveLength(most);
      }),
    );
  });
});

describe('balanced bagging', () => {
  test('every class is cut to the rarest, with no sentence twice', () => {
    fc.assert(
      fc.property(corpus, (gold) => {
        const data = dataOf('balanced-bagging', gold);
        const least = Math.min(...ALL.map((relation) => ofClass(gold, relation).length));
        for (const relation of ALL) expect(ofClass(data.gold, relation)).toHaveLength(least);
        expect(new Set(data.gold.map(({ id }) => id)).size).toBe(data.gold.length);
        expect(data.added).toEqual([]);
      }),
    );
  });

  test('members see different parts', () => {
    const gold = Array.from({ length: 60 }, (_, index) => ({
      id: String(index),
      document: 'd',
      text: String(index),
      relation: index < 10 ? 'advise' : index < 25 ? 'effect' : null,
    }));
    expect(dataOf('balanced-bagging', gold, { member: 1 }).gold).not.toEqual(dataOf('balanced-bagging', gold).gold);
    const nullAlone = dataOf('balanced-bagging', gold, { options: { cut: 'null-only' } }).gold;
    expect(ALL.map((relation) => ofClass(nullAlone, relation).length)).toEqual([10, 15, 15]);
  });

  test('a corpus without negatives is cut to its rarest relation, not to nothing', () => {
    const gold = ['advise', 'advise', 'effect'].map((relation, index) => ({
      id: String(index),
      document: 'd',
      text: 'x',
      relation,
    }));
    expect(dataOf('balanced-bagging', gold).gold).toHaveLength(2);
  });
});

test('class weights are freq_min / freq_c, null included', () => {
  expect(inverseFrequencyWeights([173, 726, 10_163])).toEqual([1, 173 / 726, 173 / 10_163]);
  expect(inverseFrequencyWeights([4, 8, 0])).toEqual([1, 0.5, 1]);
  fc.assert(
    fc.property(corpus, (gold) => {
      const weights = dataOf('class-weighting', gold).classWeights!;
      const masses = ALL.map((relation, place) => ofClass(gold, relation).length * weights[place]!);
      for (const mass of masses) expect(mass).toBeCloseTo(masses[0]!, 10);
    }),
  );
});

describe('token edits', () => {
  const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);
  const fixed = (text: string) => wordsOf(text).filter((each) => /DRUG|DISEASE/.test(each));
  const multiset = (words: string[]) => [...words].sort();
  const edits = fc.constantFrom(...EDITS);
  const alphas = fc.double({ min: 0.01, max: 1, noNaN: true });

  test('leave every word that holds a placeholder as it is, and all such words in their order', () => {
    fc.assert(
      fc.property(
        sentence,
        edits,
        alphas,
        fc.array(word, { minLength: 1 }),
        fc.integer(),
        (text, edit, alpha, others, seed) => {
          const vocabulary = ownVocabulary([text, others.join(' ')], PLACEHOLDERS);
          expect(fixed(vocabulary.join(' '))).toEqual([]);
          const stream = RandomStream.named(seed, 'edits');
          const edited = editSentence(text, edit, alpha, { placeholders: PLACEHOLDERS, vocabulary }, stream);
          expect(fixed(edited)).toEqual(fixed(text));
          for (const placeholder of ['DRUG', 'DISEASE']) expect(countPlaceholder(edited, placeholder)).toBe(1);
        },
      ),
    );
  });

  test('do what they are called, to as many words as alpha says', () => {
    fc.assert(
      fc.property(sentence, alphas, fc.integer(), (text, alpha, seed) => {
        const vocabulary = ['new'];
        const run = (edit: (typeof EDITS)[number]) =>
          wordsOf(
            editSentence(text, edit, alpha, { placeholders: PLACEHOLDERS, vocabulary }, RandomStream.named(seed, edit)),
          );
        const before = wordsOf(text);
        const count = Math.max(1, Math.round(alpha * before.length));
        expect(multiset(run('swap'))).toEqual(multiset(before));
        const inserted = run('insert');
        expect(inserted.filter((each) => each === 'new')).toHaveLength(count);
        expect(inserted.filter((each) => each !== 'new')).toEqual(before);
        const replaced = run('replace');
        expect(replaced).toHaveLength(before.length);
        expect(replaced.filter((each) => each === 'new')).toHaveLength(Math.min(count, before.length - 2));
        const deleted = run('delete');
        let place = -1;
        for (const each of deleted) {
          place = before.indexOf(each, place + 1);
          expect(place).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('a sentence of nothing but placeholders has nothing to change but what is put in', () => {
    const edit = (kind: (typeof EDITS)[number], vocabulary: string[]) =>
      editSentence('DRUG  DISEASE', kind, 1, { placeholders: PLACEHOLDERS, vocabulary }, RandomStream.named(1, kind));
    for (const kind of ['replace', 'swap', 'delete'] as const) expect(edit(kind, ['new'])).toBe('DRUG DISEASE');
    expect(
      edit('insert', ['new'])
        .replaceAll(/\s*new\s*/g, ' ')
        .trim(),
    ).toBe('DRUG DISEASE');
    expect(edit('insert', [])).toBe('DRUG DISEASE');
  });

  test('the added sentences differ from those they were made of', () => {
    const gold = ['advise', 'effect', null].flatMap((relation, place) =>
      Array.from({ length: 20 }, (_, index) => ({
        id: `${place}-${index}`,
        document: 'd',
        text: `in case ${index} DRUG was found to have induced a ${place === 0 ? 'mild' : 'severe'} DISEASE .`,
        relation,
      })),
    );
    const { added } = dataOf('token-edits', gold, { options: { alpha: 0.2 } });
    const before = new Set(gold.map(({ text }) => text));
    expect(added.filter(({ text }) => before.has(text))).toEqual([]);
  });
});
