/** The reproduction's figures as SVG, for a page of Markdown: means over the seeds with the least and the most, the paper's figures in grey. */
import type * as Plot from '@observablehq/plot';
import { drawChart } from '../../foundation/chart.ts';
import type { SummaryRow } from '../../experiments/reproduction/summary.ts';
import { showScore } from './show.ts';

const SIZE = { width: 640, height: 340, marginLeft: 48, marginBottom: 44, marginRight: 16 };
const PAPER = '#9ca3af';
/** Told apart by lightness as well as by hue. */
const COLOURS: Readonly<Record<string, string>> = {
  DARE: '#1d4ed8',
  'gold only': '#15803d',
  'balanced bagging': '#d97706',
};

interface Point {
  x: number;
  arm: string;
  f1: number;
  least: number;
  most: number;
}

/** A line's name, beside its end. */
interface LineName {
  readonly text: string;
  readonly f1: number;
  readonly colour: string;
}

/** Room for the names at the right. */
const NAMED = { ...SIZE, marginRight: 150 };
const NAME_HEIGHT = 13;

/** Moves names down until none stands on another. @param span of the axis, in F1. */
function apart(names: readonly LineName[], span: number): LineName[] {
  const gap = (span * NAME_HEIGHT) / (SIZE.height - SIZE.marginBottom);
  let above = Infinity;
  return [...names]
    .sort((a, b) => b.f1 - a.f1)
    .map((name) => ({ ...name, f1: (above = Math.min(name.f1, above - gap)) }));
}

const pointsOf = (rows: readonly SummaryRow[]): Point[] =>
  rows.flatMap(({ x, label, ours }) =>
    ours && x !== undefined ? [{ x, arm: label, f1: ours.f1.mean, least: ours.f1.least, most: ours.f1.most }] : [],
  );

const described = (title: string, points: readonly Point[], unit: string) => ({
  ariaLabel: title,
  ariaDescription: points
    .map(({ arm, x, f1 }) => `${arm} at ${Math.round(10 * x) / 10} ${unit}: ${showScore(f1)}`)
    .join('; '),
});

/** Figure 1: F1 over the number of gold positives, on a logarithmic scale. */
export function positivesChart(rows: readonly SummaryRow[]): Promise<string> {
  const points = pointsOf(rows);
  const paper = rows.flatMap(({ x, label, paper: said }) =>
    said && x !== undefined ? [{ x, arm: label, f1: said.f1 }] : [],
  );
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const colours = arms.map((arm) => COLOURS[arm] ?? '#111827');
  const names = [
    ...lastOfEach(points).map(({ arm, f1 }) => ({ text: arm, f1, colour: colours[arms.indexOf(arm)]! })),
    ...lastOfEach(paper).map(({ arm, f1 }) => ({ text: `paper: ${arm}`, f1, colour: '#6b7280' })),
  ];
  const all = [...points.flatMap(({ least, most }) => [least, most]), ...paper.map(({ f1 }) => f1)];
  return drawChart((plot) => ({
    ...NAMED,
    ...described('F1 by the number of gold positives', points, 'positives'),
    x: { type: 'log', label: 'gold positives →', ticks: [50, 100, 250, 500, 1000], tickFormat: 'd' },
    y: { label: '↑ micro-F1', grid: true },
    color: { domain: arms, range: colours, legend: false },
    marks: [
      plot.line(paper, { x: 'x', y: 'f1', z: 'arm', stroke: PAPER, strokeDasharray: '4,3' }),
      plot.ruleX(points, { x: 'x', y1: 'least', y2: 'most', stroke: 'arm', strokeWidth: 2, strokeOpacity: 0.5 }),
      plot.line(points, { x: 'x', y: 'f1', z: 'arm', stroke: 'arm', strokeWidth: 2 }),
      plot.dot(points, { x: 'x', y: 'f1', fill: 'arm', r: 3.5 }),
      namesOf(plot, apart(names, Math.max(...all) - Math.min(...all)), Math.max(...points.map(({ x }) => x))),
    ],
  }));
}

