import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapDifferenceOfCounts, bootstrapF1OfCounts } from './bootstrap.ts';
import { countFacts, factsOf, scoreCounts, type DocumentGold } from './document-level.ts';

const gold: DocumentGold = {
  facts: [
    { document: 'a', relation: 'CID', head: 'C1', tail: 'D1' },
    { document: 'a', relation: 'CID', head: 'C1', tail: 'D2' },
    // In no sentence: only recall knows of it.
    { document: 'b', relation: 'CID', head: 'C3', tail: 'D3' },
  ],
  documents: ['a', 'b', 'c'],
  directed: true,
};
const examples = [
  { document: 'a', heads: ['C1'], tails: ['D1', 'D2'] },
  { document: 'a', heads: ['C1'], tails: ['D1'] },
  { document: 'c', heads: ['C1'], tails: ['D1'] },
  { document: 'elsewhere', heads: ['C1'], tails: ['D1'] },
];

describe('document-level scores', () => {
  it('count each fact of a document once, whatever the sentences and composite mentions that state it', () => {
    const counts = countFacts(factsOf(examples, ['CID', 'CID', 'CID', 'CID']), gold);
    expect([...counts.correct]).toEqual([2, 0, 0]);
    expect([...counts.predicted]).toEqual([2, 0, 1]);
    expect([...counts.gold]).toEqual([2, 1, 0]);
    expect(scoreCounts(counts)).toMatchObject({ precision: 2 / 3, recall: 2 / 3, correct: 2, predicted: 3, gold: 3 });
    expect(scoreCounts(countFacts([], gold))).toMatchObject({ precision: 0, recall: 0, f1: 0, gold: 3 });
  });

  it('mind the direction only where it means something', () => {
    const exchanged = [{ document: 'a', relation: 'CID', head: 'D1', tail: 'C1' }];
    expect(scoreCounts(countFacts(exchanged, gold)).correct).toBe(0);
    expect(scoreCounts(countFacts(exchanged, { ...gold, directed: false })).correct).toBe(1);
  });

  it('have intervals and paired differences by document', () => {
    const all = countFacts(gold.facts, gold);
    const none = countFacts([], gold);
    expect(bootstrapF1OfCounts(all, { seed: 1 }).f1).toBe(1);
    expect(bootstrapDifferenceOfCounts(none, all, { seed: 1 })).toMatchObject({ difference: 1 });
  });
});

const DOCUMENTS = ['a', 'b', 'c'];
const factLists = fc.array(
  fc.record({
    document: fc.constantFrom(...DOCUMENTS, 'elsewhere'),
    relation: fc.constantFrom('CID', 'treats'),
    head: fc.constantFrom('C1', 'C2', 'C3'),
    tail: fc.constantFrom('C1', 'D1', 'D2'),
  }),
  { maxLength: 20 },
);

describe('on any facts', () => {
  it('neither order nor repetition counts, in what is said and in what is so', () => {
    fc.assert(
      fc.property(factLists, factLists, fc.boolean(), (said, facts, directed) => {
        const once = countFacts(said, { facts, documents: DOCUMENTS, directed });
        const again = countFacts([...said.toReversed(), ...said], {
          ...{ facts: [...facts, ...facts.toReversed()], documents: DOCUMENTS, directed },
        });
        expect(again).toEqual(once);
      }),
    );
  });

  it('precision and recall change places with what is said and what is so', () => {
    fc.assert(
      fc.property(factLists, factLists, fc.boolean(), (said, facts, directed) => {
        const rest = { documents: DOCUMENTS, directed };
        const there = scoreCounts(countFacts(said, { facts, ...rest }));
        const back = scoreCounts(countFacts(facts, { facts: said, ...rest }));
        expect(back).toEqual({
          ...{ precision: there.recall, recall: there.precision, f1: there.f1 },
          ...{ correct: there.correct, predicted: there.gold, gold: there.predicted },
        });
      }),
    );
  });

  it('without a direction head and tail may change places anywhere', () => {
    const exchanged = factLists.map((facts) => facts.map((fact) => ({ ...fact, head: fact.tail, tail: fact.head })));
    fc.assert(
      fc.property(factLists, exchanged, (said, facts) => {
        const turned = said.map((fact, i) => (i % 2 === 0 ? fact : { ...fact, head: fact.tail, tail: fact.head }));
        const undirected = { facts, documents: DOCUMENTS, directed: false };
        expect(countFacts(turned, undirected)).toEqual(countFacts(said, undirected));
      }),
    );
  });
});
