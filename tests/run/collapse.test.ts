/** Members that learn nothing: found out, trained anew from the next seed, counted; the same again after an interruption. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import type { Device, TrainingProgram } from '../../src/runtime/device.ts';
import { describeScores } from '../../src/cli/scores-text.ts';
import { runReportText } from '../../src/report/write-report.ts';
import { exportRun } from '../../src/deployment/export.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { tinyConfiguration } from '../support/tiny-corpus.ts';

let device: CpuDevice;
let root: string;
let configuration: RunConfiguration;

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-collapse-'));
  const tiny = tinyConfiguration(writeEasyCorpus(join(root, 'corpus.jsonl')));
  configuration = {
    ...tiny,
    // Far too high: the classifier ends up saying the same of every sentence.
    classifier: { ...tiny.classifier, learningRate: 3, warmup: 0, maxGradientNorm: 100 },
    ensemble: { ...tiny.ensemble, arms: ['gold'], size: 1, retries: 1 },
  };
});
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

/** Sentences in which one word tells the relation. */
function writeEasyCorpus(path: string): string {
  const line = (index: number) => {
    const isRelated = index % 3 === 0;
    const text = `Lithium ${isRelated ? 'caused' : 'relieved'} tremor in ${index} of the patients of this study.`;
    const place = text.indexOf('tremor');
    return JSON.stringify({
      id: `e${index}`,
      document: `d${index}`,
      text,
      head: { start: 0, end: 7, type: 'Chemical', text: 'Lithium' },
      tail: { start: place, end: place + 6, type: 'Disease', text: 'tremor' },
      relation: isRelated ? 'induces' : null,
    });
  };
  writeFileSync(path, Array.from({ length: 120 }, (_, index) => line(index)).join('\n'));
  return path;
}

const run = (name: string, monitor = new Monitor(), changes: Partial<RunConfiguration> = {}) =>
  runDare({ ...configuration, ...changes }, { folder: join(root, name), device, monitor, offline: true });

/** All that is kept of the members, by file. */
async function members(name: string): Promise<Record<string, string>> {
  const tasks = (await readdir(join(root, name, 'tasks'))).filter((task) => task.includes('member')).sort();
  const files: Record<string, string> = {};
  for (const task of tasks) {
    const folder = join(root, name, 'tasks', task);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files[path.slice(join(root, name).length)] = (await readFile(path)).toString('base64');
    }
  }
  return files;
}

describe('with a learning rate at which nothing is learned', () => {
  const notes: string[] = [];
  beforeAll(async () => {
    const { scores } = await run('whole', new Monitor((event) => event.kind === 'note' && notes.push(event.text)));
    expect(scores.arms.gold!.collapse).toEqual({ members: 1, retrainings: 1, remaining: 1 });
  });

  test('each member is trained anew as often as is allowed, and it is said', () => {
    const told = notes.filter((note) => note.startsWith('gold member 1: learned nothing'));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/validation loss [\d.]+, that of the classes’ frequencies 0\.6\d+\); trained anew/);
    expect(told[1]).toMatch(/kept \(see ensemble\.retries\)$/);
  });

  test('the try of lowest loss is kept, with its weights', async () => {
    const files = await members('whole');
    const paths = Object.keys(files);
    expect(paths.filter((path) => path.endsWith('model.safetensors'))).toHaveLength(1);
    const first = paths.find((path) => /member-1.*training\.json$/.test(path))!;
    const record = JSON.parse(Buffer.from(files[first]!, 'base64').toString()) as { attempts: number; loss: number };
    expect(record.attempts).toBe(2);
    const losses = notes
      .filter((note) => note.startsWith('gold member 1'))
      .map((note) => Number(/loss ([\d.]+)/.exec(note)![1]));
    expect(new Set(losses).size).toBe(2);
    expect(record.loss).toBeCloseTo(Math.min(...losses), 2);
  });

  test('one classifier that learns from such an ensemble learns nothing either, and it is said', async () => {
    const said: string[] = [];
    const monitor = new Monitor((event) => event.kind === 'note' && said.push(event.text));
    const folder = join(root, 'student');
    const { distilled } = await exportRun(join(root, 'whole'), folder, { device, monitor, distil: true });
    expect(distilled!.learnedNothing).toBe(true);
    expect(said.join('\n')).toMatch(/distil: the student learned nothing \(validation loss .*\): use the ensemble/);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('It learned nothing');
  });

  test.each([1, 2])('interrupted in try %i it ends in the same bytes', async (interrupted) => {
    const name = `stopped in try ${interrupted}`;
    const controller = new AbortController();
    let tries = 0;
    const monitor = new Monitor((event) => {
      if (event.kind !== 'step' || event.stage !== 'gold member 1') return;
      if (event.done === 1) tries++;
      if (tries === interrupted && event.done === 5) controller.abort();
    }, controller.signal);
    await expect(run(name, monitor)).rejects.toBeInstanceOf(Interrupted);
    const again: string[] = [];
    await run(name, new Monitor((event) => event.kind === 'note' && again.push(event.text)));
    expect(again.join('\n')).toContain('gold member 1: going on from update 5');
    expect(await members(name)).toEqual(await members('whole'));
  });
});

