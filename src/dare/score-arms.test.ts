import { describe, expect, it } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { compareArms } from './compare-arms.ts';
import type { MaskedExample } from './prepared-corpus.ts';
import { runScoresSchema } from './run-scores.ts';
import { scoreArms, type ArmOutput } from './score-arms.ts';

const relations = ['advise', 'effect'];
const stream = RandomStream.named(5, 'test');

const examples = (count: number, from: number): MaskedExample[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    document: `d${Math.floor((from + i) / 4)}`,
    text: 'DRUG DISEASE',
    relation: [null, 'advise', null, 'effect', null][i % 5]!,
    concepts: { head: [`C${i % 4}`], tail: ['D1', 'D2'].slice(0, 1 + (i % 2)) },
  }));
const [validation, test] = [examples(100, 0), examples(200, 1000)];

/** A member that gives the gold label this much more than the others, with noise. */
function member(strength: number): ArmOutput['members'][number] {
  const rows = (of: readonly MaskedExample[]) =>
    of.map(({ relation }) => {
      const gold = relation === null ? 2 : relations.indexOf(relation);
      const powers = [0, 1, 2].map((place) => Math.exp((place === gold ? strength : 0) + 2 * stream.uniform()));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    });
  return {
    threshold: 0.5,
    validation: rows(validation),
    test: rows(test),
    record: { attempts: 1, collapsed: false, loss: 0.5, priorLoss: 0.9, spread: 0.3 },
  };
}
const outputs: ArmOutput[] = [
  { arm: 'dare', members: [member(1.5), member(1.5), member(1.5)] },
  { arm: 'gold', members: [member(0.5)] },
  { arm: 'oversampling', members: [member(0)] },
];
const facts = test
  .filter(({ relation }) => relation !== null)
  .map(({ document, relation, concepts }) => ({ document, relation: relation!, head: concepts!.head[0]!, tail: 'D1' }));
const testFacts = {
  facts: [...facts, { document: 'd250', relation: 'advise', head: 'C9', tail: 'D9' }],
  documents: [...new Set(test.map(({ document }) => document))],
  directed: true,
};
const corpus = { relations, validation, test, testFacts };

describe('scoreArms', () => {
  const { scores, predictions } = scoreArms(corpus, outputs, 1);
  const { dare, gold } = scores.arms;

  it('says what the schema of scores.json promises, and the same for the same seed', () => {
    expect(runScoresSchema.parse(JSON.parse(JSON.stringify(scores)))).toEqual(scores);
    expect(scoreArms(corpus, outputs, 1).scores).toEqual(scores);
    expect(scores.definition).toContain('advise, effect');
  });

  it('gives every figure an interval that it lies in', () => {
    for (const each of [dare!, ...Object.values(dare!.relations), dare!.documents!]) {
      expect(each.interval[0]).toBeLessThanOrEqual(each.f1);
      expect(each.interval[1]).toBeGreaterThanOrEqual(each.f1);
      expect(each.interval[1]).toBeGreaterThan(each.interval[0]);
    }
  });

  it('compares the arms, p-values corrected for the number of comparisons', () => {
    expect(scores.comparisons.map(({ first, second }) => [first, second])).toEqual([
      ['dare', 'gold'],
      ['dare', 'oversampling'],
    ]);
    const [withGold] = scores.comparisons;
    expect(withGold!.difference).toBeCloseTo(dare!.f1 - gold!.f1, 12);
    expect(withGold!.firstIsBetter).toBeGreaterThan(0.9);
    const pValues = scores.comparisons.map(({ mcNemar }) => mcNemar.pValue);
    const adjusted = scores.comparisons.map(({ mcNemar }) => mcNemar.adjusted);
    expect(Math.min(...adjusted)).toBeCloseTo(Math.min(1, 2 * Math.min(...pValues)), 12);
    expect(withGold!.documents!.difference).toBeCloseTo(dare!.documents!.f1 - gold!.documents!.f1, 12);
  });

  it('counts facts that no sentence holds as missed', () => {
    expect(dare!.documents!.gold).toBe(new Set(testFacts.facts.map((fact) => JSON.stringify(fact))).size);
    expect(dare!.documents!.recall).toBeLessThan(1);
  });

  it('keeps what each arm said of each example', () => {
    expect(predictions.map(({ id }) => id)).toEqual(test.map(({ id }) => id));
    const right = predictions.filter(({ relation, predicted }) => relation !== null && predicted.dare === relation);
    expect(right).toHaveLength(dare!.correct);
    const [row] = predictions;
    const mean = outputs[0]!.members.reduce((sum, { test: rows }) => sum + rows[0]![1]!, 0) / 3;
    expect(row!.probabilities.dare![1]).toBeCloseTo(mean, 12);
  });

  it('says of each relation what the two arms differ by, in intervals that are wide enough for all relations together', () => {
    for (const comparison of scores.comparisons) {
      expect(Object.keys(comparison.relations)).toEqual(relations);
      for (const relation of relations) {
        const { difference, interval } = comparison.relations[relation]!;
        const [first, second] = [scores.arms[comparison.first]!, scores.arms[comparison.second]!];
        expect(difference).toBeCloseTo(first.relations[relation]!.f1 - second.relations[relation]!.f1, 12);
        expect(interval[0]).toBeLessThan(difference);
        expect(interval[1]).toBeGreaterThan(difference);
      }
    }
    // With a single relation its difference is the overall one, on the same draws and just as wide.
    const label = (relation: string | null) => (relation === null ? null : 'advise');
    const one = compareArms(
      { labels: test.map(({ relation }) => label(relation)), documents: test.map(({ document }) => document) },
      ['advise'],
      (['dare', 'gold'] as const).map((arm) => ({
        arm,
        predicted: predictions.map(({ predicted }) => label(predicted[arm] ?? null)),
      })),
      1,
    );
    const { difference, interval } = one[0]!;
    expect(one[0]!.relations).toEqual({ advise: { difference, interval } });
  });
});
