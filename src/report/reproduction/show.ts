/** Figures of the reproduction in words. */
import type { OverSeeds } from '../../evaluation/over-seeds.ts';
import type { Figures } from '../../experiments/reproduction/experiment.ts';

export const showScore = (value: number): string => value.toFixed(3);

/** `0.612 (0.598–0.630)`: the mean, the least and the most. */
export const showOver = ({ mean, least, most, seeds }: OverSeeds): string =>
  seeds === 1 ? showScore(mean) : `${showScore(mean)} (${showScore(least)}–${showScore(most)})`;

/** As the paper has them: two digits; what it does not have is left out. */
export const showPaper = ({ precision, recall, f1 }: Figures): string =>
  [precision, recall, f1].flatMap((value) => (value === undefined ? [] : value.toFixed(2))).join(' / ');

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
