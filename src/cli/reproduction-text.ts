/** An experiment for the terminal: our figures beside the paper's. */
import { experimentsNamed } from '../experiments/reproduction/experiments.ts';
import type { Figures } from '../experiments/reproduction/experiment.ts';
import type { ExperimentResult } from '../experiments/reproduction/results.ts';
import { captionOf } from '../experiments/reproduction/caption.ts';
import { summaryOf } from '../experiments/reproduction/summary.ts';
import type { DifferenceOverSeeds, SummaryRow } from '../experiments/reproduction/summary.ts';
import { plainTable } from './table.ts';

const show = (value: number): string => value.toFixed(3);
const signed = (value: number): string => (value < 0 ? '−' : '+') + show(Math.abs(value));

export function describeExperiment(result: ExperimentResult): string {
  const [experiment] = experimentsNamed(result.experiment);
  const { title, groupTitle } = experiment!;
  const table = plainTable([
    groupTitle,
    '',
    'P',
    'R',
    'F1',
    'least–most',
    'paper P/R/F1',
    'DARE over it',
    'better/worse',
  ]);
  for (const row of summaryOf(experiment!, result)) table.push(cellsOf(row));
  return [title, ...captionOf(result), '', table.toString()].join('\n');
}

function cellsOf({ group, label, ours, paper, dareOver, pair }: SummaryRow): string[] {
  const scores = ours
    ? [
        show(ours.precision.mean),
        show(ours.recall.mean),
        show(ours.f1.mean),
        `${show(ours.f1.least)}–${show(ours.f1.most)}`,
      ]
    : ['', '', '', ''];
  return [group, label, ...scores, paper ? showPaper(paper) : '', ...differenceOf(dareOver ?? pair)];
}

const showPaper = ({ precision, recall, f1 }: Figures): string =>
  [precision, recall, f1].flatMap((value) => (value === undefined ? [] : value.toFixed(2))).join('/');

function differenceOf(difference: DifferenceOverSeeds | undefined): [string, string] {
  if (!difference) return ['', ''];
  return [signed(difference.mean), `${difference.better}/${difference.worse} of ${difference.seeds}`];
}
