/**
 * What an experiment's results say, point by point, beside what the paper says of its own: sentences made from the data, so that they cannot disagree
 * with it. A difference counts where the t interval over the seeds leaves 0 out; where it does not, the sentence says that it cannot be told.
 */
import { publications } from '../../experiments/reproduction/corpora.ts';
import type { DifferenceOverSeeds, SummaryRow } from '../../experiments/reproduction/summary.ts';
import type { ExperimentResult } from '../../experiments/reproduction/results.ts';
import { overSeeds } from '../../evaluation/over-seeds.ts';
import type { OverSeeds } from '../../evaluation/over-seeds.ts';
import { showSigned } from '../signed.ts';

/** A point of the paper, and what was found. */
export interface Finding {
  readonly paper: string;
  readonly ours: string;
}

export function findingsOf(result: ExperimentResult, rows: readonly SummaryRow[]): Finding[] {
  if (result.cells.length === 0) return [];
  switch (result.experiment) {
    case 'table3':
      return adaptation(rows);
    case 'figure1':
      return growth(rows);
    case 'figure2':
      return ratios(rows);
    case 'table5':
    case 'table6':
      return relations(result, rows);
    default:
      return arms(rows);
  }
}

/** In words, whether a difference can be told from none. */
function verdict({ interval, mean }: OverSeeds): string {
  if (interval === undefined) return 'one seed says little';
  if (interval[0] > 0) return 'more than chance between seeds';
  if (interval[1] < 0) return 'worse, by more than chance between seeds';
  return mean > 0 ? 'not to be told from none' : 'no gain';
}

function arms(rows: readonly SummaryRow[]): Finding[] {
  return rows.flatMap(({ group, label, dareOver, paper }): Finding[] => {
    if (!dareOver) return [];
    const dare = rows.find((row) => row.group === group && row.label === 'DARE')?.paper;
    const said =
      paper && dare
        ? `${group}: DARE over ${label} ${showSigned(dare.f1 - paper.f1, 2)}`
        : `${group}: ${label} not in the paper`;
    return [{ paper: said, ours: inFull(dareOver) }];
  });
}

/** A difference, what can be said of it over the seeds, and what each seed says. */
const inFull = (difference: DifferenceOverSeeds): string =>
  `${describeDifference(difference)}: ${verdict(difference)}; the bootstrap interval is above 0 in ${difference.better} of ${difference.seeds} seeds ` +
  `and below it in ${difference.worse}, McNemar’s p below 0.05 in ${difference.significant}${caveat(difference)}`;

/** Where ensembles did not learn, a difference is not the sentences'. */
const caveat = ({ untrained, seeds }: DifferenceOverSeeds): string =>
  untrained === 0
    ? ''
    : `; in ${untrained} of ${seeds} seeds most classifiers of one of the two learned nothing, which says nothing of synthetic sentences`;

const describeDifference = ({ mean, interval }: OverSeeds): string =>
  showSigned(mean) + (interval ? ` (${showSigned(interval[0])} to ${showSigned(interval[1])})` : '');

function adaptation(rows: readonly SummaryRow[]): Finding[] {
  const pair = rows.find((row) => row.pair)?.pair;
  if (!pair) return [];
  return [
    {
      paper:
        'a generator adapted to the field is better than a vanilla one (+0.03, or +0.01 by its own precision and recall)',
      ours: `${describeDifference(pair)}: ${verdict(pair)}${caveat(pair)}`,
    },
    ...arms(rows),
  ];
}

/** DARE's gain over an arm by the number of positives, from the smallest. */
function gains(rows: readonly SummaryRow[], arm: string): { x: number; group: string; gain: DifferenceOverSeeds }[] {
  return rows
    .flatMap(({ x, group, label, dareOver }) =>
      label === arm && dareOver && x !== undefined ? [{ x, group, gain: dareOver }] : [],
    )
    .sort((a, b) => a.x - b.x);
}

