/** The loop on a tiny classifier: what it learns, which epoch it keeps, and that an interrupted training ends as an uninterrupted one. */
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { Interrupted } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { encoderFeeds, labelFeeds } from '../nn/batch.ts';
import { bertClassifierTraining } from '../nn/bert.ts';
import { initialize } from '../nn/initialize.ts';
import { specificationsOf } from '../nn/model.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { decayFor, train } from './train.ts';
import type { EpochRecord, TrainingJob, TrainingSettings } from './train.ts';

const config = parseModelConfig(
  {
    model_type: 'bert',
    vocab_size: 30,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 16,
  },
  'test',
);
if (config.model_type !== 'bert') throw new Error('not a BERT');
const bert = config;

/** Sentences of 4 to 9 tokens; the label is whether token 7 is in it. */
const EXAMPLES = Array.from({ length: 37 }, (_, index) => {
  const ids = Array.from({ length: 4 + (index % 6) }, (_, place) => 8 + ((index * 7 + place * 5) % 20));
  if (index % 2 === 1) ids[1 + (index % 3)] = 7;
  return { ids, label: index % 2 };
});

const settings: TrainingSettings = {
  epochs: 3,
  batchSize: 4,
  accumulation: 2,
  learningRate: 5e-3,
  warmup: 0.1,
  decay: 'linear',
  maxGradientNorm: 1,
  keep: 'best',
};

let device: CpuDevice;
beforeAll(() => {
  device = new CpuDevice({ threads: 2 });
});
afterAll(() => device.close());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-train-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  history: EpochRecord[];
  weights: Float32Array[];
}

async function runTraining(
  options: {
    settings?: Partial<TrainingSettings>;
    validationLosses?: number[];
    monitor?: Monitor;
    checkpointSeconds?: number;
    folder?: string;
  } = {},
): Promise<Outcome> {
  const { graph, loss } = bertClassifierTraining(bert, 2);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, bert, 5);
  const program = await device.createTrainingProgram(graph, loss, parameters, {
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: (name) => decayFor(name, 0.01),
  });
  let asked = 0;
  const job: TrainingJob = {
    lengths: EXAMPLES.map(({ ids }) => ids.length),
    weights: EXAMPLES.map(() => 1),
    feeds: (examples, totalWeight) => ({
      ...encoderFeeds(
        examples.map((index) => ({ ids: EXAMPLES[index]!.ids })),
        0,
      ),
      ...labelFeeds(
        examples.map((index) => EXAMPLES[index]!.label),
        examples.map(() => 1 / totalWeight),
      ),
    }),
    ...(options.validationLosses && { validationLoss: () => Promise.resolve(options.validationLosses![asked++]!) }),
  };
  try {
    const history = await train(
      program,
      parameters,
      job,
      { ...settings, ...options.settings },
      {
        stage: 'test',
        seed: 1,
        stream: ['test'],
        monitor: options.monitor ?? new Monitor(),
        folder: options.folder ?? folder,
        checkpointSeconds: options.checkpointSeconds ?? 1e9,
      },
    );
    const weights = await Promise.all(parameters.specifications.map(({ name }) => parameters.read(name)));
    return { history, weights };
  } finally {
    await program.dispose();
    await parameters.dispose();
  }
}

/** A monitor that asks to stop after so many updates. */
function stoppingAfter(updates: number): Monitor {
  const controller = new AbortController();
  let done = 0;
  return new Monitor((event) => {
    if (event.kind === 'step' && ++done === updates) controller.abort();
  }, controller.signal);
}

const noted = () => {
  const notes: string[] = [];
  return { notes, monitor: new Monitor((event: ProgressEvent) => event.kind === 'note' && notes.push(event.text)) };
};

test('it learns', async () => {
  const { history } = await runTraining({ settings: { epochs: 12, keep: 'last' } });
  expect(history.at(-1)!.trainingLoss).toBeLessThan(0.3 * history[0]!.trainingLoss);
});

test('the weights are those of the epoch with the lowest validation loss', async () => {
  const best = await runTraining({ validationLosses: [0.9, 0.4, 0.7] });
  await rm(folder, { recursive: true, force: true });
  const { weights } = await runTraining({ validationLosses: [0.9, 0.4, 0.3] });
  expect(best.history.map(({ validationLoss }) => validationLoss)).toEqual([0.9, 0.4, 0.7]);
  expect(best.weights).not.toEqual(weights);
  await rm(folder, { recursive: true, force: true });
  const last = await runTraining({ validationLosses: [0.9, 0.4, 0.7], settings: { keep: 'last' } });
  expect(last.weights).toEqual(weights);
});

