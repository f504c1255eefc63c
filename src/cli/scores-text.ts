/** A run's scores for the terminal: a table of the arms, and how they compare. */
import { describeCollapse } from '../dare/member.ts';
import { ARMS } from '../dare/arms/arms.ts';
import type { Comparison, RunScores } from '../dare/run-scores.ts';
import type { CrossValidation } from '../experiments/cross-validation.ts';
import { headline, pairTitle, titleOf } from '../report/run/headline.ts';
import { showSigned } from '../report/signed.ts';
import { plainTable } from './table.ts';

export function describeScores(scores: RunScores): string[] {
  return [table(scores), ...collapsed(scores), '', scores.definition, ...comparisons(scores)];
}

/** The same for the predictions of all folds together. */
export function describeCrossValidation(result: CrossValidation): string[] {
  const { folder, folds, examples, arms } = result;
  return [
    `${examples} sentences, each scored by ensembles that have not seen its document (${folds} folds)`,
    '',
    ...describeScores(result),
    '',
    ...ARMS.flatMap((name) => {
      const arm = arms[name];
      return arm ? [`F1 of the folds, ${titleOf(name)}: ${arm.foldF1.map((f1) => f1.toFixed(3)).join(' ')}`] : [];
    }),
    '',
    headline(result),
    '',
    `kept in ${folder}; each fold is a run below it, with its own report`,
  ];
}

function table({ arms, relations }: RunScores): string {
  const lines = plainTable(['', 'precision', 'recall', 'F1', '95% interval']);
  for (const name of ARMS) {
    const arm = arms[name];
    if (!arm) continue;
    lines.push([`${titleOf(name)}, ${arm.members} classifier${arm.members === 1 ? '' : 's'}`, ...figures(arm)]);
    if (relations.length > 1) {
      for (const relation of relations) lines.push([`  ${relation}`, ...figures(arm.relations[relation]!)]);
      lines.push(['  mean of the relations (macro-F1)', '', '', arm.macroF1.toFixed(3), '']);
    }
    if (arm.documents) lines.push(['  facts of whole documents', ...figures(arm.documents)]);
  }
  return lines.toString();
}

/** A line for each ensemble in which classifiers collapsed. */
function collapsed({ arms }: RunScores): string[] {
  return ARMS.flatMap((name) => {
    const arm = arms[name];
    const told = arm && describeCollapse(arm.collapse, arm.members);
    return told === undefined ? [] : [`${titleOf(name)}: ${told}`];
  });
}

interface Figures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly interval: readonly [number, number];
}

const figures = ({ precision, recall, f1, interval: [low, high] }: Figures): string[] => [
  ...[precision, recall, f1].map((value) => value.toFixed(3)),
  `${low.toFixed(3)}–${high.toFixed(3)}`,
];

function comparisons({ comparisons: all, relations }: Pick<RunScores, 'comparisons' | 'relations'>): string[] {
  if (all.length === 0) return [];
  const corrected = all.length > 1 ? ', by Holm’s correction' : '';
  const byRelation = relations.length > 1 ? '; those by relation hold together, by Bonferroni’s correction' : '';
  return [
    '',
    ...all.flatMap((comparison) => [
      describeComparison(comparison, corrected),
      ...(relations.length > 1
        ? relations.map((relation) => `  ${relation}: ${describeDifference(comparison.relations[relation]!)}`)
        : []),
    ]),
    `(differences with 95% intervals of a paired bootstrap by document${byRelation}; McNemar’s exact test of all labels${corrected})`,
  ];
}

function describeComparison(comparison: Comparison, corrected: string): string {
  const { mcNemar, documents } = comparison;
  const p = corrected ? mcNemar.adjusted : mcNemar.pValue;
  const facts = documents ? `; of facts: ${describeDifference(documents)}` : '';
  return (
    `F1 of ${pairTitle(comparison)}: ${describeDifference(comparison)}; ` + `McNemar p = ${p.toPrecision(2)}${facts}`
  );
}

function describeDifference({
  difference,
  interval: [low, high],
}: Pick<Comparison, 'difference' | 'interval'>): string {
  return `${showSigned(difference)} (${showSigned(low)} to ${showSigned(high)})`;
}
