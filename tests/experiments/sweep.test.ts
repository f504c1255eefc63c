/** Several runs beside each other: folds of a cross-validation, cells of a sweep. */
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCorpus } from '../../src/corpus/corpus.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { membersOf, openRun } from '../../src/deployment/finished-run.ts';
import { score } from '../../src/evaluation/scores.ts';
import { describeCrossValidation } from '../../src/cli/scores-text.ts';
import { runScoresSchema } from '../../src/dare/run-scores.ts';
import { headline } from '../../src/report/run/headline.ts';
import { runReportText } from '../../src/report/write-report.ts';
import { runDare } from '../../src/tasks/run.ts';
import { statusOf } from '../../src/tasks/status.ts';
import { crossValidate } from '../../src/experiments/cross-validation.ts';
import { previewFolds } from '../../src/experiments/fold-runs.ts';
import { previewSweep, sweep } from '../../src/experiments/sweep.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let device: CpuDevice;
let root: string;
let configuration: RunConfiguration;

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-sweep-'));
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  configuration = { ...tiny, ensemble: { ...tiny.ensemble, size: 1, retries: 0 } };
});
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

interface OutOfFold {
  fold: number;
  id: string;
  document: string;
  relation: string | null;
  predicted: { gold: string | null };
}

test('cross-validation tests every document once, in one fold, and scores all of them together', async () => {
  const folder = join(root, 'folds');
  const gold = { ...configuration, cv: 3, ensemble: { ...configuration.ensemble, arms: ['gold' as const] } };
  const result = await crossValidate(gold, { ...{ folder, device, monitor: new Monitor(), offline: true } });
  const { arms, relations, examples } = result;
  const lines = (await readFile(join(folder, 'predictions.jsonl'), 'utf8')).trim().split('\n');
  const predictions = lines.map((line) => JSON.parse(line) as OutOfFold);
  const corpus = await readCorpus(join(root, 'corpus'));
  const all = Object.values(corpus.examples).flat();
  expect(examples).toBe(all.length);
  expect(new Set(predictions.map(({ id }) => id))).toEqual(new Set(all.map(({ id }) => id)));
  const foldOf = new Map(predictions.map(({ document, fold }) => [document, fold]));
  for (const { document, fold } of predictions) expect(fold).toBe(foldOf.get(document));
  const again = score(
    predictions.map(({ relation }) => relation),
    predictions.map(({ predicted }) => predicted.gold),
    relations,
  );
  expect(arms.gold).toMatchObject(again);
  expect(arms.gold!.foldF1).toHaveLength(3);

  // It says all that a run says, of all folds together.
  const written: unknown = JSON.parse(await readFile(join(folder, 'cross-validation.json'), 'utf8'));
  const { arms: scored } = runScoresSchema.parse(written);
  const { gold: whole } = scored;
  expect(whole!.members).toBe(3);
  expect(whole!.memberF1).toEqual(arms.gold!.foldF1);
  expect(whole!.relations['CID']!.interval[0]).toBeLessThanOrEqual(whole!.f1);
  // Facts of all documents with sentences to test on, of which each fold has a part.
  const facts = corpus.facts!.facts.filter(({ document }) => foldOf.has(document));
  expect(whole!.documents!.gold).toBe(new Set(facts.map((fact) => JSON.stringify(Object.values(fact)))).size);
  expect(whole!.calibration.after.bins.reduce((sum, { count }) => sum + count, 0)).toBe(examples);
  const text = describeCrossValidation(result).join('\n');
  expect(text).toContain(`${examples} sentences, each scored by ensembles that have not seen its document (3 folds)`);
  expect(text).toContain('micro-F1 over CID');
  expect(text).toContain('facts of whole documents');
  expect(text).toContain('F1 of the folds, gold only: ');
  expect(text).toContain(headline(result));

  // Its report is of all folds, and leads to each of theirs.
  const { document } = parseHTML(await runReportText(folder, 'html'));
  expect(document.querySelector('.answer')!.textContent).toBe(headline(result));
  const rows = Array.from(document.querySelectorAll('[aria-label="F1 of each fold"] tbody tr'));
  expect(rows.map((row) => row.querySelector('a')!.getAttribute('href'))).toEqual(
    [1, 2, 3].map((fold) => `fold-${fold}/report.html`),
  );
  expect(rows.map((row) => Number(row.querySelectorAll('td')[1]!.textContent))).toEqual(
    [1, 2, 3].map((fold) => predictions.filter((each) => each.fold === fold).length),
  );
  expect(rows.map((row) => row.querySelectorAll('td')[2]!.textContent)).toEqual(
    arms.gold!.foldF1.map((f1) => f1.toFixed(3)),
  );
  expect(document.querySelector('.lead')!.textContent.replaceAll(/\s+/g, ' ')).toContain(
    `${examples} sentences in 3 folds`,
  );
  expect(await runReportText(folder, 'md')).toContain(
    `| fold 1 | ${rows[0]!.querySelectorAll('td')[1]!.textContent} |`,
  );
  expect(await runReportText(folder, 'csv')).toContain('gold,,facts of documents,');
  expect(JSON.parse(await runReportText(folder, 'json'))).toMatchObject({
    scores: written,
    folds: [{ number: 1 }, {}, {}],
  });
});

