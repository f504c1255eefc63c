/** The paper's experiments from corpora to result files, at a size that takes seconds. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { experimentsNamed } from '../../src/experiments/reproduction/experiments.ts';
import { Reproduction } from '../../src/experiments/reproduction/reproduce.ts';
import type { ReproductionOptions } from '../../src/experiments/reproduction/reproduce.ts';
import { experimentResultSchema } from '../../src/experiments/reproduction/results.ts';
import type { ExperimentResult } from '../../src/experiments/reproduction/results.ts';
import { reproductionSchema } from '../../src/experiments/reproduction/settings.ts';
import type { ReproductionSettings } from '../../src/experiments/reproduction/settings.ts';
import { describeExperiment } from '../../src/cli/reproduction-text.ts';
import { readJson, writeJson } from '../../src/foundation/files.ts';
import { lockFolder } from '../../src/foundation/folder-lock.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { tinyConfiguration } from '../support/tiny-corpus.ts';
import { writeTinyCorpora } from '../support/tiny-corpora.ts';

let device: CpuDevice;
let root: string;
let settings: ReproductionSettings;
let options: ReproductionOptions;
let events: ProgressEvent[] = [];

beforeAll(async () => {
  device = new CpuDevice({ threads: 1 });
  root = await mkdtemp(join(tmpdir(), 'dare-reproduction-'));
  const corpora = writeTinyCorpora(join(root, 'corpora'));
  const { generator, sampling, filter, classifier } = tinyConfiguration(corpora);
  const adapted = join(root, 'adapted');
  const texts = ['alpha1 was given before the level of beta1 was measured', 'the effect of lithium on seizures'];
  const shape = { kind: 'gpt2' as const, layers: 1, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 64 };
  await writeRandomModel(adapted, { ...shape, texts, seed: 1 });
  settings = reproductionSchema.parse({
    ...{ members: 1, seeds: 1, test: 30, adapted, generator, sampling, filter },
    classifier: { ...classifier, epochs: 1, keepWeights: false },
    threads: 1,
  });
  const monitor = new Monitor((event) => events.push(event));
  const results = join(root, 'results');
  options = { corpora, folder: join(root, 'out'), results, device, monitor, offline: true };
});
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

/** Carries an experiment out. @returns names of the tasks that were done for it. */
async function reproduce(name: string, other: Partial<ReproductionOptions> = {}): Promise<string[]> {
  events = [];
  const reproduction = await Reproduction.plan(experimentsNamed(name), settings, { ...options, ...other });
  try {
    await reproduction.perform();
    return events.flatMap((event) =>
      event.kind === 'done' && event.task && event.stage !== 'corpus' ? event.stage : [],
    );
  } finally {
    await reproduction.close();
  }
}

/** Leaves a result file's runs as if another machine had done them. */
async function elsewhere(name: string, change: (result: ExperimentResult) => Partial<ExperimentResult> = () => ({})) {
  const result = await resultOf(name);
  const machines = [{ processor: 'another processor', cores: 64 }];
  await writeJson(join(root, 'elsewhere', `${name}.json`), { ...result, machines, ...change(result) });
  return result;
}

const resultOf = (name: string) => readJson(join(root, 'results', `${name}.json`), experimentResultSchema);

