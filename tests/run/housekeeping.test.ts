/** What a run keeps, shares and frees: generators' weights, a store of several runs, status, clean, and two runs at once. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { openRun } from '../../src/deployment/finished-run.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import { lockFolder } from '../../src/foundation/folder-lock.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { cleanRun } from '../../src/tasks/clean.ts';
import { previewRun } from '../../src/tasks/preview.ts';
import { runDare } from '../../src/tasks/run.ts';
import { statusOf } from '../../src/tasks/status.ts';
import { hashResults } from '../support/results.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let root: string;
let device: CpuDevice;
let configuration: RunConfiguration;

/** Carries a run out. @returns the stages that were computed. */
async function run(name: string, changes: Partial<RunConfiguration> = {}, signal?: AbortSignal): Promise<string[]> {
  const stages: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'stage' && stages.push(event.stage), signal);
  await runDare({ ...configuration, ...changes }, { folder: join(root, name), device, monitor, offline: true });
  return stages;
}
const taskOf = (folder: string, start: string): string =>
  join(
    folder,
    'tasks',
    readdirSync(join(folder, 'tasks')).find((name) => name.startsWith(start))!,
  );

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-housekeeping-'));
  device = new CpuDevice({ threads: 1 });
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  configuration = { ...tiny, ensemble: { ...tiny.ensemble, size: 1 } };
  await run('plain');
});
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

test('a generator’s weights go when its sentences stand, and are not made again for what needs only the sentences', async () => {
  const generator = taskOf(join(root, 'plain'), 'generator');
  expect(existsSync(join(generator, 'model'))).toBe(false);
  expect(existsSync(join(generator, 'history.json'))).toBe(true);
  const ensemble = { ...configuration.ensemble, size: 2 };
  expect(await run('plain', { ensemble })).toEqual(['dare member 2', 'gold member 2', 'scores']);
  // Asked for, they come back, and stay.
  const kept = { ensemble, generator: { ...configuration.generator, keepWeights: true } };
  expect(await run('plain', kept)).toEqual(['generator CID']);
  expect(existsSync(join(generator, 'model', 'model.safetensors'))).toBe(true);
});

test('a run’s own folder may be a store: cleaning it leaves what the other run refers to', async () => {
  await run('host');
  await run('guest', { store: join(root, 'host'), ensemble: { ...configuration.ensemble, ratio: 0.5 } });
  expect(await cleanRun(join(root, 'host'), { dryRun: false, checkpoints: true })).toEqual([]);
  expect(
    await run('guest', { store: join(root, 'host'), ensemble: { ...configuration.ensemble, ratio: 0.5 } }),
  ).toEqual([]);
});

test('settings that were tried and failed do not stand beside the results of others', async () => {
  await run('settled');
  const before = await openRun(join(root, 'settled'));
  const wrong = { corpus: { ...configuration.corpus, path: join(root, 'nowhere') }, seed: 7 };
  await expect(run('settled', wrong)).rejects.toThrow('nowhere');
  expect((await openRun(join(root, 'settled'))).configuration).toEqual(before.configuration);
  // Before there are results, they are those that were tried last.
  await expect(run('unsettled', wrong)).rejects.toThrow('nowhere');
  expect(readFileSync(join(root, 'unsettled', 'configuration.yaml'), 'utf8')).toContain('seed: 7');

  writeFileSync(join(root, 'settled', 'configuration.yaml'), 'corpus: [');
  await expect(openRun(join(root, 'settled'))).rejects.toThrow(
    'configuration.yaml: the configuration of this run was changed, or is of another version of dare',
  );
});

test('runs that share a store share what is equal; clean leaves what the other refers to', async () => {
  const store = join(root, 'store');
  const first = await run('shared one', { store });
  expect(first).toContain('generator CID');
  const other = { store, ensemble: { ...configuration.ensemble, ratio: 0.5 } };
  expect(await run('shared two', other)).toEqual(['dare member 1', 'scores']);
  // Weights stay for further runs, until they are cleaned away.
  const cleaned = await cleanRun(join(root, 'shared two'), { dryRun: false, checkpoints: true });
  expect(cleaned.map(({ reason }) => reason)).toEqual(['weights of a generator']);
  expect(await run('shared one', { store })).toEqual([]);
  // A run that is gone refers to nothing.
  await rm(join(root, 'shared one'), { recursive: true });
  const freed = await cleanRun(join(root, 'shared two'), { dryRun: false, checkpoints: false });
  expect(freed.map(({ path }) => path.replace(/^.*tasks.(.*)-[0-9a-f]+$/, '$1')).sort()).toEqual([
    'dare-member-1',
    'scores',
  ]);
  expect(await run('shared two', other)).toEqual([]);
});

test('clean says what it frees, frees just that, and the run still stands', async () => {
  const folder = join(root, 'cleaned');
  await run('cleaned');
  await run('cleaned', { seed: 2 });
  mkdirSync(join(folder, 'tasks', 'pool-x-000000000000.partial-1234'));
  writeFileSync(join(folder, 'tasks', 'pool-x-000000000000.partial-1234', 'half'), 'x'.repeat(1000));
  const before = await hashResults(folder);
  const announced = await cleanRun(folder, { dryRun: true, checkpoints: false });
  expect(await hashResults(folder)).toEqual(before);
  expect(announced.map(({ reason }) => reason)).toContain('left by a killed process');
  expect(announced.find(({ path }) => path.includes('partial'))!.bytes).toBe(1000);
  expect(await cleanRun(folder, { dryRun: false, checkpoints: false })).toEqual(announced);
  expect(await cleanRun(folder, { dryRun: false, checkpoints: false })).toEqual([]);
  expect(await run('cleaned', { seed: 2 })).toEqual([]);
});

