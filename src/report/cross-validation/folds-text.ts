/** Scores over all folds for other programs and for papers; as CSV they are a run's (`run/run-text.ts`). */
import { ARMS } from '../../dare/arms/arms.ts';
import { headline, showF1, titleOf } from '../run/headline.ts';
import { scoresMarkdown, table } from '../run/run-text.ts';
import type { FoldsReport } from './folds-data.ts';

/** A run's tables over all folds together, and F1 of each fold. */
export function foldsMarkdown({ name, scores, folds, test }: FoldsReport): string {
  const arms = ARMS.flatMap((arm) => (scores.arms[arm] ? [{ arm, foldF1: scores.arms[arm].foldF1 }] : []));
  return [
    ...scoresMarkdown(name, `Scored on ${test.length} sentences in ${folds.length} folds`, scores),
    ...table(
      ['F1 by fold', 'scored on', ...arms.map(({ arm }) => titleOf(arm))],
      folds.map(({ number, test: size }, index) => [
        ...[`fold ${number}`, size],
        ...arms.map(({ foldF1 }) => showF1(foldF1[index]!)),
      ]),
    ),
  ].join('\n');
}

/** What the page shows, without the sentences of the corpus. */
export const foldsJson = ({ name, scores, folds }: FoldsReport): string =>
  `${JSON.stringify({ name, headline: headline(scores), scores, folds }, null, 2)}\n`;
