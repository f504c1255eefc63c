/** The table of bench/filters.ts. */

/** One filter by itself, with a run for each seed. */
export interface FilterVariant {
  readonly name: string;
  readonly filter: object;
  readonly runs: readonly {
    readonly seed: number;
    /** Micro-F1 of the two ensembles. */
    readonly dare: number;
    readonly gold: number;
    /** Sentences over all relations. */
    readonly written: number;
    readonly accepted: number;
    readonly missing: number;
  }[];
}

export interface FilterMeasurement {
  readonly machine: string;
  readonly seconds: number;
  readonly settings: object;
  /** The first is the one that the others are compared with. */
  readonly variants: readonly FilterVariant[];
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** Markdown: mean F1, and the difference to no filter, seed by seed. */
export function filtersTable({ variants }: FilterMeasurement): string {
  const [none] = variants;
  const rows = variants.map(({ name, runs }) => {
    const differences = runs.map(({ dare }, place) => dare - none!.runs[place]!.dare);
    const kept = mean(runs.map(({ accepted, written }) => accepted / written));
    return [
      name,
      `${(100 * kept).toFixed(0)}%`,
      mean(runs.map(({ dare }) => dare)).toFixed(3),
      ...(name === none!.name
        ? ['', '']
        : [signed(mean(differences)), differences.map((difference) => signed(difference)).join(', ')]),
    ];
  });
  const gold = mean(none!.runs.map((run) => run.gold)).toFixed(3);
  const spread = none!.runs.map(({ dare }) => dare);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['filter', 'accepted', 'F1 of DARE', 'difference', 'by seed']),
    line(['---', '---', '---', '---', '---']),
    ...rows.map(line),
    '',
    `Gold only has F1 ${gold}. Without any of these DARE's own F1 ranges from ${Math.min(...spread).toFixed(3)} to ${Math.max(...spread).toFixed(3)} over the seeds.`,
  ].join('\n');
}
