/** Tasks side by side: the same bytes whatever their number, whatever happens to the processes that do them. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { Interrupted, UserError } from '../../src/foundation/errors.ts';
import type { Json } from '../../src/foundation/hash.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { corpusTask } from '../../src/tasks/plan.ts';
import { executionSettings } from '../../src/tasks/planned-run.ts';
import { runDare } from '../../src/tasks/run.ts';
import { TaskStore } from '../../src/tasks/store.ts';
import { makeTask } from '../../src/tasks/task.ts';
import type { Task } from '../../src/tasks/task.ts';
import { lookAround } from '../../src/tasks/surroundings.ts';
import { WorkerProcesses } from '../../src/tasks/worker-processes.ts';
import { hashResults } from '../support/results.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let root: string;
let configuration: RunConfiguration;
let whole: Record<string, string>;

/** Results of a run, without what names its workers. */
const results = async (name: string) => ({
  ...(await hashResults(join(root, name))),
  'configuration.yaml': 'differs',
});
const run = (name: string, workers: number, monitor = new Monitor()) =>
  runDare({ ...configuration, workers }, { folder: join(root, name), monitor, offline: true });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-workers-'));
  configuration = { ...tinyConfiguration(writeTinyCorpus(join(root, 'corpus'))), threads: null };
  await run('one', 1);
  whole = await results('one');
});
afterAll(() => rm(root, { recursive: true }));

/** Processes that this one has started, by their command lines. */
function workersAlive(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker-process'));
}

test('three at once: the same bytes as one after the other, and nothing is left running', async () => {
  const events: ProgressEvent[] = [];
  await run('three', 3, new Monitor((event) => events.push(event)));
  expect(await results('three')).toEqual(whole);
  // Stages overlap, and each is told of from its beginning to its end.
  const running = new Set<string>();
  let most = 0;
  for (const event of events) {
    if (event.kind === 'stage') running.add(event.stage);
    if (event.kind === 'done') expect(running.delete(event.stage)).toBe(true);
    most = Math.max(most, running.size);
  }
  expect(running.size).toBe(0);
  expect(most).toBeGreaterThan(1);
  expect(workersAlive()).toEqual([]);
});

test('a worker that still holds more memory than it may after its task is ended before the next', async () => {
  const store = new TaskStore(join(root, 'holding'));
  const device = { device: 'cpu', precision: 'float32' } as const;
  const settings = { ...executionSettings(configuration, store), ...device };
  const { corpus } = await lookAround(configuration, { monitor: new Monitor(), offline: true });
  const notes: string[] = [];
  const monitor = new Monitor((event) => {
    if (event.kind === 'note') notes.push(event.text);
  });
  const taskOf = (seed: number, threads = 1) => {
    const { kind, name, parameters, inputs } = corpusTask({ ...configuration, seed }, { corpus });
    return makeTask(kind, name, { ...(parameters as Record<string, Json>), threads }, inputs);
  };
  const processes = async (keptBytes: number, steps: readonly (readonly Task[])[]) => {
    const executor = new WorkerProcesses(settings, monitor, { workers: 2, chosen: false, keptBytes });
    const alive: number[] = [];
    for (const tasks of steps) {
      await Promise.all(tasks.map((task) => executor.execute(task)));
      for (const task of tasks) expect(await store.has(task)).toBe(true);
      alive.push(workersAlive().length);
    }
    await executor.close();
    return alive;
  };
  expect(await processes(1, [[taskOf(1)], [taskOf(2)]])).toEqual([0, 0]);
  // One that holds little stays, unless a task needs all cores, and with them all memory.
  expect(await processes(1e12, [[taskOf(3), taskOf(4)], [taskOf(5, availableParallelism())]])).toEqual([2, 1]);
  expect(notes).toEqual([]);
});

test('a worker that is killed: its task goes on in another one, with one line that says so', async () => {
  const notes: string[] = [];
  let killed = false;
  await run(
    'killed',
    2,
    new Monitor((event) => {
      if (event.kind === 'note') notes.push(event.text);
      if (killed || event.kind !== 'step' || !event.stage.includes('member')) return;
      killed = true;
      process.kill(workersAlive()[0]!, 'SIGKILL');
    }),
  );
  expect(killed).toBe(true);
  expect(notes.filter((note) => /the worker process of ".*" died \(SIGKILL\); going on/.test(note))).toHaveLength(1);
  expect(await results('killed')).toEqual(whole);
});

test('workers that always die: one line, and the run ends', async () => {
  const monitor = new Monitor((event) => {
    if (event.kind === 'stage' && event.stage.startsWith('generator')) {
      for (const pid of workersAlive()) process.kill(pid, 'SIGKILL');
    }
  });
  const error: unknown = await run('dying', 2, monitor).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/^the worker process of ".*" died \(SIGKILL\) \(run the same command/);
  expect(workersAlive()).toEqual([]);
  await run('dying', 2);
  expect(await results('dying')).toEqual(whole);
});

test('Ctrl-C: all that runs stops with a checkpoint, and goes on to the same bytes', async () => {
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    if (event.kind === 'step' && event.stage.includes('member')) controller.abort();
  }, controller.signal);
  await expect(run('stopped', 2, monitor)).rejects.toBeInstanceOf(Interrupted);
  expect(workersAlive()).toEqual([]);
  expect(readdirSync(join(root, 'stopped', 'work')).some((name) => name.includes('member'))).toBe(true);
  await run('stopped', 1);
  expect(await results('stopped')).toEqual(whole);
});
