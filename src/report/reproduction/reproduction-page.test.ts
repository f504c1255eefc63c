/** The page of a reproduction: made from what results there are, people's words kept, and what it says of a comparison is what the figures say. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Arm } from '../../dare/arms/arms.ts';
import { captionOf } from '../../experiments/reproduction/caption.ts';
import { experimentsNamed } from '../../experiments/reproduction/experiments.ts';
import { experimentResultSchema } from '../../experiments/reproduction/results.ts';
import type { CellResult, ExperimentResult } from '../../experiments/reproduction/results.ts';
import { reproductionPresets, reproductionSchema } from '../../experiments/reproduction/settings.ts';
import { summaryOf } from '../../experiments/reproduction/summary.ts';
import { writeJson } from '../../foundation/files.ts';
import { findingsOf } from './findings.ts';
import { writeReproductionPage } from './reproduction-page.ts';

const scored = (f1: number) => ({
  ...{ precision: f1, recall: f1, f1, macroF1: f1, interval: [f1 - 0.02, f1 + 0.02], memberF1: [f1] },
  relations: { CID: { precision: f1, recall: f1, f1 } },
  collapse: { members: 0, retrainings: 0, remaining: 0 },
});

/** A run of CDR in which each arm has its F1. */
function cell(seed: number, f1: Partial<Record<Arm, number>>, varied: Partial<CellResult> = {}): CellResult {
  const { dare = 0, ...others } = f1;
  return {
    ...{ id: `cdr-${seed}`, corpus: 'cdr', seed, positives: null, ratio: 1, start: 'adapted' },
    sizes: {
      ...{ train: 100, trainPositives: varied.positives ?? 1200, relations: { CID: 40 }, validation: 10, test: 50 },
      ...{ testPositives: 20, testedOn: 'development' },
    },
    arms: Object.fromEntries(Object.entries(f1).map(([arm, value]) => [arm, scored(value)])),
    comparisons: Object.entries(others).map(([second, other]) => ({
      ...{ first: 'dare', second: second as Arm, difference: dare - other, firstIsBetter: 0.5 },
      interval: [dare - other - 0.01, dare - other + 0.01],
      mcNemar: { onlyFirst: 1, onlySecond: 1, pValue: 0.5, adjusted: 1 },
    })),
    pools: [],
    ...varied,
  };
}

const resultWith = (experiment: string, cells: readonly CellResult[], cellsInAll = cells.length): ExperimentResult => ({
  experiment,
  machines: [{ processor: 'a processor', cores: 2 }],
  versions: { dare: '1.0.0', node: '22.0.0' },
  settings: reproductionSchema.parse(reproductionPresets.small),
  sources: { steps: '', models: { generator: 'random', adapted: '', classifier: '' }, corpora: {} },
  cellsInAll,
  corpora: {
    cdr: {
      train: { examples: 3594, relations: { CID: 1457 } },
      development: { examples: 3880, relations: { CID: 1563 } },
      test: { examples: 0, relations: {} },
    },
  },
  cells: [...cells],
  pairs: [],
});

const findings = (result: ExperimentResult) =>
  findingsOf(result, summaryOf(experimentsNamed(result.experiment)[0]!, result));

