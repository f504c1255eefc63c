/** A sweep's curves: micro-F1 of each arm over what was varied, with 95% intervals. */
import type { SweepCell } from '../../experiments/sweep.ts';
import { drawChart } from '../../foundation/chart.ts';
import { CHART_STYLE, described } from '../page.ts';
import { titleOf, showF1 } from '../run/headline.ts';
import { armsOf, colourOf } from '../run/run-charts.ts';

/** What a curve runs over. */
export type Axis = 'ratio' | 'positives';

const LABELS: Readonly<Record<Axis, string>> = {
  ratio: 'synthetic sentences for each gold one →',
  positives: 'gold positives →',
};

/** Pixels between the intervals of two arms at one place, which would else hide each other. */
const APART = 5;

/** @param cells that differ in what the axis says alone, in ascending order; of positives their number is known. */
export function sweepChart(cells: readonly SweepCell[], axis: Axis, width: number): Promise<string> {
  const points = cells.flatMap(({ ratio, positives, scores }) =>
    armsOf(scores).map(({ arm, scores: { f1, interval } }) => ({
      ...{ arm, f1, x: (axis === 'ratio' ? ratio : positives) ?? 0 },
      ...{ low: interval[0], high: interval[1] },
    })),
  );
  const arms = [...new Set(points.map(({ arm }) => arm))];
  const places = [...new Set(points.map(({ x }) => x))];
  const text = points
    .map(({ arm, x, f1, low, high }) => `${titleOf(arm)} at ${x}: ${showF1(f1)}, ${showF1(low)} to ${showF1(high)}`)
    .join('; ');
  return drawChart((plot) => ({
    ...described(`F1 by ${axis === 'ratio' ? 'the ratio' : 'gold positives'}`, text),
    style: CHART_STYLE,
    width,
    height: Math.min(width, 340),
    marginLeft: 44,
    marginRight: 24,
    marginBottom: 44,
    x: { label: LABELS[axis], type: axis === 'ratio' ? 'linear' : 'log', ticks: places, tickFormat: String, inset: 14 },
    y: { label: '↑ micro-F1', grid: true, nice: true },
    marks: arms.flatMap((arm, place) => {
      const own = points.filter((point) => point.arm === arm);
      // Not by a scale of the arms' names: one of them, gold, is a colour's.
      const colour = colourOf(arm);
      const dx = APART * (place - (arms.length - 1) / 2);
      return [
        plot.ruleX(own, { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 2, strokeOpacity: 0.5, dx }),
        plot.line(own, { x: 'x', y: 'f1', stroke: colour, strokeWidth: 1.8, dx }),
        plot.dot(own, { x: 'x', y: 'f1', r: 4, fill: colour, dx }),
      ];
    }),
  }));
}
