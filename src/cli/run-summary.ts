/** What a run came to, in words and tables for people, and as an object for programs. */
import { arms as definitions, ARMS } from '../dare/arms/arms.ts';
import type { Arm } from '../dare/arms/arms.ts';
import type { PoolSummary, RunResult, RunScores } from '../tasks/run.ts';
import { plainTable } from './table.ts';

/** What a program wants to know of a result, without the sentences themselves. */
export function summarizeRun({ folder, corpus, pools, scores }: RunResult): object {
  const { train, validation, test, testedOn } = corpus;
  return {
    folder,
    corpus: { train: train.length, validation: validation.length, test: test.length, testedOn },
    pools,
    ...scores,
  };
}

/** Lines for standard output. */
export function describeRun({ folder, corpus, pools, scores }: RunResult): string[] {
  const { train, validation, test, testedOn } = corpus;
  const sizes = `${train.length} sentences to train on, ${validation.length} to choose with, ${test.length} to score on`;
  return [
    `corpus: ${sizes} (${testedOn})`,
    ...pools.map(describePool),
    '',
    scoreTable(scores),
    ...describeCollapse(scores),
    ...describeComparisons(scores),
    '',
    `kept in ${folder}`,
  ];
}

function describePool({ relation, wanted, accepted, missing, attempts }: PoolSummary): string {
  const shortfall = missing > 0 ? `; ${missing} of ${wanted} are missing` : '';
  return `${relation}: ${accepted} synthetic sentences of ${attempts} written${shortfall}`;
}

function scoreTable({ arms, relations }: RunScores): string {
  const table = plainTable(['', 'precision', 'recall', 'F1', '95% interval']);
  for (const name of ARMS) {
    const arm = arms[name];
    if (!arm) continue;
    const [low, high] = arm.interval;
    table.push([describeArm(name, arm.members), ...figures(arm), `${low.toFixed(3)}–${high.toFixed(3)}`]);
    if (relations.length < 2) continue;
    for (const relation of relations) {
      const score = arm.relations[relation];
      if (score) table.push([`  ${relation}`, ...figures(score), '']);
    }
  }
  return table.toString();
}

const figures = (score: { precision: number; recall: number; f1: number }): string[] =>
  [score.precision, score.recall, score.f1].map((value) => value.toFixed(3));

const describeArm = (arm: Arm, members: number): string =>
  `${definitions[arm].title}, ${members} classifier${members === 1 ? '' : 's'}`;

/** A line for each ensemble in which classifiers collapsed. */
function describeCollapse({ arms }: RunScores): string[] {
  return ARMS.flatMap((name) => {
    const arm = arms[name];
    if (!arm || arm.collapse.members === 0) return [];
    const { members, retrainings, remaining } = arm.collapse;
    const anew = retrainings > 0 ? `, trained anew ${retrainings} time${retrainings === 1 ? '' : 's'}` : '';
    const rest =
      remaining > 0 ? `; ${remaining} that still had${remaining === 1 ? ' votes' : ' vote'} all the same` : '';
    return [`${definitions[name].title}: ${members} of ${arm.members} classifiers learned nothing${anew}${rest}`];
  });
}

function describeComparisons({ comparisons }: RunScores): string[] {
  if (comparisons.length === 0) return [];
  const sign = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(3);
  return [
    '',
    ...comparisons.map(
      ({ first, second, difference, interval, mcNemar }) =>
        `F1 of ${definitions[first].title} over ${definitions[second].title}: ${sign(difference)} ` +
        `(95% interval ${sign(interval[0])} to ${sign(interval[1])}; McNemar p = ${mcNemar.pValue.toPrecision(2)})`,
    ),
  ];
}
