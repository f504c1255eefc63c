/** A whole run on a small corpus: the same bytes twice, the same after any interruption, and figures that can be worked out again. */
import { cp, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARMS } from '../../src/dare/arms/arms.ts';
import { readPreparedCorpus } from '../../src/dare/prepared-corpus.ts';
import { vote } from '../../src/dare/ensemble.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { score } from '../../src/evaluation/scores.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import { mergeAdapter } from '../../src/nn/merge-adapter.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import type { RunResult } from '../../src/tasks/run.ts';
import { hashResults } from '../support/results.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

/** All but the one that needs a file. */
const OWN_ARMS = ARMS.filter((arm) => arm !== 'pool');

let device: CpuDevice;
let root: string;
let configuration: RunConfiguration;
let whole: RunResult;

const run = (name: string, monitor = new Monitor(), changes: Partial<RunConfiguration> = {}) =>
  runDare({ ...configuration, ...changes }, { folder: join(root, name), device, monitor, offline: true });

/** Hashes of all results of a run, by path. */
const results = (name: string) => hashResults(join(root, name));

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-run-'));
  configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  whole = await run('whole');
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

test('the generator learns to write both placeholders, and the pool is filled', () => {
  const [pool] = whole.pools;
  expect(pool!.accepted).toBeGreaterThan(0);
  expect(pool!.accepted + pool!.missing).toBe(pool!.wanted);
  expect(Object.values(pool!.counts).reduce((sum, count) => sum + count, 0)).toBe(pool!.attempts);
});

test('run twice with one seed: the same bytes in pools, weights and scores', async () => {
  await run('again');
  const [first, second] = [await results('whole'), await results('again')];
  expect(Object.keys(first).filter((path) => path.endsWith('model.safetensors'))).toHaveLength(6);
  expect(second).toEqual(first);
});

test('gradient checkpointing, and how many sentences are written at once, change no byte', async () => {
  const { generator, classifier, sampling } = configuration;
  await run('frugal', new Monitor(), {
    generator: { ...generator, gradientCheckpointing: true },
    classifier: { ...classifier, gradientCheckpointing: true },
    sampling: { ...sampling, batchSize: 5 },
  });
  const kept = async (name: string) => ({ ...(await results(name)), 'configuration.yaml': 'differs' });
  expect(await kept('frugal')).toEqual(await kept('whole'));
});

test('another seed gives other pools', async () => {
  await run('other', new Monitor(), { seed: 2, ensemble: { ...configuration.ensemble, size: 1 } });
  const pool = async (name: string) => {
    const tasks = await readdir(join(root, name, 'tasks'));
    return readFile(
      join(
        root,
        name,
        'tasks',
        tasks.find((task) => task.startsWith('pool'))!,
        'sentences.jsonl',
      ),
      'utf8',
    );
  };
  expect(await pool('other')).not.toBe(await pool('whole'));
});

test('every printed figure can be worked out again from the run’s folder', async () => {
  const tasks = await readdir(join(root, 'whole', 'tasks'));
  const corpus = await readPreparedCorpus(
    join(
      root,
      'whole',
      'tasks',
      tasks.find((task) => task.startsWith('corpus'))!,
    ),
  );
  const gold = corpus.test.map(({ relation }) => relation);
  const lines = (await readFile(join(root, 'whole', 'predictions.jsonl'), 'utf8')).trim().split('\n');
  const predictions = lines.map(
    (line) => JSON.parse(line) as { relation: string | null; predicted: Record<string, string | null> },
  );
  expect(predictions.map(({ relation }) => relation)).toEqual(gold);
  for (const arm of ['dare', 'gold'] as const) {
    const members = await Promise.all(
      tasks
        .filter((task) => task.startsWith(`${arm}-member`))
        .map(async (task) => {
          const path = join(root, 'whole', 'tasks', task, 'votes.json');
          const { threshold, test: rows } = JSON.parse(await readFile(path, 'utf8')) as {
            threshold: number;
            test: number[][];
          };
          return { threshold, probabilities: rows };
        }),
    );
    const labels = vote(members, corpus.relations, gold.length);
    expect(predictions.map(({ predicted }) => predicted[arm])).toEqual(labels);
    const again = score(gold, labels, corpus.relations);
    expect(whole.scores.arms[arm]).toMatchObject(again);
  }
});