test('clean is refused while other runs are done in the store', async () => {
  const store = join(root, 'store');
  const release = await lockFolder(store);
  const cleaning = cleanRun(join(root, 'shared two'), { dryRun: true, checkpoints: false });
  await expect(cleaning).rejects.toThrow(`${store}: another process`);
  await release();
  // What was locked by the one that was refused is free.
  await cleanRun(join(root, 'shared two'), { dryRun: true, checkpoints: false });
});

test('status: what stands, what a checkpoint waits for, what is missing', async () => {
  const states = async (name: string) => {
    const { steps, process } = await statusOf(join(root, name));
    expect(process).toBeNull();
    return Object.fromEntries(steps.map((step) => [step.name, step.state]));
  };
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    if (event.kind === 'step' && event.stage === 'dare member 1') controller.abort();
  }, controller.signal);
  const options = { folder: join(root, 'status'), device, monitor, offline: true };
  await expect(runDare(configuration, options)).rejects.toBeInstanceOf(Interrupted);
  expect(await states('status')).toEqual({
    corpus: 'done',
    'random bert': 'done',
    'random gpt2': 'done',
    'generator CID': 'not needed',
    'pool CID': 'done',
    'quality CID': 'done',
    'dare member 1': 'begun',
    'gold member 1': 'missing',
    scores: 'missing',
  });
  await run('status');
  expect(Object.values(await states('status')).every((state) => state !== 'begun' && state !== 'missing')).toBe(true);
  await expect(statusOf(join(root, 'nowhere'))).rejects.toThrow(/no run is here.*\(name the folder/);
});

test('a preview trains nothing: it says what stands, what is missing and what the trainings cost', async () => {
  const options = { folder: join(root, 'preview'), device, monitor: new Monitor(), offline: true };
  const { steps } = await previewRun(configuration, options);
  const missing = steps.filter(({ state }) => state === 'missing').map(({ name }) => name);
  expect(missing).toHaveLength(steps.length - 1);
  const member = steps.find(({ name }) => name === 'dare member 1')!;
  expect(member.estimate!.seconds).toBeGreaterThan(0);
  expect(member.estimate!.diskBytes).toBeGreaterThan(0);
  expect(readdirSync(join(root, 'preview', 'tasks'))).toHaveLength(1);
  // What is done then is what was announced.
  expect((await run('preview')).sort()).toEqual(missing.sort());
});

test('a preview foresees what adapters, checkpointing and micro-batches save, and what lies on disk for a while', async () => {
  const { generator, classifier } = configuration;
  // One folder, so that the corpus is read once; of a size at which activations and moments are more than the program.
  const costs = async (settings: Partial<RunConfiguration>) => {
    const options = { folder: join(root, 'costs'), device, monitor: new Monitor(), offline: true };
    const { steps } = await previewRun({ ...configuration, ...settings }, options);
    const of = (name: string) => steps.find((step) => step.name === name)!.estimate!;
    return { generator: of('generator CID'), pool: of('pool CID'), classifier: of('gold member 1') };
  };
  const wide = { ...generator, layers: 2, hiddenSize: 128, vocabulary: 800 };
  const plain = await costs({ generator: wide });
  const lora = await costs({ generator: { ...wide, lora: { ...wide.lora, rank: 2 } } });
  expect(lora.generator.memoryBytes).toBeLessThan(plain.generator.memoryBytes);
  const checkpointed = await costs({ generator: { ...wide, gradientCheckpointing: true } });
  expect(checkpointed.generator.memoryBytes).toBeLessThan(plain.generator.memoryBytes);
  const split = await costs({ classifier: { ...classifier, microBatch: 2 } });
  expect(split.classifier.memoryBytes).toBeLessThan(plain.classifier.memoryBytes);

  // Weights that go when the sentences stand, or stay; adapters are small and stay.
  const weights = plain.generator.passingDiskBytes;
  expect(plain.generator.diskBytes).toBe(0);
  expect(weights).toBeGreaterThan(4 * 2 * 12 * 128 ** 2);
  const kept = await costs({ generator: { ...wide, keepWeights: true } });
  expect(kept.generator).toMatchObject({ diskBytes: weights, passingDiskBytes: 0 });
  expect(lora.generator.diskBytes).toBeGreaterThan(0);
  expect(lora.generator.diskBytes).toBeLessThan(weights / 10);
  // Three checkpoints of weights and two moments each, where there is time for them.
  const saved = await costs({ generator: wide, checkpointSeconds: 1e-9 });
  expect(saved.generator.passingDiskBytes).toBe(weights + 9 * weights);
});

test('two processes in one folder: the second is refused with one line, and the first ends as if alone', async () => {
  const config = join(root, 'run.yaml');
  writeFileSync(config, stringify(configuration));
  const dare = fileURLToPath(new URL('../../bin/dare', import.meta.url));
  const start = (out: string) => {
    const args = [dare, 'run', '--config', config, '--out', join(root, out), '--workers', '2'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { ended, child, stderr: () => stderr };
  };
  const first = start('both');
  // Anything on standard error but the builder's line means that the folder is held.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!existsSync(join(root, 'both', 'log.jsonl'))) return;
      clearInterval(timer);
      resolve();
    }, 20);
  });
  const second = start('both');
  expect(await second.ended).toBe(2);
  const lines = second
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('dare: '));
  expect(lines).toEqual([expect.stringMatching(/another process \(process \d+ on .*\) is working in this folder/)]);
  expect(await first.ended).toBe(0);
  const alone = start('alone');
  expect(await alone.ended).toBe(0);
  expect(await hashResults(join(root, 'both'))).toEqual(await hashResults(join(root, 'alone')));
}, 180_000);
