/** An experiment for the terminal: our figures beside the paper's. */
import { experimentsNamed } from '../experiments/reproduction/experiments.ts';
import type { ExperimentResult } from '../experiments/reproduction/results.ts';
import { captionOf } from '../experiments/reproduction/caption.ts';
import { summaryOf } from '../experiments/reproduction/summary.ts';
import type { DifferenceOverSeeds, SummaryRow } from '../experiments/reproduction/summary.ts';
import { showPaper, showScore } from '../report/reproduction/show.ts';
import { showSigned } from '../report/signed.ts';
import { plainTable } from './table.ts';

export function describeExperiment(result: ExperimentResult): string {
  const [experiment] = experimentsNamed(result.experiment);
  const { title, groupTitle, pairMeaning } = experiment!;
  const rows = summaryOf(experiment!, result);
  const isCompared = rows.some(({ dareOver, pair }) => dareOver ?? pair);
  const comparison = isCompared ? ['DARE over it', 'better/worse'] : [];
  const table = plainTable([groupTitle, '', 'P', 'R', 'F1', 'least–most', 'paper P/R/F1', ...comparison]);
  for (const row of rows) table.push(cellsOf(row).slice(0, isCompared ? undefined : -2));
  const rowsOfDare = pairMeaning === undefined ? [] : [`“DARE over it” in rows of DARE itself: ${pairMeaning}.`];
  return [title, ...captionOf(result), ...rowsOfDare, '', table.toString()].join('\n');
}

function cellsOf({ group, label, ours, paper, dareOver, pair }: SummaryRow): string[] {
  const scores = ours
    ? [
        showScore(ours.precision.mean),
        showScore(ours.recall.mean),
        showScore(ours.f1.mean),
        `${showScore(ours.f1.least)}–${showScore(ours.f1.most)}`,
      ]
    : ['', '', '', ''];
  return [group, label, ...scores, paper ? showPaper(paper) : '', ...differenceOf(dareOver ?? pair)];
}

function differenceOf(difference: DifferenceOverSeeds | undefined): [string, string] {
  if (!difference) return ['', ''];
  return [showSigned(difference.mean), `${difference.better}/${difference.worse} of ${difference.seeds}`];
}