describe('all arms in one run', () => {
  const ensemble = () => ({ ...configuration.ensemble, arms: OWN_ARMS });
  const arms = () => ({ ...configuration.arms, oversampling: { ...configuration.arms.oversampling, size: 1 } });

  test('trains those that are not there yet, each of its size, and compares DARE with each of the others', async () => {
    await cp(join(root, 'whole'), join(root, 'arms'), { recursive: true });
    const stages: string[] = [];
    const monitor = new Monitor((event) => event.kind === 'stage' && stages.push(event.stage));
    const { scores } = await run('arms', monitor, { ensemble: ensemble(), arms: arms() });
    expect(stages).toEqual([
      ...['class-weighting', 'balanced-bagging'].flatMap((arm) => [`${arm} member 1`, `${arm} member 2`]),
      'oversampling member 1',
      'token-edits member 1',
      'token-edits member 2',
      'scores',
    ]);
    expect(Object.keys(scores.arms)).toEqual(OWN_ARMS);
    expect(scores.arms.oversampling!.members).toBe(1);
    expect(scores.arms.dare).toEqual(whole.scores.arms.dare);
    expect(scores.comparisons.map(({ first, second }) => [first, second])).toEqual(
      OWN_ARMS.filter((arm) => arm !== 'dare').map((arm) => ['dare', arm]),
    );
    const { dare, 'token-edits': edits } = scores.arms;
    const [comparison] = scores.comparisons.filter(({ second }) => second === 'token-edits');
    expect(comparison!.difference).toBeCloseTo(dare!.f1 - edits!.f1, 10);
  }, 60_000);

  test('a member shows what it was trained on', async () => {
    const corpus = whole.corpus.train;
    const tasks = await readdir(join(root, 'arms', 'tasks'));
    const read = async (task: string, file: string) =>
      readFile(
        join(
          root,
          'arms',
          'tasks',
          tasks.find((name) => name.startsWith(task))!,
          file,
        ),
        'utf8',
      );
    const edited = (await read('token-edits-member-1', 'draw.jsonl')).trim().split('\n');
    const positives = corpus.filter(({ relation }) => relation !== null);
    expect(edited).toHaveLength(positives.length);
    const { text } = JSON.parse(edited[0]!) as { text: string };
    expect(text).toMatch(/DRUG.*DISEASE|DISEASE.*DRUG/);
    const ids = JSON.parse(await read('balanced-bagging-member-1', 'gold.json')) as string[];
    expect(ids).toHaveLength(2 * positives.length);
  });
});

test('a second run in the folder computes nothing anew', async () => {
  const events: ProgressEvent[] = [];
  await run('whole', new Monitor((event) => events.push(event)));
  expect(events.every((event) => event.kind === 'cached')).toBe(true);
});

const SAMPLING = {
  temperature: 1,
  topK: 5,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  maxWords: 20,
  maxTokens: 40,
  batchSize: 4,
  count: 6,
  seed: 3,
  prompts: [''],
  monitor: new Monitor(),
};

describe('with LoRA', () => {
  const adapted = (rank: number): Partial<RunConfiguration> => {
    const lora = { rank, alpha: 16, dropout: 0.1, targets: ['c_attn' as const, 'mlp.c_proj' as const] };
    return { generator: { ...configuration.generator, lora }, ensemble: { ...configuration.ensemble, size: 1 } };
  };

  test('a generator is an adapter, small and named with its base; it is sampled from; interrupted it goes on to the same bytes', async () => {
    const { pools } = await run('lora', new Monitor(), adapted(4));
    // A base of random weights learns little by adapters: what counts here is that sentences are written.
    expect(pools[0]!.attempts).toBeGreaterThan(0);
    const tasks = await readdir(join(root, 'lora', 'tasks'));
    const model = join(
      root,
      'lora',
      'tasks',
      tasks.find((task) => task.startsWith('generator'))!,
      'model',
    );
    expect((await readdir(model)).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    // The base is found beside it, wherever the run's folder is.
    await rename(join(root, 'lora'), join(root, 'moved'));
    const moved = model.replace(join(root, 'lora'), join(root, 'moved'));
    const { layers } = await mergeAdapter(device, moved, join(root, 'merged'));
    expect(layers).toBe(2);
    await rename(join(root, 'moved'), join(root, 'lora'));
    const sampled = sampleTexts(device, moved.replace('moved', 'lora'), SAMPLING);
    const merged = sampleTexts(device, join(root, 'merged'), SAMPLING);
    for await (const sentence of sampled) expect((await merged.next()).value).toEqual(sentence);

    const controller = new AbortController();
    const monitor = new Monitor((event) => {
      if (event.kind === 'step' && event.stage === 'generator CID' && event.done === 3) controller.abort();
    }, controller.signal);
    await expect(run('lora stopped', monitor, adapted(4))).rejects.toBeInstanceOf(Interrupted);
    await run('lora stopped', new Monitor(), adapted(4));
    expect(await results('lora stopped')).toEqual(await results('lora'));
  });
});

test('a run that is stopped in one stage after the other goes on from there, and ends with the same bytes', async () => {
  const stages = ['random gpt2', 'generator CID', 'pool CID', 'dare member 2', 'gold member 1', 'scores'];
  for (const [index, stage] of stages.entries()) {
    const controller = new AbortController();
    const notes: string[] = [];
    let steps = 0;
    const monitor = new Monitor((event) => {
      if (event.kind === 'note') notes.push(event.text);
      if (!('stage' in event)) return;
      const isLong = !['random gpt2', 'scores'].includes(stage);
      const due = event.kind === 'step' ? event.stage === stage && ++steps >= 3 : event.kind === 'stage' && !isLong;
      if (event.stage === stage && due) controller.abort();
    }, controller.signal);
    // A stage without steps cannot be stopped midway: the run stops after it, or ends with it.
    if (stage === 'scores') {
      await run('stopped', monitor);
      expect(controller.signal.aborted).toBe(true);
    } else await expect(run('stopped', monitor), stage).rejects.toBeInstanceOf(Interrupted);
    const before = stages[index - 1];
    if (before && /generator|member/.test(before)) {
      expect(notes.join()).toContain(`${before}: going on from update`);
    }
  }
  await run('stopped');
  expect(await results('stopped')).toEqual(await results('whole'));
});
