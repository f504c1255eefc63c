/** The charts of a run's scores, drawn as SVG when the page is made. Every chart has a title and a description for those who do not see it. */
import { ARMS, type Arm } from '../../dare/arms/arms.ts';
import type { ArmScores, RunScores } from '../../dare/run-scores.ts';
import { drawChart } from '../../foundation/chart.ts';
import { CHART_STYLE, described } from '../page.ts';
import { showF1, titleOf } from './headline.ts';

/** The colour of each arm, everywhere on the page; told apart by lightness as well as by hue. */
export const ARM_COLOURS: readonly string[] = [
  'var(--arm-1)',
  'var(--arm-2)',
  'var(--arm-3)',
  'var(--arm-4)',
  'var(--arm-5)',
  'var(--arm-6)',
  'var(--arm-7)',
];

export const colourOf = (arm: Arm): string => ARM_COLOURS[ARMS.indexOf(arm) % ARM_COLOURS.length]!;

/** The arms that a run has, in their order. */
export function armsOf({ arms }: RunScores): { arm: Arm; scores: ArmScores }[] {
  return ARMS.flatMap((arm) => {
    const scores = arms[arm];
    return scores ? { arm, scores } : [];
  });
}

/** Micro-F1 of each arm with its interval, and of its members as dots. */
export function armsChart(scores: RunScores, width: number): Promise<string> {
  const rows = armsOf(scores).map(({ arm, scores: { f1, interval, memberF1 } }) => ({
    ...{ arm: titleOf(arm), f1, low: interval[0], high: interval[1], memberF1, colour: colourOf(arm) },
  }));
  const dots = rows.flatMap(({ arm, memberF1, colour }) => memberF1.map((f1) => ({ arm, f1, colour })));
  const longest = Math.max(...rows.map(({ arm }) => arm.length));
  const text = rows
    .map(({ arm, f1, low, high }) => `${arm} ${showF1(f1)}, ${showF1(low)} to ${showF1(high)}`)
    .join('; ');
  return drawChart((plot) => ({
    ...described('F1 of each arm', text),
    style: CHART_STYLE,
    width,
    height: 70 + 38 * rows.length,
    marginBottom: 44,
    marginLeft: Math.min(width * 0.42, 16 + 6.8 * longest),
    marginRight: 24,
    x: { label: 'micro-F1 →', labelOffset: 40, grid: true, ticks: width > 500 ? 8 : 4, nice: true },
    y: { label: null, domain: rows.map(({ arm }) => arm), tickSize: 0 },
    marks: [
      plot.dot(dots, { x: 'f1', y: 'arm', dy: 10, r: 2.5, fill: 'colour', fillOpacity: 0.6 }),
      plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'arm', stroke: 'colour', strokeWidth: 3 }),
      plot.dot(rows, { x: 'f1', y: 'arm', r: 5.5, fill: 'colour', stroke: 'var(--card)', strokeWidth: 1.5 }),
    ],
  }));
}

/** F1 of each relation, of every arm, with intervals. */
export function relationChart(scores: RunScores, width: number): Promise<string> {
  const arms = armsOf(scores);
  const rows = scores.relations.flatMap((relation) =>
    arms.map(({ arm, scores: own }) => {
      const { f1, interval } = own.relations[relation]!;
      return { relation, arm, f1, low: interval[0], high: interval[1], colour: colourOf(arm) };
    }),
  );
  const longest = Math.max(...scores.relations.map((relation) => relation.length));
  const text = rows.map(({ relation, arm, f1 }) => `${relation}, ${titleOf(arm)} ${showF1(f1)}`).join('; ');
  return drawChart((plot) => ({
    ...described('F1 by relation', text),
    style: CHART_STYLE,
    width,
    height: 60 + scores.relations.length * (14 + 13 * arms.length),
    marginBottom: 44,
    marginLeft: Math.min(width * 0.4, 16 + 6.8 * longest),
    marginRight: 24,
    x: { label: 'F1 →', labelOffset: 40, grid: true, domain: [0, 1], ticks: 5 },
    y: { axis: null, domain: arms.map(({ arm }) => arm), padding: 0.2 },
    fy: { label: null, domain: scores.relations, axis: 'left', padding: 0.15 },
    marks: [
      plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'arm', fy: 'relation', stroke: 'colour', strokeWidth: 2 }),
      plot.dot(rows, { x: 'f1', y: 'arm', fy: 'relation', r: 4, fill: 'colour' }),
    ],
  }));
}