describe('findings', () => {
  const figure1 = (gains: Readonly<Record<number, number>>): ExperimentResult =>
    resultWith(
      'figure1',
      [1, 2, 3].flatMap((seed) =>
        Object.entries(gains).map(([positives, gain]) =>
          cell(seed, { dare: 0.5 + gain + seed / 1000, 'balanced-bagging': 0.5 }, { positives: Number(positives) }),
        ),
      ),
    );

  it('tell whether the gain shrinks as positives grow', () => {
    expect(findings(figure1({ 50: 0.09, 250: 0.05, 500: 0.01 }))[0]!.ours).toMatch(
      /\+0\.092 at 50, \+0\.052 at 250, \+0\.012 at 500: it shrinks at every step; more than chance .* at 50, 250, 500/,
    );
    expect(findings(figure1({ 50: 0.05, 250: 0.09, 500: 0.01 }))[0]!.ours).toContain('does not shrink at every step');
    expect(findings(figure1({ 50: 0.01, 250: 0.09 }))[0]!.ours).toContain(': it does not shrink;');
  });

  it('tell a difference from none only where the interval over the seeds does', () => {
    const over = (gains: number[]): string =>
      findings(
        resultWith(
          'table4',
          gains.map((gain, index) => cell(index + 1, { dare: 0.5 + gain, gold: 0.5 })),
        ),
      )[0]!.ours;
    expect(over([0.05, 0.051, 0.052])).toMatch(/^\+0\.051 .*: more than chance between seeds; .* in 3 of 3 seeds/);
    expect(over([0.09, -0.05, 0.02])).toMatch(
      /: not to be told from none; .* above 0 in 2 of 3 seeds and below it in 1/,
    );
    expect(over([-0.05, -0.051, -0.052])).toContain(': worse, by more than chance between seeds');
    expect(over([0.05])).toContain(': one seed says little');
  });

  it('say where ensembles learned nothing', () => {
    const collapsed: CellResult['arms'][Arm] = {
      ...scored(0.1),
      interval: [0, 0.2],
      collapse: { members: 1, retrainings: 2, remaining: 1 },
    };
    const first = cell(1, { dare: 0.6, gold: 0.1 });
    const second = cell(2, { dare: 0.6, gold: 0.5 });
    const result = resultWith('table4', [{ ...first, arms: { ...first.arms, gold: collapsed } }, second]);
    expect(findings(result)[0]!.ours).toMatch(/; in 1 of 2 seeds most classifiers of one of the two learned nothing/);
    expect(captionOf(result)).toContain('Most classifiers learned nothing in: CDR, gold only, seed 1.');
    expect(captionOf(resultWith('table4', [second])).join(' ')).not.toContain('learned nothing');
  });

  it('and at which points of a figure', () => {
    const untrained = { members: 1, retrainings: 2, remaining: 1 };
    const collapsed = (of: CellResult): CellResult => ({
      ...of,
      arms: { ...of.arms, dare: { ...of.arms.dare!, collapse: untrained } },
    });
    const byPositives = resultWith('figure1', [
      collapsed(cell(1, { dare: 0.5, 'balanced-bagging': 0.4 }, { positives: 50 })),
      cell(1, { dare: 0.6, 'balanced-bagging': 0.6 }, { positives: 250 }),
    ]);
    expect(findings(byPositives)[0]!.ours).toMatch(/learned nothing: 1 of 1 at 50$/);
    expect(captionOf(byPositives)).toContain('Most classifiers learned nothing in: CDR, DARE, 50 positives, seed 1.');

    const byRatio = [1, 2].map((ratio) => cell(1, { dare: 0.5 }, { ratio, id: `figure2/ratio-${ratio}-seed-1` }));
    const pair = {
      ...{ name: 'ratio 2 over 1', seed: 1, difference: 0, interval: [-0.1, 0.1] as [number, number] },
      mcNemar: { onlyFirst: 1, onlySecond: 1, pValue: 1 },
    };
    const result = { ...resultWith('figure2', [byRatio[0]!, collapsed(byRatio[1]!)]), pairs: [pair] };
    expect(findings(result)[0]!.ours).toMatch(/learned nothing: 1 of 1 at 2$/);
    expect(findings({ ...result, cells: byRatio })[0]!.ours).not.toContain('learned nothing');
  });

  it('name the best ratio', () => {
    const cells = [0.5, 1, 2].map((ratio) => cell(1, { dare: ratio === 1 ? 0.6 : 0.55, gold: 0.5 }, { ratio }));
    const [best, overGold] = findings(resultWith('figure2', cells));
    expect(best!.ours).toContain('highest at 1, not the largest ratio');
    expect(overGold!.ours).toMatch(/^at ratio 1: \+0\.100/);
  });
});

describe('the page', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'reproduction-page-'))));
  afterEach(() => rm(root, { recursive: true }));

  it('shows what results there are, with their figure, and what people wrote', async () => {
    const result = resultWith('table4', [cell(1, { dare: 0.61, gold: 0.6 }), cell(2, { dare: 0.63, gold: 0.6 })], 9);
    await mkdir(join(root, 'page'));
    await writeJson(join(root, 'results', 'table4.json'), experimentResultSchema.parse(result));
    await writeFile(join(root, 'page', 'table4.md'), 'What this means.\n');
    const options = { results: join(root, 'results'), page: join(root, 'page.md') };
    expect(await writeReproductionPage(options)).toEqual(['table4']);
    const page = await readFile(options.page, 'utf8');
    expect(page).toContain(
      '| CDR | paper | 3597 (1453) | 3876 | 3806 |\n|  | ours | 3594 (1457) | 3880 | not at hand |',
    );
    expect(page).toContain('Unfinished: 2 of 9 runs.');
    expect(page).toContain('of its development data, as no test data was at hand');
    expect(page).toMatch(/\| CDR \| DARE \| .* \| 0\.620 \(0\.610–0\.630\) \| 0\.68 \/ 0\.75 \/ 0\.73 \|/);
    expect(page).toContain('| corpus |  | precision | recall | F1 | paper | DARE over it |');
    expect(page).toContain('`dare reproduce table4 --corpora PATH/TO/CORPORA --preset small`');
    expect(page).toContain('What this means.');
    expect(page).toContain('(page/table4.svg)');
    expect(await readFile(join(root, 'page', 'table4.svg'), 'utf8')).toMatch(/^<svg[^]*CDR, DARE: 0\.620/);
  });

  it('has no column for comparisons where there are none, and the command of other sizes', async () => {
    const result = resultWith('table6', []);
    const settings = { ...result.settings, members: 5, gold: null };
    await writeJson(join(root, 'results', 'table6.json'), { ...result, settings });
    const options = { results: join(root, 'results'), page: join(root, 'page.md') };
    await writeReproductionPage(options);
    const page = await readFile(options.page, 'utf8');
    expect(page).toContain('| relation |  | precision | recall | F1 | paper |\n');
    expect(page).not.toContain('DARE over it');
    expect(page).toContain('`dare reproduce table6 --corpora PATH/TO/CORPORA --preset small --members 5`');
  });

  it('is empty of experiments where there are no results', async () => {
    expect(await writeReproductionPage({ results: join(root, 'none'), page: join(root, 'page.md') })).toEqual([]);
  });
});
