/** A distillation that is interrupted, that memory does not hold, that another process is at: what is kept, what is said, and that the student is the same. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { exportRun } from '../../src/deployment/export.ts';
import { membersOf, openRun } from '../../src/deployment/finished-run.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import { lockFolder } from '../../src/foundation/folder-lock.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { memoryToTrain } from '../../src/nn/model-memory.ts';
import { openBert } from '../../src/nn/model.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { hashResults } from '../support/results.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let root: string;
let device: CpuDevice;
let configuration: RunConfiguration;

const place = (name: string): string => join(root, name);

/** Exports with a student. @param stopAfter updates of it. @returns what was noted. */
async function distil(name: string, { memory, stopAfter }: { memory?: number; stopAfter?: number } = {}) {
  const notes: string[] = [];
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    if (event.kind === 'note') notes.push(event.text);
    if (event.kind === 'step' && event.stage === 'distil' && event.done === stopAfter) controller.abort();
  }, controller.signal);
  const exporting = exportRun(place('run'), place(name), { device, monitor, distil: true, memory: memory ?? null });
  if (stopAfter === undefined) await exporting;
  else await expect(exporting).rejects.toBeInstanceOf(Interrupted);
  return notes;
}

/** Gigabytes that hold so many sentences of a batch, and not one more. */
async function memoryFor(sentences: number): Promise<number> {
  const [member] = await membersOf(await openRun(place('run')), 'gold');
  const { config } = await openBert(member!.folder);
  const { batchSize: batch, maxLength: sequence, accumulation } = configuration.classifier;
  const needed = memoryToTrain(config, { batch, sequence, accumulation, isOnGpu: false }, { classes: 2 });
  return needed(sentences).total / 1e9;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-distil-'));
  device = new CpuDevice({ threads: 1 });
  const tiny = tinyConfiguration(writeTinyCorpus(place('corpus')));
  configuration = { ...tiny, ensemble: { ...tiny.ensemble, size: 2, arms: ['gold'] } };
  await runDare(configuration, { folder: place('run'), device, monitor: new Monitor(), offline: true });
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

test('interrupted, it goes on, and the student is that of one that was not, byte for byte', async () => {
  await mkdir(place('out.partial-0123abcd'));
  // In its second epoch.
  await distil('out', { stopAfter: 8 });
  // Another training at the same place goes its own way, and leaves the first what it has.
  expect(await distil('out', { memory: await memoryFor(8), stopAfter: 1 })).toEqual([
    expect.stringMatching(/^distil: a batch of 16 takes about .* GB of memory to train on; 8 at a time .* fit into/),
  ]);
  expect(readdirSync(root).filter((name) => name.startsWith('out'))).toEqual(['out.unfinished']);
  expect(await distil('out')).toContainEqual(expect.stringMatching(/^distil: going on from update 8 of \d+$/));
  expect(readdirSync(root).filter((name) => name.startsWith('out'))).toEqual(['out']);

  expect((await distil('undisturbed')).join()).not.toContain('going on');
  expect(await hashResults(place('out'))).toEqual(await hashResults(place('undisturbed')));
});

test('not even one sentence fits: refused in a line, before anything is written', async () => {
  await expect(distil('small', { memory: 0.1 })).rejects.toThrow(
    /^distil: training needs about 0\.3 GB of memory for a single example, and may take 0\.1 GB \(allow more \(--memory\), or run it again/,
  );
  expect(readdirSync(root).filter((name) => name.startsWith('small'))).toEqual([]);
});

test('refused while another process writes the same', async () => {
  const release = await lockFolder(place('both.unfinished'));
  await expect(distil('both')).rejects.toThrow(/both\.unfinished: another process .* is working in this folder/);
  expect(existsSync(place('both'))).toBe(false);
  await release();
});
