import { expect, test } from 'vitest';
import { ARMS, type Arm } from './arms/arms.ts';
import { compareArms, comparedPairs } from './compare-arms.ts';

test.each<[string, Arm[], [Arm, Arm][]]>([
  [
    'DARE over each other arm',
    ['dare', 'gold', 'oversampling'],
    [
      ['dare', 'gold'],
      ['dare', 'oversampling'],
    ],
  ],
  [
    'the given pool, where DARE is not there',
    ['gold', 'token-edits', 'pool'],
    [
      ['pool', 'gold'],
      ['pool', 'token-edits'],
    ],
  ],
  ['each other arm over gold only, where neither is', ['gold', 'class-weighting'], [['class-weighting', 'gold']]],
  [
    'the first, where there is no gold either',
    ['class-weighting', 'oversampling'],
    [['class-weighting', 'oversampling']],
  ],
  [
    'the given pool over gold only as well, where DARE is there',
    ['dare', 'gold', 'pool'],
    [
      ['dare', 'gold'],
      ['dare', 'pool'],
      ['pool', 'gold'],
    ],
  ],
  ['DARE and the given pool alone', ['dare', 'pool'], [['dare', 'pool']]],
  ['nothing with itself', ['gold'], []],
  ['nothing', [], []],
])('compares %s', (_, arms, pairs) => {
  expect(comparedPairs(arms)).toEqual(pairs);
});

test('p-values are corrected over all comparisons of a run, that of the pool with gold among them', () => {
  const labels = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 'induces' : null));
  const documents = labels.map((_, i) => `d${Math.floor(i / 3)}`);
  // Each arm errs on the first few sentences, another number of them.
  const arms = ARMS.map((arm, errors) => ({
    arm,
    predicted: labels.map((label, i) => (i < 3 * errors ? null : label)),
  }));
  const comparisons = compareArms({ labels, documents }, ['induces'], arms, 1);
  expect(comparisons).toHaveLength(ARMS.length);
  const smallest = comparisons.reduce((best, each) => (each.mcNemar.pValue < best.mcNemar.pValue ? each : best));
  expect(smallest.mcNemar.adjusted).toBeCloseTo(Math.min(1, ARMS.length * smallest.mcNemar.pValue), 12);
  expect(comparisons.at(-1)).toMatchObject({ first: 'pool', second: 'gold' });
});
