/** `dare clean` in a store where another run begins: what that one has done so far, and has told nobody of yet, is left to it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { cleanRun } from '../../src/tasks/clean.ts';
import { previewRun } from '../../src/tasks/preview.ts';
import { runDare } from '../../src/tasks/run.ts';
import { holdBeginnings } from '../../src/tasks/store-runs.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

const DARE = fileURLToPath(new URL('../../bin/dare', import.meta.url));

let root: string;
let device: CpuDevice;
let configuration: RunConfiguration;

const place = (name: string): string => join(root, name);
const corpora = (): string[] => readdirSync(place('store/tasks')).filter((name) => name.startsWith('corpus'));

/** Options of a run that is stopped as soon as it has read its corpus. @param hear is told of all before. */
function untilCorpus(name: string, hear: (event: ProgressEvent) => void = () => undefined) {
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    hear(event);
    if (event.kind === 'done' && event.stage === 'corpus') controller.abort();
  }, controller.signal);
  return { folder: place(name), store: place('store'), device, monitor, offline: true };
}
/** A run of the store that reads another corpus than the first. */
const other = (trainExamples: number): RunConfiguration => ({
  ...configuration,
  corpus: { ...configuration.corpus, trainExamples },
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-beginning-'));
  device = new CpuDevice({ threads: 1 });
  const tiny = tinyConfiguration(writeTinyCorpus(place('corpus')));
  configuration = { ...tiny, ensemble: { ...tiny.ensemble, size: 1, arms: ['gold'] } };
  await runDare(configuration, {
    folder: place('done'),
    store: place('store'),
    device,
    monitor: new Monitor(),
    offline: true,
  });
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

test.each([
  { command: 'run', carryOut: runDare, trainExamples: 40 },
  { command: 'run --plan', carryOut: previewRun, trainExamples: 50 },
])(
  'is refused while dare $command has read its corpus, and has no plan',
  async ({ command, carryOut, trainExamples }) => {
    const before = corpora();
    let cleaned: ReturnType<typeof spawnSync> | undefined;
    const options = untilCorpus(command, (event) => {
      if (event.kind !== 'done' || event.stage !== 'corpus') return;
      // The run stands still until the command has ended.
      cleaned = spawnSync(process.execPath, [DARE, 'clean', place('done')], { encoding: 'utf8' });
    });
    await carryOut(other(trainExamples), options).catch((error: unknown) => expect(error).toBeInstanceOf(Interrupted));
    expect(cleaned).toMatchObject({ status: 2 });
    expect(cleaned!.stderr).toContain(
      `dare: ${place(command)}: this run, which shares the store, is just beginning: what it needs of it is not known yet (clean when`,
    );
    expect(corpora()).toHaveLength(before.length + 1);

    // By now a run has said what it refers to; who only asked what it would do refers to nothing.
    const freed = await cleanRun(place('done'), { dryRun: false, checkpoints: false });
    expect(freed.map(({ reason }) => reason)).toEqual(command === 'run' ? [] : ['no run refers to it']);
    expect(corpora()).toHaveLength(before.length + (command === 'run' ? 1 : 0));
  },
);

test('a run waits while the store is cleaned, and says so', async () => {
  const release = await holdBeginnings(place('store'));
  const notes: string[] = [];
  const running = runDare(
    other(30),
    untilCorpus('waiting', (event) => event.kind === 'note' && notes.push(event.text)),
  );
  const ended = expect(running).rejects.toBeInstanceOf(Interrupted);
  await vi.waitUntil(() => notes.length > 0, { timeout: 30_000 });
  expect(notes).toEqual([`waiting for another process that looks after ${place('store')}`]);
  expect(existsSync(place('waiting/plan.json'))).toBe(false);
  await release();
  await ended;
});
