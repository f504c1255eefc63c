import { describe, expect, it } from 'vitest';
import type { Arm } from '../../dare/arms/arms.ts';
import { runScoresSchema, type RunScores } from '../../dare/run-scores.ts';
import { headline } from './headline.ts';
import { showSigned } from '../signed.ts';

type Interval = [number, number];

interface Pair {
  readonly arms?: readonly [Arm, Arm];
  readonly difference: number;
  readonly interval: Interval;
  /** By relation. */
  readonly relations?: Readonly<Record<string, { readonly difference: number; readonly interval: Interval }>>;
}

/** Scores of arms that differ from gold's 0.67 by what the comparisons say. */
function scoresOf(pairs: readonly Pair[], { remaining = 0 } = {}): RunScores {
  const scored = (f1: number) => ({
    ...{ precision: f1, recall: f1, f1, correct: 1, predicted: 2, gold: 2 },
    interval: [f1 - 0.03, f1 + 0.03],
  });
  const relations = Object.keys(pairs[0]?.relations ?? { CID: {} });
  const calibration = { bins: [], expectedError: 0, negativeLogLikelihood: 0, brierScore: 0 };
  const arm = (f1: number) => ({
    ...scored(f1),
    ...{ macroF1: f1, members: 3, memberF1: [], thresholds: [] },
    collapse: { members: remaining, retrainings: 0, remaining },
    relations: Object.fromEntries(relations.map((relation) => [relation, scored(f1)])),
    confusion: { labels: [], counts: [] },
    curve: { points: [], averagePrecision: 0 },
    calibration: { temperature: 1, before: calibration, after: calibration },
  });
  const comparisons = pairs.map(({ arms: [first, second] = ['dare', 'gold'], difference, interval, ...more }) => ({
    ...{ first, second, difference, interval, firstIsBetter: 0.9 },
    mcNemar: { onlyFirst: 5, onlySecond: 1, pValue: 0.01, adjusted: 0.02 },
    relations: more.relations ?? { CID: { difference, interval } },
  }));
  const f1 = Object.fromEntries([
    ...comparisons.map(({ second }) => [second, 0.67]),
    ...comparisons.map(({ first, difference }) => [first, 0.67 + difference]),
  ]) as Partial<Record<Arm, number>>;
  return runScoresSchema.parse({
    ...{ definition: '', relations, comparisons },
    arms: Object.fromEntries(Object.entries(f1).map(([name, value]) => [name, arm(value)])),
  });
}

const better: Pair = { difference: 0.04, interval: [0.01, 0.07] };

it('shows no sign of what rounds to nothing', () => {
  expect([0.0004, -0.0004, 0, 0.0006, -0.0006].map((value) => showSigned(value))).toEqual([
    '0.000',
    '0.000',
    '0.000',
    '+0.001',
    '−0.001',
  ]);
});

describe('headline', () => {
  it('says that it helps only where the interval of the difference from gold only is above 0', () => {
    expect(headline(scoresOf([{ ...better, arms: ['dare', 'oversampling'] }, better]))).toBe(
      'Synthetic sentences help here: F1 of DARE 0.710 [0.680, 0.740] against gold only 0.670 ' +
        "(difference +0.040 [+0.010, +0.070]; McNemar's test over all labels: p = 0.020).",
    );
    expect(headline(scoresOf([{ ...better, interval: [-0.01, 0.09] }]))).toBe(
      'Whether synthetic sentences help is not settled by this data: F1 of DARE 0.710 [0.680, 0.740] against gold only 0.670 ' +
        '(difference +0.040 [−0.010, +0.090]).',
    );
    expect(headline(scoresOf([{ difference: -0.04, interval: [-0.07, -0.01] }]))).toMatch(
      /^Synthetic sentences hurt here.*−0\.040/,
    );
  });

  it('answers for a pool from elsewhere, alone and beside DARE', () => {
    const ofPool: Pair = { ...better, arms: ['pool', 'gold'] };
    expect(headline(scoresOf([ofPool]))).toMatch(
      /^The given sentences help here: F1 of pool from elsewhere 0\.710 .* against gold only 0\.670/,
    );
    const both = headline(scoresOf([better, { ...better, arms: ['dare', 'pool'] }, ofPool]));
    expect(both).toMatch(/^Synthetic sentences help here: .*\. The given sentences help here: F1 .*\.$/);
  });

  it('speaks of the two arms where nothing was added to gold sentences', () => {
    const arms = ['class-weighting', 'gold'] as const;
    expect(headline(scoresOf([{ ...better, arms }]))).toMatch(/^Class weighting is better here than gold only: F1 of/);
    expect(headline(scoresOf([{ arms, difference: -0.04, interval: [-0.07, -0.01] }]))).toMatch(
      /^Class weighting is worse here than gold only/,
    );
    expect(headline(scoresOf([{ ...better, arms: ['dare', 'oversampling'], interval: [-0.1, 0.1] }]))).toMatch(
      /^Whether DARE is better than oversampling is not settled by this data/,
    );
  });

  it('names the relation that gains most where its interval leaves 0 out, and else none', () => {
    const relations = {
      advise: { difference: 0.02, interval: [0.01, 0.03] as Interval },
      effect: { difference: 0.09, interval: [0.02, 0.16] as Interval },
    };
    expect(headline(scoresOf([{ ...better, relations }]))).toMatch(
      /, most on effect \(\+0\.090 \[\+0\.020, \+0\.160\]\)\.$/,
    );
    expect(headline(scoresOf([{ ...better, interval: [-0.01, 0.09], relations }]))).toMatch(/, with a gain on effect/);
    const unsure = { ...relations, effect: { difference: 0.09, interval: [-0.01, 0.19] as Interval } };
    expect(headline(scoresOf([{ ...better, relations: unsure }]))).not.toMatch(/effect|advise/);
  });

  it('claims nothing where most classifiers learned nothing', () => {
    const text = headline(scoresOf([better], { remaining: 3 }));
    expect(text).toMatch(/^Most classifiers of DARE and of gold only learned nothing.*: F1 of DARE 0\.710/);
    expect(text).not.toContain('help here');
  });

  it('bears a run of one arm', () => {
    const scores = scoresOf([better]);
    expect(headline({ ...scores, arms: { gold: scores.arms.gold! }, comparisons: [] })).toMatch(
      /^Gold only reaches F1 .*nothing was trained to compare/,
    );
  });
});