describe('an interrupted training', () => {
  // 37 examples, batches of 4, two to an update: 5 updates an epoch. 5 and 10 are epoch ends.
  test.each([1, 4, 5, 7, 10, 14])(
    'stopped after update %i ends with the bytes of an uninterrupted one',
    async (updates) => {
      const whole = await runTraining({ validationLosses: [0.5, 0.3, 0.4] });
      await rm(folder, { recursive: true, force: true });
      await expect(
        runTraining({ validationLosses: [0.5, 0.3, 0.4], monitor: stoppingAfter(updates) }),
      ).rejects.toBeInstanceOf(Interrupted);
      const epochsDone = Math.floor(updates / 5);
      const resumed = await runTraining({ validationLosses: [0.5, 0.3, 0.4].slice(epochsDone) });
      expect(resumed).toEqual(whole);
    },
  );

  test('stopped after its last update is finished all the same: there is no checkpoint to go on from', async () => {
    const losses = [0.5, 0.3, 0.4];
    const whole = await runTraining({ validationLosses: losses });
    await rm(folder, { recursive: true, force: true });
    expect(await runTraining({ validationLosses: losses, monitor: stoppingAfter(15) })).toEqual(whole);
  });

  const flip = async (path: string) => {
    const bytes = await readFile(path);
    bytes[bytes.length - 3]! ^= 0x01;
    await writeFile(path, bytes);
  };
  const raise = async (path: string) => {
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"updates": 8/, '"updates": 9'));
  };
  const halve = async (path: string) => truncate(path, Math.floor((await stat(path)).size / 2));
  const DAMAGES: [string, (checkpoint: string) => Promise<void>, string][] = [
    ['a flipped bit in the weights', (path) => flip(join(path, 'weight.safetensors')), 'checksum differs'],
    ['a flipped bit in a moment', (path) => flip(join(path, 'secondMoment.safetensors')), 'checksum differs'],
    ['another count of updates', (path) => raise(join(path, 'progress.json')), 'checksum differs'],
    ['half a weight file', (path) => halve(join(path, 'weight.safetensors')), 'checksum differs'],
    ['half a progress file', (path) => halve(join(path, 'progress.json')), 'not valid JSON'],
    ['a missing moment', (path) => rm(join(path, 'firstMoment.safetensors')), 'ENOENT'],
    ['nothing but its folder', (path) => rm(join(path, 'progress.json')), 'no such file'],
  ];

  const VALIDATION = [0.5, 0.4, 0.3];
  let whole: Outcome;
  beforeAll(async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'dare-train-'));
    whole = await runTraining({ validationLosses: VALIDATION, folder: elsewhere });
    await rm(elsewhere, { recursive: true });
  });

  /** Stopped after update 8 of 15, with the checkpoints of updates 7 and 8. */
  async function stoppedAtEight(): Promise<{ newest: string; before: string }> {
    const stopped = runTraining({
      validationLosses: VALIDATION,
      monitor: stoppingAfter(8),
      checkpointSeconds: 0,
    });
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
    const [before, newest, ...more] = (await readdir(folder)).filter((name) => name.startsWith('update-')).sort();
    expect(more).toEqual([]);
    return { newest: join(folder, newest!), before: join(folder, before!) };
  }

  test.each(DAMAGES)('%s: uses the checkpoint before, and says so', async (_, damage, reason) => {
    const { newest } = await stoppedAtEight();
    await damage(newest);
    const { notes, monitor } = noted();
    const resumed = await runTraining({ monitor, validationLosses: VALIDATION.slice(1) });
    expect(notes[0]).toContain(`the checkpoint ${newest} is damaged (`);
    expect(notes[0]).toContain(reason);
    expect(notes[0]).toMatch(/\); using the one before$/);
    expect(notes[1]).toBe('test: going on from update 7 of 15');
    expect(resumed).toEqual(whole);
  });

  test('both damaged: starts anew, and says so', async () => {
    const { newest, before } = await stoppedAtEight();
    for (const path of [newest, before]) await flip(join(path, 'weight.safetensors'));
    const { notes, monitor } = noted();
    expect(await runTraining({ monitor, validationLosses: VALIDATION })).toEqual(whole);
    expect(notes).toEqual([
      `the checkpoint ${newest} is damaged (checksum differs); using the one before`,
      `the checkpoint ${before} is damaged (checksum differs); starting anew`,
    ]);
  });

  test('after damage two good checkpoints are kept again: what starts anew and is stopped early goes on from there', async () => {
    const { newest, before } = await stoppedAtEight();
    for (const path of [newest, before]) await flip(join(path, 'weight.safetensors'));
    const again = runTraining({ validationLosses: VALIDATION, monitor: stoppingAfter(3), checkpointSeconds: 0 });
    await expect(again).rejects.toBeInstanceOf(Interrupted);
    const kept = (await readdir(folder)).filter((name) => name.startsWith('update-')).sort();
    expect(kept).toEqual(['update-000000002', 'update-000000003']);
    const { notes, monitor } = noted();
    expect(await runTraining({ monitor, validationLosses: VALIDATION })).toEqual(whole);
    expect(notes).toEqual(['test: going on from update 3 of 15']);
  });

  test('the best epoch’s weights damaged: starts anew, as they are needed in the end', async () => {
    const losses = [0.3, 0.4, 0.5];
    const whole = await runTraining({ validationLosses: losses });
    await rm(folder, { recursive: true, force: true });
    const stopped = runTraining({ validationLosses: losses, monitor: stoppingAfter(12) });
    await expect(stopped).rejects.toBeInstanceOf(Interrupted);
    await flip(join(folder, 'best-000000005', 'weight.safetensors'));
    const { notes, monitor } = noted();
    expect(await runTraining({ monitor, validationLosses: losses })).toEqual(whole);
    expect(notes.join()).toContain('is damaged (the weights of the best epoch are not whole); starting anew');
  });

  describe('killed in its second epoch, after the checkpoint of update 8, while a new best epoch is kept', () => {
    // Of the whole training the second epoch is the best.
    const losses = [0.4, 0.3, 0.5];
    let undisturbed: Outcome;
    beforeAll(async () => {
      const elsewhere = await mkdtemp(join(tmpdir(), 'dare-train-'));
      undisturbed = await runTraining({ validationLosses: losses, folder: elsewhere });
      await rm(elsewhere, { recursive: true });
    });

    const second = () => join(folder, 'best-000000010');
    const MOMENTS: [string, () => Promise<void>][] = [
      ['before anything of it is written', () => rm(second(), { recursive: true })],
      ['while it is half-written', () => rename(second(), `${second()}.partial-0123abcd`)],
      ['after it stands, before a checkpoint refers to it', () => Promise.resolve()],
    ];

    test.each(MOMENTS)('%s: goes on from the checkpoint to the same weights', async (_, leave) => {
      const stopped = runTraining({ validationLosses: losses, monitor: stoppingAfter(8) });
      await expect(stopped).rejects.toBeInstanceOf(Interrupted);
      const dying = new Monitor((event) => {
        if (event.kind === 'step' && event.done === 11) throw new Error('killed');
      });
      await expect(runTraining({ validationLosses: losses.slice(1), monitor: dying })).rejects.toThrow('killed');
      await leave();
      const { notes, monitor } = noted();
      expect(await runTraining({ monitor, validationLosses: losses.slice(1) })).toEqual(undisturbed);
      expect(notes).toEqual(['test: going on from update 8 of 15']);
    });
  });

  test('keeps no more best epochs than its checkpoints refer to', async () => {
    const bests = async () => (await readdir(folder)).filter((name) => name.startsWith('best-')).sort();
    const losses = [0.5, 0.4, 0.3, 0.2];
    const train = (updates: number, done: number) =>
      runTraining({
        settings: { epochs: 5 },
        validationLosses: losses.slice(done),
        monitor: stoppingAfter(updates),
      });
    await expect(train(6, 0)).rejects.toBeInstanceOf(Interrupted);
    expect(await bests()).toEqual(['best-000000005']);
    // Two epochs better than the first, and no checkpoint between: of these only the later one is needed.
    await expect(train(10, 1)).rejects.toBeInstanceOf(Interrupted);
    expect(await bests()).toEqual(['best-000000005', 'best-000000015']);
    await expect(train(1, 3)).rejects.toBeInstanceOf(Interrupted);
    expect(await bests()).toEqual(['best-000000015']);
  });

  test('a checkpoint that was being written when the process was killed is cleared away', async () => {
    const { newest } = await stoppedAtEight();
    const half = `${join(folder, 'update-000000009')}.partial-0123abcd`;
    await cp(newest, half, { recursive: true });
    await rm(join(half, 'progress.json'));
    const { notes, monitor } = noted();
    expect(await runTraining({ monitor, validationLosses: VALIDATION.slice(1) })).toEqual(whole);
    expect(notes).toEqual(['test: going on from update 8 of 15']);
    expect((await readdir(folder)).filter((name) => name.includes('.partial-'))).toEqual([]);
  });

  test('does not go on from a training with other settings', async () => {
    await expect(runTraining({ monitor: stoppingAfter(3) })).rejects.toBeInstanceOf(Interrupted);
    const { notes, monitor } = noted();
    await runTraining({ monitor, settings: { learningRate: 1e-3 } });
    expect(notes).toEqual([]);
  });
});

test('a training that diverges stops with what to try', async () => {
  await expect(runTraining({ settings: { learningRate: 1e30, warmup: 0, maxGradientNorm: 1e30 } })).rejects.toThrow(
    /test: training diverged at update \d+, the loss is not finite \(try a lower learning rate than 1e\+30/,
  );
});

test('one whose validation loss is not finite has diverged as well', async () => {
  await expect(runTraining({ validationLosses: [0.5, NaN] })).rejects.toThrow('test: training diverged at update 10,');
});
