/** The charts of a corpus: how many examples each label has, and how long sentences are. */
import { html } from 'hono/html';
import type { Lengths } from '../corpus/inspection/lengths.ts';
import { drawChart } from '../foundation/chart.ts';
import { CHART_STYLE, described, showNumber, type Piece } from './page.ts';

export const NO_RELATION = 'no relation';

/** A part of the data, and how many examples of each label it has. */
export interface ShownPart {
  readonly name: string;
  readonly counts: { readonly relations: Readonly<Record<string, number>>; readonly null: number };
}

/** The colours of the parts, in their order, everywhere on a page. */
const PART_COLOURS = ['var(--accent)', 'var(--accent-2)', 'var(--accent-3)'];

/** Which colour is which part. */
export function balanceLegend(parts: readonly ShownPart[]): Piece {
  return html`<div class="legend">
    ${parts.map(
      ({ name }, place) =>
        html`<span
          ><span class="swatch" style="background:${PART_COLOURS[place]!}" aria-hidden="true"></span>${name}</span
        >`,
    )}
  </div>`;
}

/** A bar for each label, divided by part. */
export function classBalanceChart(
  relations: readonly string[],
  parts: readonly ShownPart[],
  width: number,
): Promise<string> {
  const labels = [...relations, NO_RELATION];
  const countOf = ({ counts }: ShownPart, label: string): number =>
    label === NO_RELATION ? counts.null : (counts.relations[label] ?? 0);
  const bars = labels.flatMap((label) =>
    parts.map((part) => ({ label, part: part.name, examples: countOf(part, label) })),
  );
  const totals = labels.map((label) => ({
    label,
    examples: parts.reduce((sum, part) => sum + countOf(part, label), 0),
  }));
  const longest = Math.max(...labels.map((label) => label.length));
  const names = parts.map(({ name }) => name);
  return drawChart((plot) => ({
    ...described('Examples of each label', totals.map(({ label, examples }) => `${label} ${examples}`).join('; ')),
    style: CHART_STYLE,
    width,
    marginLeft: Math.min(width * 0.4, 16 + 6.6 * longest),
    marginRight: 56,
    x: { label: null, grid: true, ticks: width > 500 ? 6 : 3, nice: true },
    y: { label: null, domain: labels, tickSize: 0 },
    color: { domain: names, range: PART_COLOURS.slice(0, names.length) },
    marks: [
      plot.barX(bars, { x: 'examples', y: 'label', fill: 'part', order: names, rx: 2 }),
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
export function lengthChart({ counts, limit, unit, median, longer }: Lengths, width: number): Promise<string> {
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
    ...described('Length of sentences', `median ${median} ${unit}; ${longer} sentences are longer than ${limit}`),
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
