/** What must be known of an experiment's figures to read them: said with every table and figure, from the results themselves. */
import { arms } from '../../dare/arms/arms.ts';
import type { Arm } from '../../dare/arms/arms.ts';
import { RANDOM_MODEL } from '../../nn/initialize.ts';
import { publications } from './corpora.ts';
import type { CorpusName } from './corpora.ts';
import type { CellResult, ExperimentResult } from './results.ts';
import { isUntrained } from './summary.ts';

/** Sentences: what was tested on and how much of it, sizes of the training data, models, seeds. */
export function captionOf(result: ExperimentResult): string[] {
  const { cells, cellsInAll, settings } = result;
  if (cells.length === 0) return ['No run is finished yet.'];
  const names = [...new Set(cells.map(({ corpus }) => corpus))];
  const seeds = new Set(cells.map(({ seed }) => seed)).size;
  const { members, baselineMembers } = settings;
  const baselines =
    baselineMembers === null || baselineMembers === members
      ? ''
      : ` (class weighting and balanced bagging ${baselineMembers})`;
  return [
    ...(cells.length < cellsInAll ? [`Unfinished: ${cells.length} of ${cellsInAll} runs.`] : []),
    ...names.map((name) =>
      dataOf(
        name,
        cells.filter(({ corpus }) => corpus === name),
      ),
    ),
    `${startsOf(result)}, classifiers from ${modelOf(settings.classifier)}; ${members} classifiers an ensemble${baselines}.`,
    ...untrainedOf(cells),
    seeds === 1
      ? 'One seed.'
      : `Means over ${seeds} seeds, with the least and the most of them; a seed is another training, and another part of the data where that is divided or limited here.`,
  ];
}

/** What generators start from; the vanilla one, which table 3 has beside the adapted, has not read text of the field. */
function startsOf({ cells, settings }: ExperimentResult): string {
  const adapted = settings.adapted ?? settings.generator.model;
  if (!cells.some(({ start }) => start === 'vanilla')) return `Generators start from ${adapted}`;
  const { generator } = settings;
  const vanilla = generator.model === RANDOM_MODEL ? 'random weights of the same shape' : generator.model;
  return `The adapted generator starts from ${adapted}, the vanilla one from ${vanilla}`;
}

/** Ensembles most of whose classifiers learned nothing. */
function untrainedOf(cells: readonly CellResult[]): string[] {
  const pointOf = pointsOf(cells);
  const found = cells.flatMap((cell) =>
    (Object.keys(cell.arms) as Arm[])
      .filter((arm) => isUntrained(cell, [arm]))
      .map((arm) =>
        [publications[cell.corpus].title, arms[arm].title, ...pointOf(cell), `seed ${cell.seed}`].join(', '),
      ),
  );
  return found.length === 0 ? [] : [`Most classifiers learned nothing in: ${found.join('; ')}.`];
}

/** What tells a run from the others of its experiment, beside its corpus and its seed. */
function pointsOf(cells: readonly CellResult[]): (cell: CellResult) => string[] {
  const differs = (of: (cell: CellResult) => unknown): boolean => new Set(cells.map(of)).size > 1;
  const [byPositives, byRatio] = [differs(({ positives }) => positives), differs(({ ratio }) => ratio)];
  const byStart = differs(({ start }) => start);
  return ({ positives, ratio, start }) => [
    ...(byPositives ? [positives === null ? 'all positives' : `${positives} positives`] : []),
    ...(byRatio ? [`ratio ${ratio}`] : []),
    ...(byStart ? [`the ${start} generator`] : []),
  ];
}

function dataOf(name: CorpusName, cells: readonly CellResult[]): string {
  const { testedOn } = cells[0]!.sizes;
  const { title } = publications[name];
  const tested =
    testedOn === 'test'
      ? 'its test data'
      : testedOn === 'development'
        ? 'its development data, as no test data was at hand'
        : 'documents held out of its training data, as no test data was at hand';
  const range = (of: (sizes: CellResult['sizes']) => number): string => {
    const values = cells.map(({ sizes }) => of(sizes));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? String(least) : `${least} to ${most}`;
  };
  return (
    `${title}: trained on ${range(({ train }) => train)} examples (${range(({ trainPositives }) => trainPositives)} positive), validated on ` +
    `${range(({ validation }) => validation)}, tested on ${range(({ test }) => test)} (${range(({ testPositives }) => testPositives)} positive) of ${tested}.`
  );
}

const modelOf = ({ model, layers, hiddenSize }: ExperimentResult['settings']['classifier']): string =>
  model === RANDOM_MODEL ? `random weights (${layers} layers of ${hiddenSize})` : model;
