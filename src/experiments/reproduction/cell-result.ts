/** A run cut down to what is reported of it. */
import type { RunResult } from '../../tasks/run.ts';
import type { Cell } from './experiment.ts';
import { cellSchema } from './results.ts';
import type { CellResult } from './results.ts';

export function cellResult(cell: Cell, { corpus, scores, pools }: RunResult): CellResult {
  const { id, seed, positives, ratio, start } = cell;
  const { train, validation, test, testedOn, relations } = corpus;
  const positivesIn = (examples: typeof train): number => examples.filter(({ relation }) => relation !== null).length;
  return cellSchema.parse({
    ...{ id, corpus: cell.corpus, seed, positives, ratio, start },
    sizes: {
      train: train.length,
      trainPositives: positivesIn(train),
      relations: Object.fromEntries(
        relations.map((name) => [name, train.filter(({ relation }) => relation === name).length]),
      ),
      validation: validation.length,
      test: test.length,
      testPositives: positivesIn(test),
      testedOn,
    },
    arms: scores.arms,
    comparisons: scores.comparisons,
    pools,
  });
}