test('while another works in the folder nothing is written into it; a plan that fails gives it back', async () => {
  const plan = () => Reproduction.plan(experimentsNamed('table3'), settings, options);
  const release = await lockFolder(options.folder);
  await expect(plan()).rejects.toThrow(/another process .* is working in this folder/);
  expect((await readdir(options.folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
  await release();
  const log = join(options.folder, 'log.jsonl');
  await mkdir(log);
  await expect(plan()).rejects.toThrow();
  await rm(log, { recursive: true });
  await (
    await lockFolder(options.folder)
  )();
});

test('table 4 is done on three corpora; tables 5 and 6 are of its runs, and nothing is done for them', async () => {
  const done = await reproduce('table4');
  expect(done.filter((name) => name === 'dare member 1')).toHaveLength(3);
  const { cells, cellsInAll, corpora } = await resultOf('table4');
  expect(cellsInAll).toBe(3);
  expect(cells.map(({ corpus, sizes }) => [corpus, sizes.testedOn])).toEqual([
    ['cdr', 'development'],
    ['chemprot', 'development'],
    ['ddi', 'held-out training documents'],
  ]);
  for (const { sizes } of cells) expect(sizes.test).toBeLessThanOrEqual(30);
  expect(corpora.chemprot!.train).toEqual({ examples: 40, relations: { 'CPR:3': 10, 'CPR:4': 10 } });

  expect(await reproduce('table5')).toEqual([]);
  expect(await reproduce('table6')).toEqual([]);
  const table5 = await resultOf('table5');
  expect(table5.cells).toEqual(cells.filter(({ corpus }) => corpus === 'chemprot'));
  expect(describeExperiment(table5)).toMatch(/CPR:4 +class weighting .* 0\.75/);
  // Generators are not kept when their sentences stand.
  for (const name of await readdir(join(root, 'out', 'tasks'))) {
    if (name.startsWith('generator')) expect(await readdir(join(root, 'out', 'tasks', name))).not.toContain('model');
  }
});

test('table 3 trains a generator from random weights, and takes the other runs from table 4', async () => {
  const done = await reproduce('table3');
  expect(done.filter((name) => /generator|member/.test(name)).sort()).toEqual(['dare member 1', 'generator CID']);
  const result = await resultOf('table3');
  expect(result.pairs).toMatchObject([{ name: 'adapted over vanilla', seed: 1 }]);
  const text = describeExperiment(result);
  expect(text).toMatch(/CDR: trained on \d+ examples .* of its development data, as no test data was at hand/);
  expect(text).toContain('0.71 / 0.69 / 0.70');
  expect(text).toContain('“DARE over it” in rows of DARE itself: the adapted generator over the vanilla one.');
  expect(JSON.stringify(result)).not.toContain(root);
});

test('runs that another machine finished are taken over: only what its files lack is done', async () => {
  // Another store, in which nothing stands.
  const folder = join(root, 'again');
  const there = join(root, 'elsewhere');
  await mkdir(there);
  const table4 = await elsewhere('table4', ({ cells }) => ({ cells: cells.filter(({ corpus }) => corpus !== 'ddi') }));
  const table3 = await elsewhere('table3');

  const done = await reproduce('table4', { folder, finished: there });
  expect(done.filter((name) => name === 'dare member 1')).toHaveLength(1);
  const again = await resultOf('table4');
  expect(again.cells).toEqual(table4.cells);
  expect(again.machines).toEqual([...table4.machines, { processor: 'another processor', cores: 64 }]);

  expect(await reproduce('table3', { folder, finished: there })).toEqual([]);
  expect(await resultOf('table3')).toEqual({ ...table3, machines: [{ processor: 'another processor', cores: 64 }] });

  // Comparing takes both runs' predictions: without the comparison both are done again.
  await elsewhere('table3', () => ({ pairs: [] }));
  expect(await reproduce('table3', { folder, finished: there })).toContain('dare member 1');
  expect((await resultOf('table3')).pairs).toEqual(table3.pairs);
});

test('what one file has of runs that others share is theirs too', async () => {
  const [folder, there] = [join(root, 'shared'), join(root, 'only table 4')];
  const { cells } = await resultOf('table4');
  await writeJson(join(there, 'table4.json'), await resultOf('table4'));
  await rm(join(root, 'results', 'table5.json'));
  const reproduction = await Reproduction.plan(
    ['table4', 'table5'].flatMap((name) => experimentsNamed(name)),
    settings,
    { ...options, folder, finished: there },
  );
  await reproduction.perform();
  await reproduction.close();
  const { cells: own, machines } = await resultOf('table5');
  expect(own).toEqual(cells.filter(({ corpus }) => corpus === 'chemprot'));
  expect(machines).toEqual((await resultOf('table4')).machines);

  await rm(join(root, 'results', 'table5.json'));
  expect(await reproduce('table5', { folder, finished: there })).toEqual([]);
  expect((await resultOf('table5')).cells).toEqual(own);
});

test('a folder that is not there, or whose files have more runs and would be written over, is refused', async () => {
  const plan = (seeds: number, finished: string) =>
    Reproduction.plan(experimentsNamed('table3'), { ...settings, seeds }, { ...options, finished });
  await expect(plan(1, join(root, 'nowhere'))).rejects.toThrow('nowhere: no such folder');
  const result = await resultOf('table3');
  const second = result.cells.map((cell) => ({ ...cell, id: cell.id.replace('seed-1', 'seed-2'), seed: 2 }));
  await writeJson(join(options.results, 'table3.json'), { ...result, cells: [...result.cells, ...second] });
  await expect(plan(1, options.results)).rejects.toThrow('table3 has more runs there than are asked for');
  await writeJson(join(options.results, 'table3.json'), result);
});

test('runs of other settings, another version, other models or other data are not taken over', async () => {
  const finished = join(root, 'elsewhere');
  const refused = async (change: (result: ExperimentResult) => Partial<ExperimentResult>, why: RegExp) => {
    await elsewhere('table3', change);
    await expect(Reproduction.plan(experimentsNamed('table3'), settings, { ...options, finished })).rejects.toThrow(
      why,
    );
  };
  await refused(
    (result) => ({ settings: { ...result.settings, members: 7, seeds: 9 } }),
    /table3\.json: these runs cannot be taken over: they have another setting of members \(give the same/,
  );
  await refused(
    ({ versions }) => ({ versions: { ...versions, dare: '0.0.1' } }),
    /they have dare 0\.0\.1, and this is/,
  );
  const from = (change: Partial<ExperimentResult['sources']>) => (result: ExperimentResult) => ({
    sources: { ...result.sources, ...change },
  });
  await refused(from({ corpora: { cdr: 'other' } }), /they have other files of cdr/);
  await refused(from({ steps: 'other' }), /they have steps that were done in another way/);
  await refused(
    ({ sources }) => ({ sources: { ...sources, models: { ...sources.models, adapted: 'other' } } }),
    /they have other weights of the adapted model/,
  );
});
