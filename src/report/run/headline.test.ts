import { describe, expect, it } from 'vitest';
import { runScoresSchema, type RunScores } from '../../dare/run-scores.ts';
import { headline } from './headline.ts';

/** Scores of two arms, with this difference and interval. */
function scoresOf(
  difference: number,
  interval: [number, number],
  more: { relations?: string[]; remaining?: number } = {},
): RunScores {
  const { relations = ['CID'], remaining = 0 } = more;
  const arm = (f1: number) => {
    const figures = {
      precision: f1,
      recall: f1,
      f1,
      correct: 1,
      predicted: 2,
      gold: 2,
      interval: [f1 - 0.03, f1 + 0.03],
    };
    const calibration = { bins: [], expectedError: 0, negativeLogLikelihood: 0, brierScore: 0 };
    return {
      ...figures,
      ...{
        macroF1: f1,
        members: 3,
        memberF1: [],
        thresholds: [],
        collapse: { members: remaining, retrainings: 0, remaining },
      },
      relations: Object.fromEntries(
        relations.map((relation, i) => [relation, { ...figures, f1: f1 + (f1 > 0.68 ? i * 0.05 : 0) }]),
      ),
      confusion: { labels: [], counts: [] },
      curve: { points: [], averagePrecision: 0 },
      calibration: { temperature: 1, before: calibration, after: calibration },
    };
  };
  return runScoresSchema.parse({
    ...{ definition: '', relations },
    arms: { dare: arm(0.67 + difference), gold: arm(0.67), oversampling: arm(0.6) },
    comparisons: [
      ...(['oversampling', 'gold'] as const).map((second) => ({
        ...{ first: 'dare', second, difference, interval, firstIsBetter: 0.9 },
        mcNemar: { onlyFirst: 5, onlySecond: 1, pValue: 0.01, adjusted: 0.02 },
      })),
    ],
  });
}

describe('headline', () => {
  it('says that it helps only where the interval of the difference from gold only is above 0', () => {
    expect(headline(scoresOf(0.04, [0.01, 0.07]))).toBe(
      'Synthetic sentences help here: F1 of DARE 0.710 [0.680, 0.740] against gold only 0.670 ' +
        '(difference +0.040 [+0.010, +0.070]; McNemar p = 0.020).',
    );
    expect(headline(scoresOf(0.04, [-0.01, 0.09]))).toMatch(/^Whether synthetic sentences help is not settled/);
    expect(headline(scoresOf(-0.04, [-0.07, -0.01]))).toMatch(/^Synthetic sentences hurt here.*−0\.040/);
  });

  it('names the relation that gains most', () => {
    expect(headline(scoresOf(0.04, [0.01, 0.07], { relations: ['advise', 'effect'] }))).toContain(
      'most on effect (+0.090)',
    );
  });

  it('claims nothing where most classifiers learned nothing', () => {
    const text = headline(scoresOf(0.04, [0.01, 0.07], { remaining: 3 }));
    expect(text).toMatch(/^Most classifiers of DARE and of gold only learned nothing.*: F1 of DARE 0\.710/);
    expect(text).not.toContain('help here');
  });

  it('bears a run of one arm', () => {
    const scores = scoresOf(0, [0, 0]);
    expect(headline({ ...scores, arms: { gold: scores.arms.gold! }, comparisons: [] })).toContain(
      'nothing was trained to compare',
    );
  });
});