/** A device whose first `tries` trainings do not move a weight; those behind it are as on any. */
function learningOnlyAfter(tries: number): Device {
  let trainings = 0;
  return new Proxy<Device>(device, {
    get: (target, name) => {
      if (name !== 'createTrainingProgram') {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return async (...options: Parameters<Device['createTrainingProgram']>): Promise<TrainingProgram> => {
        const program = await target.createTrainingProgram(...options);
        if (++trainings > tries) return program;
        const update = program.update.bind(program);
        program.update = (settings) => update({ ...settings, learningRate: 0 });
        return program;
      };
    },
  });
}

describe('with a seed from which nothing is learned, and a next one that learns', () => {
  const learning = () => ({ ...tinyConfiguration(configuration.corpus.path).classifier, epochs: 12 });
  const recovered = (name: string, tries: number, retries: number) =>
    runDare(
      { ...configuration, classifier: learning(), ensemble: { ...configuration.ensemble, size: 2, retries } },
      { folder: join(root, name), device: learningOnlyAfter(tries), monitor: new Monitor(), offline: true },
    );

  test('the second try votes, and scores, table and report say that there was a first', async () => {
    const result = await recovered('recovered', 1, 1);
    const gold = result.scores.arms.gold!;
    expect(gold.collapse).toEqual({ members: 1, retrainings: 1, remaining: 0 });
    expect(gold.f1).toBeGreaterThan(0.9);
    const said = '1 of 2 classifiers learned nothing at first; trained anew (1 time), it learned';
    expect(describeScores(result.scores).join('\n')).toContain(`gold only: ${said}\n`);
    expect(await runReportText(join(root, 'recovered'), 'html')).toContain(`${said}.`);
  });

  test('without the second try it votes as it is, and is counted', async () => {
    const { scores } = await recovered('not tried again', 1, 0);
    expect(scores.arms.gold!.collapse).toEqual({ members: 1, retrainings: 0, remaining: 1 });
  });

  test('a member that never learns is tried as often as allowed', async () => {
    const { scores } = await recovered('never', 3, 2);
    expect(scores.arms.gold!.collapse).toEqual({ members: 1, retrainings: 2, remaining: 1 });
  });
});

test('where members learn, none is trained twice', async () => {
  const tiny = tinyConfiguration(configuration.corpus.path);
  const { scores } = await run('fine', new Monitor(), { classifier: { ...tiny.classifier, epochs: 12 } });
  expect(scores.arms.gold!.collapse).toEqual({ members: 0, retrainings: 0, remaining: 0 });
  const options = { device, monitor: new Monitor(), distil: true };
  const { distilled } = await exportRun(join(root, 'fine'), join(root, 'fine student'), options);
  expect(distilled).toMatchObject({ learnedNothing: false, f1: expect.closeTo(1, 1) as number });
});
