/** What a run came to, in words and tables for people, and as an object for programs. */
import { headline } from '../report/run/headline.ts';
import type { PoolSummary } from '../tasks/planned-run.ts';
import type { RunResult } from '../tasks/run.ts';
import { describeScores } from './scores-text.ts';

/** What a program wants to know of a result, without the sentences themselves. */
export function summarizeRun({ folder, corpus, pools, quality, scores }: RunResult): object {
  const { train, validation, test, testedOn } = corpus;
  return {
    folder,
    corpus: { train: train.length, validation: validation.length, test: test.length, testedOn },
    pools,
    quality,
    ...scores,
  };
}

/** Lines for standard output. */
export function describeRun({ folder, corpus, pools, quality, scores }: RunResult): string[] {
  const { train, validation, test, testedOn } = corpus;
  const sizes = `${train.length} sentences to train on, ${validation.length} to choose with, ${test.length} to score on`;
  return [
    `corpus: ${sizes} (${testedOn})`,
    ...pools.flatMap((pool, place) => [
      describePool(pool),
      ...describeDropped(pool),
      ...describeHeldOut(pool),
      ...describeQuality(quality[place]),
    ]),
    '',
    ...describeScores(scores),
    '',
    headline(scores),
    '',
    ...pools
      .slice(0, 1)
      .map(({ path }) => `sentences to judge, with --verdicts: ${path}${pools.length > 1 ? ', …' : ''}`),
    `kept in ${folder}`,
  ];
}

function describePool({ relation, wanted, accepted, missing, attempts }: PoolSummary): string {
  const shortfall = missing > 0 ? `; ${missing} of ${wanted} are missing` : '';
  return `${relation}: ${accepted} synthetic sentences of ${attempts} written${shortfall}`;
}

/** How many sentences each filter dropped. */
function describeDropped({ counts }: PoolSummary): string[] {
  const dropped = Object.entries(counts).filter(([verdict, count]) => verdict !== 'accepted' && count > 0);
  return dropped.length === 0
    ? []
    : [`  dropped: ${dropped.map(([reason, count]) => `${count} ${reason}`).join(', ')}`];
}

/** Where they are kept, sentences that stand in the data that a run is scored on. */
function describeHeldOut({ heldOutCopies }: PoolSummary): string[] {
  const { test = 0, validation = 0 } = heldOutCopies ?? {};
  if (test + validation === 0) return [];
  return [`  kept, though they stand in held-out data: ${test} in the test data, ${validation} in the validation data`];
}

/** How diverse and how new what was accepted is. */
function describeQuality(quality: RunResult['quality'][number] | undefined): string[] {
  const three = quality?.accepted.novelty[2];
  if (!quality || three === null || three === undefined) return [];
  const { diversity, goldDiversity, nearestGold } = quality.accepted;
  const [own, gold] = [diversity, goldDiversity].map(({ distinct }) => distinct[1]!.toFixed(2));
  const nearest = nearestGold ? `, likeness to the nearest gold sentence ${nearestGold.mean.toFixed(2)}` : '';
  return [`  distinct pairs of words ${own} (gold ${gold}), new 3-grams ${three.toFixed(2)}${nearest}`];
}
