/**
 * The reproduction on one page of Markdown with its figures, from the result files that there are. What people have to say of it stands in files of its own,
 * one an experiment, and is put in as it is: the page can be made anew whenever results change.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captionOf } from '../../experiments/reproduction/caption.ts';
import { commandFor } from '../../experiments/reproduction/command.ts';
import { publications } from '../../experiments/reproduction/corpora.ts';
import type { CorpusName } from '../../experiments/reproduction/corpora.ts';
import type { Experiment } from '../../experiments/reproduction/experiment.ts';
import { EXPERIMENTS } from '../../experiments/reproduction/experiments.ts';
import { experimentResultSchema } from '../../experiments/reproduction/results.ts';
import type { CorpusSizes, ExperimentResult } from '../../experiments/reproduction/results.ts';
import { summaryOf } from '../../experiments/reproduction/summary.ts';
import type { DifferenceOverSeeds, SummaryRow } from '../../experiments/reproduction/summary.ts';
import { kindAt, readJson, writeFileAtomically } from '../../foundation/files.ts';
import { barsChart, positivesChart, ratioChart } from './charts.ts';
import { findingsOf } from './findings.ts';
import { markdownTable, showOver, showPaper } from './show.ts';
import { showSigned } from '../signed.ts';

export interface ReproductionPageOptions {
  /** Folder of the result files. */
  readonly results: string;
  /** Where the page goes; figures and people's words are in a folder beside it that has its name without `.md`. */
  readonly page: string;
}

/** Writes the page and its figures. @returns the experiments that it shows. @throws UserError for a result file that is none. */
export async function writeReproductionPage({ results, page }: ReproductionPageOptions): Promise<string[]> {
  const beside = page.replace(/\.md$/, '');
  const found: { experiment: Experiment; result: ExperimentResult }[] = [];
  for (const experiment of EXPERIMENTS) {
    const file = join(results, `${experiment.id}.json`);
    if ((await kindAt(file)) !== 'file') continue;
    found.push({ experiment, result: await readJson(file, experimentResultSchema) });
  }
  const sections = [await commentary(beside, 'introduction'), sizesSection(found.map(({ result }) => result))];
  for (const { experiment, result } of found) {
    const rows = summaryOf(experiment, result);
    const figure = `${experiment.id}.svg`;
    await writeFileAtomically(join(beside, figure), await chartOf(experiment, rows));
    sections.push(
      experimentSection(experiment, result, rows, `${beside.split(/[\\/]/).at(-1)}/${figure}`),
      await commentary(beside, experiment.id),
    );
  }
  const text = ['# The paper’s experiments, done again', ...sections].filter((part) => part !== '').join('\n\n');
  await writeFileAtomically(page, `${text}\n`);
  return found.map(({ experiment }) => experiment.id);
}

async function commentary(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.md`);
  return (await kindAt(file)) === 'file' ? (await readFile(file, 'utf8')).trim() : '';
}

function chartOf({ id, title }: Experiment, rows: readonly SummaryRow[]): Promise<string> {
  if (id === 'figure1') return positivesChart(rows);
  return id === 'figure2' ? ratioChart(rows) : barsChart(title, rows);
}

function experimentSection(
  { title, caption, groupTitle, pairMeaning }: Experiment,
  result: ExperimentResult,
  rows: readonly SummaryRow[],
  figure: string,
): string {
  const { machines, versions } = result;
  const places = machines.map(({ cores, processor }) => `${cores} cores of ${processor}`).join(', and ');
  const findings = findingsOf(result, rows);
  const isCompared = rows.some(({ dareOver, pair }) => dareOver ?? pair);
  const isInPaper = rows.some(({ paper }) => paper);
  return [
    `## ${title}`,
    [caption, ...captionOf(result)].join(' '),
    `![${title}](${figure})`,
    markdownTable(
      [
        ...[groupTitle, '', 'precision', 'recall', 'F1'],
        ...(isInPaper ? ['paper'] : []),
        ...(isCompared ? COMPARISON_COLUMNS : []),
      ],
      rows.map((row) => rowOf(row, { isCompared, isInPaper })),
    ),
    [
      ...(isInPaper ? ['“Paper” is precision / recall / F1 as far as it has them.'] : []),
      ...(isCompared ? [comparisonMeaning(pairMeaning)] : []),
    ].join(' '),
    ...(findings.length > 0
      ? [
          markdownTable(
            ['the paper', 'here'],
            findings.map(({ paper, ours }) => [paper, ours]),
          ),
        ]
      : []),
    `Measured with dare ${versions.dare} on Node ${versions.node}, ${places}: \`${commandFor(result)}\`.`,
  ].join('\n\n');
}

const COMPARISON_COLUMNS = ['DARE over it', 'seeds better / worse', 'McNemar p < 0.05'];

const comparisonMeaning = (pairMeaning: string | undefined): string =>
  `“DARE over it” is the difference in F1 in the same runs${pairMeaning === undefined ? '' : ` (in rows of DARE itself: ${pairMeaning})`}, with the t interval of its mean over the seeds; a seed is better or worse where the 95% paired bootstrap interval by document leaves 0 out. McNemar’s test is of each seed by itself, after Holm’s correction over the arms of the run${pairMeaning === undefined ? '' : ' (none between runs)'}.`;

function rowOf(
  { group, label, ours, paper, dareOver, pair }: SummaryRow,
  { isCompared, isInPaper }: { isCompared: boolean; isInPaper: boolean },
): string[] {
  const scores = ours ? [showOver(ours.precision), showOver(ours.recall), showOver(ours.f1)] : ['', '', ''];
  const difference = isCompared ? differenceOf(dareOver ?? pair) : [];
  return [group, label, ...scores, ...(isInPaper ? [paper ? showPaper(paper) : ''] : []), ...difference];
}

function differenceOf(difference: DifferenceOverSeeds | undefined): string[] {
  if (!difference) return ['', '', ''];
  const { mean, interval, better, worse, significant, seeds } = difference;
  const range = interval ? ` (${showSigned(interval[0])} to ${showSigned(interval[1])})` : '';
  return [showSigned(mean) + range, `${better} / ${worse} of ${seeds}`, `${significant} of ${seeds}`];
}

/** The corpora beside the paper's Table 2, as their makers divided them and before any limit. */
function sizesSection(results: readonly ExperimentResult[]): string {
  const sizes: Partial<Record<CorpusName, CorpusSizes>> = {};
  for (const { corpora } of results) Object.assign(sizes, corpora);
  const names = (Object.keys(publications) as CorpusName[]).filter((name) => sizes[name]);
  if (names.length === 0) return '';
  const rows = names.flatMap((name) => {
    const { title, paper } = publications[name];
    const { train, development, test } = sizes[name]!;
    const counts = (positives: readonly number[]): string => positives.join(', ');
    const size = ({ examples }: { examples: number }): string => (examples > 0 ? String(examples) : 'not at hand');
    return [
      [title, 'paper', `${paper.train} (${counts(paper.positives)})`, String(paper.development), String(paper.test)],
      ['', 'ours', `${train.examples} (${counts(Object.values(train.relations))})`, size(development), size(test)],
    ];
  });
  return [
    '## Data',
    'Examples of each corpus as its makers divided it, positives of each relation in parentheses: the paper’s Table 2, and what our rules give. The paper’s training data of DDI2013 is without the tenth that it held out for development.',
    markdownTable(['corpus', '', 'training', 'development', 'test'], rows),
  ].join('\n\n');
}
