/** Several runs beside each other: folds of a cross-validation, cells of a sweep. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCorpus } from '../../src/corpus/corpus.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { membersOf, openRun } from '../../src/deployment/finished-run.ts';
import { score } from '../../src/evaluation/scores.ts';
import { crossValidate } from '../../src/experiments/cross-validation.ts';
import { sweep } from '../../src/experiments/sweep.ts';
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
  const { arms, relations, examples } = await crossValidate(gold, {
    ...{ folder, device, monitor: new Monitor(), offline: true },
  });
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
  const { cells } = await sweep(
    configuration,
    { ratios: [0.5, 1], positives: [] },
    { folder, device, monitor, offline: true },
  );
  expect(cells.map(({ ratio, positives }) => [ratio, positives])).toEqual([
    [0.5, null],
    [1, null],
  ]);
  const done = events.flatMap((event) => (event.kind === 'done' ? event.stage : []));
  for (const stage of ['corpus', 'generator CID', 'pool CID', 'gold member 1']) {
    expect(done.filter((name) => name === stage)).toHaveLength(1);
  }
  expect(done.filter((name) => name === 'dare member 1')).toHaveLength(2);
  const [head, ...rows] = (await readFile(join(folder, 'sweep.csv'), 'utf8')).trim().split('\n');
  expect(head).toBe('positives,ratio,arm,precision,recall,f1,low,high');
  expect(rows).toHaveLength(4);
  const { dare, gold } = cells[1]!.scores.arms;
  expect(rows[2]).toMatch(new RegExp(`^,1,dare,${dare!.precision},${dare!.recall},${dare!.f1},`));
  expect(cells[0]!.scores.arms.gold).toEqual(gold);
  expect(await membersOf(await openRun(join(folder, cells[1]!.run)), 'dare')).toHaveLength(1);
});
