/** What a run came to, in words and tables for people, and as an object for programs. */
import type { PoolSummary, RunResult } from '../tasks/run.ts';
import { describeScores } from './scores-text.ts';

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
    ...describeScores(scores),
    '',
    `kept in ${folder}`,
  ];
}

function describePool({ relation, wanted, accepted, missing, attempts }: PoolSummary): string {
  const shortfall = missing > 0 ? `; ${missing} of ${wanted} are missing` : '';
  return `${relation}: ${accepted} synthetic sentences of ${attempts} written${shortfall}`;
}