/** Precision over recall as the threshold falls, of each arm's mean probabilities; the vote's own place is a dot. */
export function precisionRecallChart(scores: RunScores, width: number): Promise<string> {
  const arms = armsOf(scores);
  const points = arms.flatMap(({ arm, scores: { curve } }) =>
    curve.points.map(({ precision, recall }) => ({ arm, precision, recall })),
  );
  const votes = arms.map(({ arm, scores: { precision, recall } }) => ({ precision, recall, colour: colourOf(arm) }));
  const text = arms
    .map(({ arm, scores: { curve } }) => `${titleOf(arm)}: average precision ${showF1(curve.averagePrecision)}`)
    .join('; ');
  return drawChart((plot) => ({
    ...described('Precision over recall', text),
    style: CHART_STYLE,
    width,
    height: Math.min(width, 360),
    marginLeft: 44,
    marginBottom: 40,
    x: { label: 'recall →', domain: [0, 1], grid: true, ticks: 5 },
    y: { label: '↑ precision', domain: [0, 1], grid: true, ticks: 5 },
    color: colourScale(arms),
    marks: [
      plot.line(points, { x: 'recall', y: 'precision', z: 'arm', stroke: ARM_COLOUR, strokeWidth: 1.8 }),
      plot.dot(votes, { x: 'recall', y: 'precision', r: 5, fill: 'colour', stroke: 'var(--card)', strokeWidth: 1.5 }),
    ],
  }));
}

/** By the scale, even where the only arm is `gold`, which Plot would take for the colour. */
const ARM_COLOUR = { value: 'arm', scale: 'color' } as const;

const colourScale = (arms: readonly { arm: Arm }[]) => ({
  domain: arms.map(({ arm }) => arm),
  range: arms.map(({ arm }) => colourOf(arm)),
});

/** F1 at each threshold of the mean probabilities; ticks below are the thresholds that members chose. */
export function thresholdChart(scores: RunScores, width: number): Promise<string> {
  const arms = armsOf(scores);
  const points = arms.flatMap(({ arm, scores: { curve } }) =>
    curve.points.map(({ threshold, f1 }) => ({ arm, threshold, f1 })),
  );
  const chosen = arms.flatMap(({ arm, scores: { thresholds } }) =>
    thresholds.map((threshold) => ({ threshold, colour: colourOf(arm) })),
  );
  const text = arms
    .map(({ arm, scores: { curve } }) => {
      const best = curve.points.reduce((most, point) => (point.f1 > most.f1 ? point : most), { threshold: 0.5, f1: 0 });
      return `${titleOf(arm)}: best ${showF1(best.f1)} at ${best.threshold.toFixed(2)}`;
    })
    .join('; ');
  return drawChart((plot) => ({
    ...described('F1 over the threshold', text),
    style: CHART_STYLE,
    width,
    height: Math.min(width, 320),
    marginLeft: 44,
    marginBottom: 40,
    x: { label: 'threshold →', domain: [0, 1], ticks: 5 },
    y: { label: '↑ F1', domain: [0, 1], grid: true, ticks: 5 },
    color: colourScale(arms),
    marks: [
      plot.line(points, { x: 'threshold', y: 'f1', z: 'arm', stroke: ARM_COLOUR, strokeWidth: 1.8 }),
      plot.ruleX(chosen, { x: 'threshold', y1: 0, y2: 0.04, stroke: 'colour', strokeOpacity: 0.7 }),
    ],
  }));
}

/** Accuracy over confidence: on the diagonal probabilities are what they say. */
export function reliabilityChart(scores: RunScores, width: number): Promise<string> {
  const arms = armsOf(scores);
  const bins = arms.flatMap(({ arm, scores: { calibration } }) =>
    calibration.before.bins.map((bin) => ({ arm, ...bin, colour: colourOf(arm) })),
  );
  const text = arms
    .map(
      ({ arm, scores: { calibration } }) =>
        `${titleOf(arm)}: expected error ${showF1(calibration.before.expectedError)}`,
    )
    .join('; ');
  return drawChart((plot) => ({
    ...described('Accuracy over confidence', text),
    style: CHART_STYLE,
    width,
    height: Math.min(width, 320),
    marginLeft: 44,
    marginBottom: 40,
    x: { label: 'confidence →', domain: [0, 1], ticks: 5 },
    y: { label: '↑ accuracy', domain: [0, 1], grid: true, ticks: 5 },
    color: colourScale(arms),
    marks: [
      plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'var(--muted)', strokeDasharray: '4 4' },
      ),
      plot.line(bins, { x: 'confidence', y: 'accuracy', z: 'arm', stroke: ARM_COLOUR, strokeWidth: 1.5 }),
      plot.dot(bins, { x: 'confidence', y: 'accuracy', r: 3.5, fill: 'colour' }),
    ],
  }));
}
