/** The reproduction's figures as SVG, for a page of Markdown: means over the seeds with the least and the most, the paper's figures in grey. */
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
  return drawChart((plot) => ({
    ...SIZE,
    ...described('F1 by the number of gold positives', points, 'positives'),
    x: { type: 'log', label: 'gold positives →', ticks: [50, 100, 250, 500, 1000], tickFormat: 'd' },
    y: { label: '↑ micro-F1', grid: true },
    color: { domain: arms, range: arms.map((arm) => COLOURS[arm] ?? '#111827'), legend: false },
    marks: [
      plot.line(paper, { x: 'x', y: 'f1', z: 'arm', stroke: PAPER, strokeDasharray: '4,3' }),
      plot.text(paper.slice(-2), {
        x: 'x',
        y: 'f1',
        text: (d: { arm: string }) => `paper: ${d.arm}`,
        fill: '#6b7280',
        textAnchor: 'end',
        dy: -8,
      }),
      plot.ruleX(points, { x: 'x', y1: 'least', y2: 'most', stroke: 'arm', strokeWidth: 2, strokeOpacity: 0.5 }),
      plot.line(points, { x: 'x', y: 'f1', z: 'arm', stroke: 'arm', strokeWidth: 2 }),
      plot.dot(points, { x: 'x', y: 'f1', fill: 'arm', r: 3.5 }),
      plot.text(firstOfEach(points), { x: 'x', y: 'f1', text: 'arm', fill: 'arm', textAnchor: 'start', dx: 8, dy: 10 }),
    ],
  }));
}

/** Figure 2: F1 of DARE over the ratio; arms without synthetic sentences are level lines. */
export function ratioChart(rows: readonly SummaryRow[]): Promise<string> {
  const points = pointsOf(rows);
  const dare = points.filter(({ x }) => x > 0);
  const level = points.filter(({ x }) => x === 0);
  return drawChart((plot) => ({
    ...SIZE,
    ...described('F1 by synthetic sentences for each gold one', points, 'synthetic sentences a gold one'),
    x: { label: 'synthetic sentences for each gold one →', domain: [0, 5.2] },
    y: { label: '↑ micro-F1', grid: true, nice: true },
    marks: [
      plot.ruleY(level, { y: 'f1', stroke: (d: Point) => COLOURS[d.arm] ?? PAPER, strokeDasharray: '5,3' }),
      plot.text(level, {
        x: 5.2,
        y: 'f1',
        text: 'arm',
        fill: (d: Point) => COLOURS[d.arm] ?? PAPER,
        textAnchor: 'end',
        dy: -7,
      }),
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
      plot.text(dare.slice(0, 1), {
        x: 'x',
        y: 'f1',
        text: 'arm',
        fill: COLOURS['DARE']!,
        textAnchor: 'start',
        dx: 8,
        dy: 12,
      }),
    ],
  }));
}

const firstOfEach = (points: readonly Point[]): Point[] => [
  ...new Map([...points].reverse().map((each) => [each.arm, each])).values(),
];

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
