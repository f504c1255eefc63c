/** A pretraining that is interrupted: it goes on, and to the same bytes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Interrupted } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { folder, noting, run, stoppingAt, updates, weightsOf } from '../../tests/support/tiny-pretraining.ts';

describe('an interrupted pretraining', () => {
  const whole = { causal: undefined, masked: undefined } as Record<string, Buffer | undefined>;
  beforeAll(async () => {
    const into = await mkdtemp(join(tmpdir(), 'dare-pretrain-whole-'));
    for (const objective of ['causal', 'masked'] as const) {
      whole[objective] = await weightsOf(await run(objective, {}, { into: join(into, objective) }));
    }
    await rm(into, { recursive: true, force: true });
  });

  // 12,000 tokens are some 65 updates, and more than four passes in windows of 50 documents.
  test.each<['causal' | 'masked', number]>([
    ['causal', 1],
    ['causal', 17],
    ['causal', 40],
    ['masked', 23],
  ])('%s, stopped after update %i, ends with the bytes of an uninterrupted one', async (objective, count) => {
    const monitor = stoppingAt(count, updates);
    await expect(run(objective, {}, { monitor })).rejects.toBeInstanceOf(Interrupted);
    expect((await weightsOf(await run(objective))).equals(whole[objective]!)).toBe(true);
  });

  test('so does one whose updates are of two batches', async () => {
    const settings = { accumulation: 2, tokens: 4000 };
    const undisturbed = await weightsOf(await run('causal', settings, { into: join(folder, 'undisturbed') }));
    const monitor = stoppingAt(5, updates);
    const stopped = { into: join(folder, 'stopped') };
    await expect(run('causal', settings, { ...stopped, monitor })).rejects.toBeInstanceOf(Interrupted);
    expect((await weightsOf(await run('causal', settings, stopped))).equals(undisturbed)).toBe(true);
  });

  test('so does one that is stopped while it measures, and again', async () => {
    const whileMeasuring = (event: ProgressEvent) => event.kind === 'note' && event.text.startsWith('it writes');
    for (const count of [2, 3]) {
      await expect(run('causal', {}, { monitor: stoppingAt(count, whileMeasuring) })).rejects.toBeInstanceOf(
        Interrupted,
      );
    }
    expect((await weightsOf(await run('causal'))).equals(whole.causal!)).toBe(true);
  });
});

test('a training that goes on with other threads says that its last digits will differ, once', async () => {
  const short = { tokens: 1500, evaluations: 1, samples: 0 };
  const other = new CpuDevice({ threads: 1 });
  const toldOf = /^ran on cpu: .*, 2 threads, .*, goes on with cpu: .*, 1 thread, .*: the last digits will differ /;
  try {
    await expect(run('masked', short, { monitor: stoppingAt(2, updates) })).rejects.toBeInstanceOf(Interrupted);
    const notes: string[] = [];
    let seen = 0;
    const controller = new AbortController();
    const monitor = new Monitor((event) => {
      if (event.kind === 'note') notes.push(event.text);
      if (updates(event) && ++seen === 2) controller.abort();
    }, controller.signal);
    await expect(run('masked', short, { monitor, on: other })).rejects.toBeInstanceOf(Interrupted);
    expect(notes.filter((note) => toldOf.test(note))).toHaveLength(1);
    const again = noting();
    const { model } = await run('masked', short, { monitor: again.monitor, on: other });
    expect(again.notes.filter((note) => toldOf.test(note))).toEqual([]);
    expect(await readFile(join(model, 'README.md'), 'utf8')).toMatch(/on cpu: .* 2 threads, .*; then cpu: .* 1 thread/);
  } finally {
    await other.close();
  }
});

test('a finished pretraining is not done again', async () => {
  const first = await run('masked', { tokens: 500 });
  const kinds: string[] = [];
  const monitor = new Monitor((event) => kinds.push(event.kind));
  expect(await run('masked', { tokens: 500 }, { monitor })).toEqual(first);
  expect(kinds).toContain('cached');
  await rm(first.model, { recursive: true });
  await expect(run('masked', { tokens: 500 })).rejects.toThrow('its model is not there any more (put it back, or');
});

test('with two budgets progress is in one unit, before an interruption and after it', async () => {
  const steps: Extract<ProgressEvent, { kind: 'step' }>[] = [];
  const settings = { tokens: 4000, hours: 2 / 3600, evaluations: 1, samples: 0 };
  const stopping = stoppingAt(5, updates);
  const keep = (event: ProgressEvent): void => {
    if (event.kind === 'step' && event.stage === 'pretrain') steps.push(event);
    stopping.report(event);
  };
  await expect(run('masked', settings, { monitor: new Monitor(keep, stopping.signal) })).rejects.toThrow('interrupted');
  await run('masked', settings, { monitor: new Monitor(keep) });
  expect(new Set(steps.map(({ total }) => total))).toEqual(new Set([100]));
  const done = steps.map((step) => step.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(done.at(-1)).toBe(100);
});

test('a training by --hours that was interrupted goes on with what is left of them', async () => {
  const settings = { tokens: null, hours: 1.2 / 3600, evaluations: 2, samples: 0 };
  const late = (event: ProgressEvent): boolean =>
    event.kind === 'step' && event.stage === 'pretrain' && event.done > 0.8;
  await expect(run('masked', settings, { monitor: stoppingAt(1, late) })).rejects.toBeInstanceOf(Interrupted);
  const seconds: number[] = [];
  const keep = (event: ProgressEvent): void => {
    if (event.kind === 'step' && event.stage === 'pretrain') seconds.push(event.done);
  };
  const result = await run('masked', settings, { monitor: new Monitor(keep) });
  expect(seconds[0]).toBeGreaterThan(0.8);
  expect(result.seconds).toBeGreaterThanOrEqual(1.2);
  const curve = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n');
  const points = curve.map((line) => JSON.parse(line) as { update: number; seconds: number; learningRate: number });
  expect(points[0]).toMatchObject({ update: 0, learningRate: 0 });
  expect(points.at(-1)).toMatchObject({ update: result.updates, learningRate: 0 });
  expect(points.map((point) => point.seconds)).toEqual(points.map((point) => point.seconds).toSorted((a, b) => a - b));
});