function growth(rows: readonly SummaryRow[]): Finding[] {
  const inPaper: Readonly<Record<string, string>> = {
    'balanced bagging':
      'DARE’s gain over balanced bagging shrinks as positives grow: +0.09, +0.11, +0.07, +0.05, +0.03',
    'gold only': 'gold only is not in the paper',
  };
  return Object.entries(inPaper).flatMap(([arm, paper]): Finding[] => {
    const found = gains(rows, arm);
    const [least, most] = [found[0], found.at(-1)];
    if (!least || !most || least === most) return [];
    const list = found.map(({ group, gain }) => `${showSigned(gain.mean)} at ${group}`).join(', ');
    const isFalling = found.every(({ gain }, index) => index === 0 || gain.mean <= found[index - 1]!.gain.mean);
    const shape = isFalling
      ? 'it shrinks at every step'
      : least.gain.mean > most.gain.mean
        ? 'it is smaller with all positives than with the fewest, but does not shrink at every step'
        : 'it does not shrink';
    const told = found.filter(({ gain }) => gain.interval && gain.interval[0] > 0).map(({ group }) => group);
    const clear =
      told.length > 0
        ? `; more than chance between seeds at ${told.join(', ')}`
        : '; nowhere more than chance between seeds';
    const doubt = doubts(found.map(({ group, gain }) => ({ group, difference: gain })));
    return [{ paper, ours: `over ${arm} ${list}: ${shape}${clear}${doubt}` }];
  });
}

/** Points at which a difference is that of ensembles that did not learn. */
function doubts(points: readonly { group: string; difference: DifferenceOverSeeds | undefined }[]): string {
  const found = points.flatMap(({ group, difference }) =>
    difference && difference.untrained > 0 ? `${difference.untrained} of ${difference.seeds} at ${group}` : [],
  );
  return found.length === 0
    ? ''
    : `; seeds in which most classifiers of one of the two learned nothing: ${found.join(', ')}`;
}

function ratios(rows: readonly SummaryRow[]): Finding[] {
  const own = rows.filter(({ x, ours, label }) => x !== undefined && x > 0 && ours && label === 'DARE');
  if (own.length === 0) return [];
  const best = own.reduce((most, row) => (row.ours!.f1.mean > most.ours!.f1.mean ? row : most));
  const worse = own.filter(({ pair }) => pair?.interval && pair.interval[1] < 0).map(({ group }) => group);
  const better = own.filter(({ pair }) => pair?.interval && pair.interval[0] > 0).map(({ group }) => group);
  const list = own.map(({ group, ours }) => `${ours!.f1.mean.toFixed(3)} at ${group}`).join(', ');
  const clear =
    worse.length + better.length === 0
      ? 'no ratio differs from 1 by more than chance between seeds'
      : [
          better.length > 0 && `better than 1 at ${better.join(', ')}`,
          worse.length > 0 && `worse than 1 at ${worse.join(', ')}`,
        ]
          .filter(Boolean)
          .join('; ');
  const isLargest = best === own.at(-1);
  return [
    {
      paper: 'more synthetic sentences do not necessarily help; F1 lies between 0.62 and 0.68',
      ours: `F1 is ${list}; highest at ${best.group}, ${isLargest ? 'the largest ratio' : 'not the largest ratio'}; ${clear}${doubts(own.map(({ group, pair }) => ({ group, difference: pair })))}`,
    },
    ...rows.flatMap(({ label, dareOver }): Finding[] =>
      dareOver
        ? [{ paper: `DARE over ${label}: cannot be read from the paper`, ours: `at ratio 1: ${inFull(dareOver)}` }]
        : [],
    ),
  ];
}

/** Which relation gains most over class weighting. */
function relations({ cells, experiment }: ExperimentResult, rows: readonly SummaryRow[]): Finding[] {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const gainsBy = groups.map((group) => {
    const of = (label: string) => rows.find((row) => row.group === group && row.label === label);
    const [paperDare, paperWeighting] = [of('DARE')?.paper?.f1 ?? 0, of('class weighting')?.paper?.f1 ?? 0];
    const differences = cells.flatMap(({ arms: scored }) => {
      const [dare, other] = [scored.dare?.relations[group], scored['class-weighting']?.relations[group]];
      return dare && other ? dare.f1 - other.f1 : [];
    });
    return {
      group,
      paper: paperDare - paperWeighting,
      ours: differences.length > 0 ? overSeeds(differences) : undefined,
    };
  });
  const found = gainsBy.flatMap(({ group, ours }) => (ours ? [{ group, ours }] : []));
  if (found.length === 0) return [];
  const most = gainsBy.reduce((best, each) => (each.paper > best.paper ? each : best));
  const ourMost = found.reduce((best, each) => (each.ours.mean > best.ours.mean ? each : best));
  const corpus = publications[experiment === 'table5' ? 'chemprot' : 'ddi'].title;
  const list = found.map(({ group, ours }) => `${group} ${describeDifference(ours)}`).join(', ');
  return [
    {
      paper: `${corpus}: DARE gains most over class weighting on ${most.group} (${showSigned(most.paper, 2)})`,
      ours: `most on ${ourMost.group}, ${verdict(ourMost.ours)}: ${list}`,
    },
  ];
}