const LARGEST_RATIO = 5.2;

/** Figure 2: F1 of DARE over the ratio; arms without synthetic sentences are level lines. */
export function ratioChart(rows: readonly SummaryRow[]): Promise<string> {
  const points = pointsOf(rows);
  const dare = points.filter(({ x }) => x > 0);
  const level = points.filter(({ x }) => x === 0);
  const names = [...level, ...dare.slice(-1)].map(({ arm, f1 }) => ({ text: arm, f1, colour: COLOURS[arm] ?? PAPER }));
  const all = [...dare.flatMap(({ least, most }) => [least, most]), ...level.map(({ f1 }) => f1)];
  return drawChart((plot) => ({
    ...NAMED,
    ...described('F1 by synthetic sentences for each gold one', points, 'synthetic sentences a gold one'),
    x: { label: 'synthetic sentences for each gold one →', domain: [0, LARGEST_RATIO] },
    y: { label: '↑ micro-F1', grid: true, nice: true },
    marks: [
      plot.ruleY(level, { y: 'f1', stroke: (d: Point) => COLOURS[d.arm] ?? PAPER, strokeDasharray: '5,3' }),
      plot.ruleX(dare, {
        x: 'x',
        y1: 'least',
        y2: 'most',
        stroke: COLOURS['DARE']!,
        strokeWidth: 2,
        strokeOpacity: 0.5,
      }),
      plot.line(dare, { x: 'x', y: 'f1', stroke: COLOURS['DARE']!, strokeWidth: 2 }),
      plot.dot(dare, { x: 'x', y: 'f1', fill: COLOURS['DARE']!, r: 3.5 }),
      namesOf(plot, apart(names, Math.max(...all) - Math.min(...all)), LARGEST_RATIO),
    ],
  }));
}

/** Points come from the smallest x to the largest. */
const lastOfEach = <T extends { readonly arm: string }>(points: readonly T[]): T[] => [
  ...new Map(points.map((each) => [each.arm, each])).values(),
];

const namesOf = (plot: typeof Plot, names: readonly LineName[], x: number): Plot.Markish =>
  plot.text(names, { x, y: 'f1', text: 'text', fill: (name: LineName) => name.colour, textAnchor: 'start', dx: 10 });

/** The tables: a bar of F1 for each row, the paper's figure as a tick. */
export function barsChart(title: string, rows: readonly SummaryRow[]): Promise<string> {
  const bars = rows.flatMap(({ group, label, ours, paper }) =>
    ours ? [{ group, label, f1: ours.f1.mean, least: ours.f1.least, most: ours.f1.most, paper: paper?.f1 }] : [],
  );
  const groups = [...new Set(bars.map(({ group }) => group))];
  const labels = [...new Set(bars.map(({ label }) => label))];
  const inPaper = bars.filter(({ paper }) => paper !== undefined);
  return drawChart((plot) => ({
    ...SIZE,
    height: 40 + groups.length * (24 + 18 * labels.length),
    marginLeft: 150,
    marginRight: 70,
    ariaLabel: title,
    ariaDescription: bars.map(({ group, label, f1 }) => `${group}, ${label}: ${showScore(f1)}`).join('; '),
    x: { label: 'F1 (grey tick: the paper) →', grid: true, zero: true },
    y: { label: null, domain: labels, tickSize: 0 },
    fy: { label: null, domain: groups },
    marks: [
      plot.barX(bars, { x: 'f1', y: 'label', fy: 'group', fill: '#93b4ea', insetTop: 2, insetBottom: 2 }),
      plot.ruleY(bars, { x1: 'least', x2: 'most', y: 'label', fy: 'group', stroke: '#1d4ed8', strokeWidth: 2 }),
      plot.tickX(inPaper, { x: 'paper', y: 'label', fy: 'group', stroke: '#6b7280', strokeWidth: 2 }),
    ],
  }));
}
