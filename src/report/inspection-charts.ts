/** The charts of a corpus: how many examples each label has, and how long sentences are. */
import { SPLITS, type Split } from '../corpus/example.ts';
import type { Inspection } from '../corpus/inspection/inspect.ts';
import type { Lengths } from '../corpus/inspection/lengths.ts';
import { drawChart } from '../foundation/chart.ts';
import { CHART_STYLE, showNumber } from './page.ts';

/** The colour of each split, everywhere on the page. */
export const SPLIT_COLOURS: Readonly<Record<Split, string>> = {
  train: 'var(--accent)',
  development: 'var(--accent-2)',
  test: 'var(--accent-3)',
};

export const NO_RELATION = 'no relation';

/** A bar for each label, divided by split. */
export function classBalanceChart({ relations, splits }: Inspection, width: number): Promise<string> {
  const labels = [...Object.keys(relations), NO_RELATION];
  const bars = labels.flatMap((label) =>
    SPLITS.flatMap((split) => {
      const counts = splits[split];
      if (!counts) return [];
      return { label, split, examples: label === NO_RELATION ? counts.null : (counts.relations[label] ?? 0) };
    }),
  );
  const totals = labels.map((label) => ({
    label,
    examples: bars.filter((bar) => bar.label === label).reduce((sum, bar) => sum + bar.examples, 0),
  }));
  const longest = Math.max(...labels.map((label) => label.length));
  return drawChart((plot) => ({
    style: CHART_STYLE,
    width,
    marginLeft: Math.min(width * 0.4, 16 + 6.6 * longest),
    marginRight: 56,
    x: { label: null, grid: true, ticks: width > 500 ? 6 : 3, nice: true },
    y: { label: null, domain: labels, tickSize: 0 },
    color: { domain: [...SPLITS], range: SPLITS.map((split) => SPLIT_COLOURS[split]) },
    marks: [
      plot.barX(bars, { x: 'examples', y: 'label', fill: 'split', order: [...SPLITS], rx: 2 }),
      plot.text(totals, {
        x: 'examples',
        y: 'label',
        text: ({ examples }: { examples: number }) => showNumber(examples),
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  }));
}

/** Widths of bars that people can read off. */
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000];

/** How many examples have which length, with a line where a model's window ends. */
export function lengthChart({ counts, limit, unit }: Lengths, width: number): Promise<string> {
  const longest = Math.max(counts.at(-1)?.[0] ?? 1, 1);
  const bars = width > 500 ? 48 : 24;
  const step = STEPS.find((each) => longest / each <= bars) ?? Math.ceil(longest / bars);
  const bins = new Map<number, number>();
  for (const [length, examples] of counts) {
    const from = Math.floor(length / step) * step;
    bins.set(from, (bins.get(from) ?? 0) + examples);
  }
  const data = [...bins].map(([from, examples]) => ({ from, to: from + step, examples }));
  const isShown = limit <= longest * 1.3;
  return drawChart((plot) => ({
    style: CHART_STYLE,
    width,
    height: width > 500 ? 260 : 220,
    marginLeft: 48,
    marginTop: 28,
    marginBottom: 44,
    x: { label: `${unit} →`, labelAnchor: 'right', labelOffset: 40, ticks: width > 500 ? 10 : 5 },
    y: { label: '↑ examples', grid: true, ticks: 4 },
    marks: [
      plot.rectY(data, {
        x1: 'from',
        x2: 'to',
        y: 'examples',
        fill: ({ from }: { from: number }) => (from >= limit ? 'var(--warn)' : 'var(--accent)'),
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      plot.ruleY([0]),
      ...(isShown
        ? [
            plot.ruleX([limit], { stroke: 'var(--warn)', strokeDasharray: '4 3' }),
            plot.text([limit], {
              x: (each: number) => each,
              text: () => `cut at ${limit}`,
              frameAnchor: 'top',
              textAnchor: limit > longest * 0.75 ? 'end' : 'start',
              dx: limit > longest * 0.75 ? -6 : 6,
              dy: -14,
              fill: 'var(--warn)',
            }),
          ]
        : []),
    ],
  }));
}
