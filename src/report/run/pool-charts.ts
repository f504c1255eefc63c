/** Pools as charts: what became of what was written, how long it is, how new. */
import { drawChart } from '../../foundation/chart.ts';
import { CHART_STYLE, described, showPercent } from '../page.ts';
import { ARM_COLOURS } from './run-charts.ts';
import { poolTitle, type PoolReport } from './run-data.ts';

/** Gold and written sentences by length, in words. */
export function lengthChart(gold: readonly number[], written: readonly number[], width: number): Promise<string> {
  const longest = [...gold, ...written].reduce((most, length) => Math.max(most, length), 10);
  const step = Math.max(1, Math.ceil(longest / (width > 500 ? 40 : 20)));
  const shares = (lengths: readonly number[]) => {
    const bins = new Map<number, number>();
    for (const length of lengths) {
      const from = Math.floor(length / step) * step;
      bins.set(from, (bins.get(from) ?? 0) + 1 / lengths.length);
    }
    return [...bins].map(([from, share]) => ({ from, to: from + step, share }));
  };
  const line = (lengths: readonly number[]) => {
    const known = new Map(shares(lengths).map(({ from, share }) => [from, share]));
    const count = Math.floor(longest / step) + 1;
    return Array.from({ length: count }, (_, i) => ({ middle: (i + 0.5) * step, share: known.get(i * step) ?? 0 }));
  };
  const mean = (of: readonly number[]): string =>
    of.length === 0 ? 'none' : (of.reduce((sum, each) => sum + each, 0) / of.length).toFixed(1);
  return drawChart((plot) => ({
    ...described('Length in words', `mean of gold ${mean(gold)}, of written sentences ${mean(written)}`),
    style: CHART_STYLE,
    width,
    height: 180,
    marginLeft: 44,
    marginBottom: 36,
    x: { label: 'words →', ticks: width > 500 ? 8 : 4 },
    y: { label: '↑ share', grid: true, ticks: 3, percent: true },
    marks: [
      plot.rectY(shares(gold), {
        x1: 'from',
        x2: 'to',
        y: 'share',
        fill: 'var(--accent-3)',
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      plot.line(line(written), { x: 'middle', y: 'share', stroke: 'var(--accent)', strokeWidth: 2, curve: 'step' }),
      plot.ruleY([0]),
    ],
  }));
}

/** The colour of a verdict in the chart of verdicts, by its place: the first is acceptance. */
export function verdictColour(place: number): string {
  if (place === 0) return 'var(--accent)';
  const others = ARM_COLOURS.slice(1);
  const colour = others[(place - 1) % others.length]!;
  // There may be more verdicts than colours: the next are paler.
  return place <= others.length ? colour : `color-mix(in srgb, ${colour} 45%, Canvas)`;
}

/** Of all that was written for each relation, which part was accepted, and which part each filter dropped. @param verdicts acceptance first. */
export function verdictChart(
  pools: readonly PoolReport[],
  verdicts: readonly string[],
  width: number,
): Promise<string> {
  const titles = pools.map(poolTitle);
  const bars = pools.flatMap(({ attempts, counts }, place) =>
    verdicts.map((verdict) => ({
      ...{ pool: titles[place]!, verdict, share: (counts[verdict] ?? 0) / Math.max(1, attempts) },
    })),
  );
  const longest = Math.max(...titles.map(({ length }) => length));
  const text = pools
    .map(({ accepted, attempts }, place) => `${titles[place]}: ${accepted} of ${attempts} accepted`)
    .join('; ');
  return drawChart((plot) => ({
    ...described('Written sentences by verdict', text),
    style: CHART_STYLE,
    width,
    height: 50 + 30 * pools.length,
    marginBottom: 40,
    marginLeft: Math.min(width * 0.4, 16 + 6.8 * longest),
    marginRight: 24,
    x: { label: 'of what was written, % →', labelOffset: 36, percent: true, grid: true, ticks: 5, domain: [0, 100] },
    y: { label: null, domain: titles, tickSize: 0 },
    color: { domain: verdicts, range: verdicts.map((_, place) => verdictColour(place)) },
    marks: [
      plot.barX(bars, {
        ...{ x: 'share', y: 'pool', fill: 'verdict', order: [...verdicts] },
        ...{ stroke: 'var(--card)', strokeWidth: 0.5 },
      }),
    ],
  }));
}

/** Steps of the novelty of a sentence. */
const NOVELTY_BINS = 10;

/** Accepted sentences by how much of them is new: 4-grams that no gold sentence of the relation has, as a part of all. */
export function noveltyChart({ quality }: PoolReport, width: number): Promise<string> {
  const novelties = quality.bySentence.map(({ novelty }) => novelty);
  const counts = Array.from({ length: NOVELTY_BINS }, () => 0);
  for (const novelty of novelties) counts[Math.min(NOVELTY_BINS - 1, Math.floor(novelty * NOVELTY_BINS))]!++;
  const bars = counts.map((count, place) => ({
    from: place / NOVELTY_BINS,
    to: (place + 1) / NOVELTY_BINS,
    share: count / Math.max(1, novelties.length),
  }));
  const half = novelties.filter((novelty) => novelty >= 0.5).length;
  const text = `${half} of ${novelties.length} sentences are new by half or more (${showPercent(half / Math.max(1, novelties.length))})`;
  return drawChart((plot) => ({
    ...described('How new the sentences are', text),
    style: CHART_STYLE,
    width,
    height: 180,
    marginLeft: 44,
    marginBottom: 36,
    x: { label: 'new 4-grams, % →', percent: true, domain: [0, 100], ticks: 5 },
    y: { label: '↑ share', grid: true, ticks: 3, percent: true },
    marks: [
      plot.rectY(bars, {
        ...{ x1: 'from', x2: 'to', y: 'share', fill: 'var(--accent)' },
        ...{ insetLeft: 0.5, insetRight: 0.5 },
      }),
      plot.ruleY([0]),
    ],
  }));
}