test('of a run and a cross-validation in one folder, the report is of the later', async () => {
  const folder = join(root, 'both');
  const options = { folder, device, monitor: new Monitor(), offline: true };
  const gold = { ...configuration, ensemble: { ...configuration.ensemble, arms: ['gold' as const], size: 1 } };
  const shown = async () => (JSON.parse(await runReportText(folder, 'json')) as { folds?: unknown[] }).folds?.length;
  await runDare(gold, options);
  expect(await shown()).toBeUndefined();
  await crossValidate({ ...gold, cv: 2 }, options);
  expect(await shown()).toBe(2);
  await runDare(gold, options);
  expect(await shown()).toBeUndefined();
});

test('asked for a run, the folder of a cross-validation names its folds', async () => {
  const folder = join(root, 'named');
  for (const fold of [1, 2, 10]) await mkdir(join(folder, `fold-${fold}`), { recursive: true });
  const refusal = `${folder}: a cross-validation is here, and not a run (each of its folds is one: name ${folder}/fold-1 … ${folder}/fold-10;`;
  await expect(runReportText(folder, 'md')).rejects.toThrow(refusal);
  await expect(openRun(folder)).rejects.toThrow(refusal);
  await expect(statusOf(folder)).rejects.toThrow(refusal);
});

test('a plan of a cross-validation is that of its folds, and what it reads they find', async () => {
  const folder = join(root, 'planned-folds');
  const events: ProgressEvent[] = [];
  const monitor = new Monitor((event) => events.push(event));
  const options = { folder, device, monitor, offline: true };
  const gold = { ...configuration, cv: 2, ensemble: { ...configuration.ensemble, arms: ['gold' as const] } };
  const preview = await previewFolds(gold, options);
  expect(preview.runs.map((run) => relative(folder, run.folder))).toEqual(['fold-1', 'fold-2']);
  expect(readdirSync(folder).sort()).toEqual(['fold-1', 'fold-2']);
  // Of each fold: the base of its classifier, the classifier, the scores; its corpus is read.
  expect(preview.runs.map(({ missing }) => missing)).toEqual([3, 3]);
  expect(preview).toMatchObject({ tasks: 8, missing: 6 });
  expect(preview.seconds).toBeCloseTo(preview.runs[0]!.seconds + preview.runs[1]!.seconds, 9);
  events.length = 0;
  await crossValidate(gold, options);
  const done = events.filter((event) => event.kind === 'done' && event.task);
  expect(done).toHaveLength(preview.missing);
  expect((await previewFolds(gold, options)).missing).toBe(0);
});

test('a fold that there is not, and more folds than documents, are refused', async () => {
  const options = { folder: join(root, 'refused'), device, monitor: new Monitor(), offline: true };
  await expect(crossValidate({ ...configuration, cv: 100 }, options)).rejects.toThrow(
    'too few documents for 100 folds',
  );
  const folds = { ...configuration, cv: 3 };
  await expect(sweep(folds, { ratios: [1], positives: [] }, options)).rejects.toThrow('--cv: a sweep does not go over');
});

test('a sweep does once what its runs have in common, and each is a run to be used', async () => {
  const folder = join(root, 'sweep');
  const events: ProgressEvent[] = [];
  const monitor = new Monitor((event) => events.push(event));
  const options = { folder, device, monitor, offline: true };
  // 1.3 of the 43 positives are no whole number.
  const values = { ratios: [0.5, 1.3], positives: [] };
  const preview = await previewSweep(configuration, values, options);
  expect(preview.runs.map((run) => relative(folder, run.folder))).toEqual(['runs/ratio-1.3', 'runs/ratio-0.5']);
  // Its own ensemble of DARE, and its scores.
  expect(preview.runs[1]!.missing).toBe(2);
  events.length = 0;
  const { cells } = await sweep(configuration, values, options);
  expect(cells.map(({ ratio, positives }) => [ratio, positives])).toEqual([
    [0.5, null],
    [1.3, null],
  ]);
  expect(events.filter((event) => event.kind === 'done' && event.task)).toHaveLength(preview.missing);
  const done = events.flatMap((event) => (event.kind === 'done' ? event.stage : []));
  for (const stage of ['generator CID', 'pool CID', 'gold member 1']) {
    expect(done.filter((name) => name === stage)).toHaveLength(1);
  }
  expect(done.filter((name) => name === 'dare member 1')).toHaveLength(2);
  const rows = parse<Record<string, string>>(await readFile(join(folder, 'sweep.csv'), 'utf8'), { columns: true });
  const { scores } = cells[1]!;
  const { dare, gold } = scores.arms;
  const told = (values: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const cell = { positives: '', ratio: 1.3 };
  expect(rows.filter(({ ratio }) => ratio === '1.3')).toMatchObject([
    told({ ...cell, arm: 'dare', against: '', precision: dare!.precision, recall: dare!.recall, f1: dare!.f1 }),
    told({ ...cell, arm: 'gold', against: '', f1: gold!.f1, low: gold!.interval[0], high: gold!.interval[1] }),
    told({ ...cell, arm: 'dare', against: 'gold', f1: '', difference: scores.comparisons[0]!.difference }),
  ]);
  expect(rows).toHaveLength(6);
  expect(cells[0]!.scores.arms.gold).toEqual(gold);
  expect(await membersOf(await openRun(join(folder, cells[1]!.run)), 'dare')).toHaveLength(1);
});
