import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NearestGold } from '../generation/quality/nearest-gold.ts';
import { judgeFolds, LabelConsistency } from './label-consistency.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';

const TOPICS = ['heart', 'liver', 'kidney', 'skin', 'lung', 'brain'];
const train = TOPICS.flatMap((topic, place) => [
  { id: `${place}a`, document: topic, text: `DRUG damaged the ${topic} and so caused DISEASE`, relation: 'CID' },
  { id: `${place}b`, document: topic, text: `DRUG was good for the ${topic} in DISEASE`, relation: null },
]);
const corpus: PreparedCorpus = {
  relations: ['CID', 'other'],
  placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
  types: [],
  testedOn: 'test',
  train,
  validation: [],
  test: [],
};
const RULES = { mode: 'drop', threshold: 0.8, judges: 3, seed: 1, learned: 'own' } as const;

/** Classifier k gives its rows by the text's last word. */
const ROWS: Record<string, number[]> = {
  mine: [0.6, 0.3, 0.1],
  unsure: [0.2, 0.05, 0.75],
  null: [0.1, 0, 0.9],
  other: [0.1, 0.85, 0.05],
};
const asked: [number, readonly string[]][] = [];
const filter = (mode: 'drop' | 'soft' = 'drop') =>
  new LabelConsistency(corpus, 'CID', { ...RULES, mode }, (judge, texts) => {
    asked.push([judge, texts]);
    return Promise.resolve(texts.map((text) => Float32Array.from(ROWS[text.split(' ').at(-1)!]!)));
  });

test('a sentence is judged by the classifier that has not seen the document of its nearest gold sentence', async () => {
  const folds = judgeFolds(train, RULES.judges, RULES.seed);
  for (const [place, topic] of TOPICS.entries()) {
    const held = folds.findIndex((fold) => fold.some(({ document }) => document === topic));
    expect(filter().judgeOf(`DRUG damaged the ${topic} of rats`)).toBe(held);
    expect(folds[held]!.map(({ id }) => id)).toEqual(expect.arrayContaining([`${place}a`, `${place}b`]));
  }
  asked.length = 0;
  await filter().opinions(TOPICS.map((topic) => `DRUG damaged the ${topic} mine`));
  for (const [judge, texts] of asked) {
    const seen = folds.flatMap((fold, place) => (place === judge ? [] : fold));
    for (const text of texts) expect(seen.map(({ document }) => document)).not.toContain(text.split(' ')[3]);
  }
});

test('where one generator learned from all sentences, a copy of one of no relation is judged by who has not seen that one', () => {
  const nulls = ['rats', 'mice', 'dogs', 'men'].map((who) => ({
    ...{ id: who, document: who, relation: null },
    text: `no link between DRUG and DISEASE was looked for in ${who}`,
  }));
  const all = { ...corpus, train: [...train, ...nulls] };
  const folds = judgeFolds(all.train, RULES.judges, RULES.seed);
  const judgesOf = (learned: 'own' | 'all') => {
    const consistency = new LabelConsistency(all, 'CID', { ...RULES, learned }, () => Promise.resolve([]));
    return nulls.map(({ text }) => consistency.judgeOf(`${text} today`));
  };
  const unseen = nulls.map((example) => folds.findIndex((fold) => fold.includes(example)));
  expect(judgesOf('all')).toEqual(unseen);
  expect(judgesOf('own')).not.toEqual(unseen);
});

test('whatever the corpus, a sentence’s judge has not seen the document of the gold sentence that it is most like', () => {
  const words = fc.constantFrom('DRUG', 'DISEASE', 'heart', 'liver', 'had', 'no', 'rats');
  const text = fc.array(words, { minLength: 1, maxLength: 8 }).map((some) => some.join(' '));
  const example = fc.record({
    text,
    document: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    relation: fc.constantFrom('CID', 'other', null),
  });
  fc.assert(
    fc.property(
      fc.array(example, { minLength: 1, maxLength: 20 }),
      fc.array(text, { maxLength: 5 }),
      fc.integer({ min: 2, max: 4 }),
      fc.constantFrom('own' as const, 'all' as const),
      (examples, texts, judges, learned) => {
        const gold = examples.map((each, id) => ({ id: String(id), ...each }));
        const folds = judgeFolds(gold, judges, RULES.seed);
        const rules = { ...RULES, judges, learned };
        const consistency = new LabelConsistency({ ...corpus, train: gold }, 'CID', rules, () => Promise.resolve([]));
        const read = learned === 'all' ? gold : gold.filter(({ relation }) => relation === 'CID');
        const nearest = new NearestGold(read.map((each) => each.text));
        for (const each of [...texts, ...examples.map((one) => one.text)]) {
          const found = nearest.nearest(each);
          if (!found) continue;
          const held = folds[consistency.judgeOf(each)]!;
          expect(held.map(({ document }) => document)).toContain(read[found.index]!.document);
        }
      },
    ),
  );
});

describe('what a classifier says', () => {
  const texts = ['mine', 'unsure', 'null', 'other'].map((word) => `DRUG damaged the skin ${word}`);

  test('drops what is confidently another class, null included', async () => {
    const opinions = await filter().opinions(texts);
    expect(opinions.map(({ objection }) => objection?.match)).toEqual([undefined, undefined, 'null', 'other']);
    expect(opinions[2]!.objection).toMatchObject({ reason: 'inconsistent-label' });
    expect(opinions[2]!.objection!.value).toBeCloseTo(0.9, 6);
  });

  test('or is what is learned', async () => {
    const [, second] = await filter('soft').opinions(texts);
    expect(second!.objection).toBeUndefined();
    second!.target!.forEach((value, place) => expect(value).toBeCloseTo(ROWS.unsure![place]!, 6));
  });
});
