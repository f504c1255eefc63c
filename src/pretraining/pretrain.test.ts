/** Pretraining tiny models on made-up text: what it learns, that an interruption changes no byte, and what it refuses. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts';
import { Interrupted } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { RandomStream } from '../foundation/random.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import { trainByteLevelBpe, trainWordPiece } from '../text/vocabulary-training.ts';
import { pretrainingSchema } from './configuration.ts';
import { pretrain } from './pretrain.ts';
import type { PretrainingResult } from './pretrain.ts';

const DRUGS = ['aspirin', 'heparin', 'lithium', 'digoxin'];
const EFFECTS = ['bleeding', 'nausea', 'tremor', 'arrhythmia'];

/** Documents whose second half follows from their first. */
const TEXTS = Array.from({ length: 120 }, (_, index) => {
  const stream = RandomStream.named(3, 'text', index);
  return Array.from({ length: 1 + stream.integer(4) }, () => {
    const which = stream.integer(DRUGS.length);
    return `We report that ${DRUGS[which]} caused ${EFFECTS[which]} in ${2 + stream.integer(8)} patients.`;
  }).join(' ');
});

let device: CpuDevice;
let folder: string;
let inputs: string;
beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  inputs = await mkdtemp(join(tmpdir(), 'dare-pretrain-inputs-'));
  await writeFile(join(inputs, 'text.txt'), TEXTS.slice(0, 60).join('\n'));
  await writeFile(join(inputs, 'more.txt.gz'), gzipSync(TEXTS.slice(60).join('\r\n')));
  await trainByteLevelBpe(TEXTS, { vocabularySize: 320 }).save(join(inputs, 'bpe'));
  await trainWordPiece(TEXTS, { vocabularySize: 120, lowercase: true }).save(join(inputs, 'wordpiece'));
});
afterAll(async () => {
  await device.close();
  await rm(inputs, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-pretrain-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CARD = { title: 'Tiny', command: 'dare pretrain …', notes: 'Made-up text.' };

type Settings = Record<string, unknown>;

const textFiles = (): string[] => [join(inputs, 'text.txt'), join(inputs, 'more.txt.gz')];

const configured = (objective: 'causal' | 'masked', settings: Settings = {}) =>
  pretrainingSchema.parse({
    objective,
    text: textFiles(),
    tokenizer: join(inputs, objective === 'causal' ? 'bpe' : 'wordpiece'),
    layers: 1,
    hiddenSize: 32,
    heads: 4,
    length: 24,
    batchSize: 8,
    tokens: 12_000,
    learningRate: 5e-3,
    heldOut: 10,
    evaluations: 4,
    shuffleBuffer: 50,
    samples: 2,
    ...settings,
  });

interface Surroundings {
  readonly monitor?: Monitor;
  readonly into?: string;
  readonly on?: CpuDevice;
}

const run = (
  objective: 'causal' | 'masked',
  settings: Settings = {},
  { monitor = new Monitor(), into = folder, on = device }: Surroundings = {},
): Promise<PretrainingResult> =>
  pretrain(configured(objective, settings), { folder: into, device: on, monitor, offline: true, card: CARD });

/** A monitor that keeps the notes. */
function noting(): { monitor: Monitor; notes: string[] } {
  const notes: string[] = [];
  return { notes, monitor: new Monitor((event) => event.kind === 'note' && notes.push(event.text)) };
}

const into = (name: string) => ({ into: join(folder, name) });

/** What a model folder has of its own. */
const OF_THE_MODEL = { tokenizer: null, layers: null, hiddenSize: null, heads: null };

const weightsOf = (result: { model: string }) => readFile(join(result.model, 'model.safetensors'));

/** A monitor that asks to stop when an event comes for the n-th time. */
function stoppingAt(count: number, isMeant: (event: ProgressEvent) => boolean): Monitor {
  const controller = new AbortController();
  let seen = 0;
  return new Monitor((event) => {
    if (isMeant(event) && ++seen === count) controller.abort();
  }, controller.signal);
}
const updates = (event: ProgressEvent): boolean => event.kind === 'step' && event.stage === 'pretrain';

test('a GPT-2 learns the text, and writes sentences of its kind', async () => {
  const result = await run('causal', { tokens: 60_000 });
  const curve = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n');
  const points = curve.map((line) => JSON.parse(line) as { heldOut?: { perplexity: number; bitsPerByte: number } });
  const first = points[0]!.heldOut!;
  expect(first.perplexity).toBeGreaterThan(250);
  expect(result.heldOut.perplexity).toBeLessThan(4);
  expect(result.heldOut.bitsPerByte).toBeLessThan(first.bitsPerByte / 3);
  const samples = (await readFile(join(folder, 'samples.jsonl'), 'utf8')).trim().split('\n');
  expect(samples.at(-1)).toMatch(/caused|report|patients/);

  const card = await readFile(join(result.model, 'README.md'), 'utf8');
  expect(card).toContain('# Tiny\n');
  expect(card).toContain('A GPT-2 of 1 layers, width 32, 4 attention heads, a vocabulary of 320 and 24 positions');
  expect(card).toContain('Made-up text.');
  expect(card).toContain('cpu: ');
  expect(card.match(/^\| [\d,]+ \| [\d,]+ \| /gm)).toHaveLength(5);
  const { texts } = JSON.parse(samples.at(-1)!) as { texts: string[] };
  expect(card).toContain(`> ${texts[0]!.slice(0, 20)}`);
  expect(await readFile(join(result.model, 'learning-curve.svg'), 'utf8')).toMatch(/^<svg /);
  expect(await readFile(join(result.model, 'learning-curve.jsonl'), 'utf8')).toBe(`${curve.join('\n')}\n`);
});

test('a BERT learns the text', async () => {
  const { heldOut } = await run('masked', { tokens: 60_000 });
  expect(heldOut.accuracy).toBeGreaterThan(0.6);
  // What it shows as it learns: its guesses in brackets, most of them right in the end.
  const samples = (await readFile(join(folder, 'samples.jsonl'), 'utf8')).trim().split('\n');
  const { texts } = JSON.parse(samples.at(-1)!) as { texts: string[] };
  expect(texts).toHaveLength(2);
  for (const text of texts)
    expect(text).toMatch(/^(?:[\w.]+ |\[(?:##)?[\w.]+(?:, not (?:##)?[\w.]+)?\] )*(?:[\w.]+|\[.*\])$/);
  expect(texts.join(' ')).toMatch(/report|caused|patients/);
});

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
  const toldOf = /^ran on cpu: .*, 2 threads, .*, goes on with cpu: .*, 1 threads, .*: the last digits will differ /;
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
    expect(await readFile(join(model, 'README.md'), 'utf8')).toMatch(
      /on cpu: .* 2 threads, .*; then cpu: .* 1 threads/,
    );
  } finally {
    await other.close();
  }
});

describe('what is said of the text', () => {
  const notesOf = async (objective: 'causal' | 'masked', settings: Settings): Promise<string> => {
    const { monitor, notes } = noting();
    await run(objective, { tokens: 300, evaluations: 1, heldOut: 2, ...settings }, { monitor });
    return notes.join('\n');
  };

  test('documents longer than a row are cut, and counted', async () => {
    const notes = await notesOf('causal', {});
    expect(notes).toMatch(
      /^\d+ tokens a pass, \d\.\d\d a word; \d\.\d passes; \d+ of 118 documents are longer than 24 /,
    );
  });

  test('characters that the vocabulary lacks are counted, and warned of where they are many', async () => {
    const text = [join(inputs, 'greek.txt')];
    await writeFile(text[0]!, ['αβγ aspirin', 'aspirin δεζ', 'ηθι caused', 'bleeding in κλμ'].join('\n'));
    const notes = await notesOf('masked', { text });
    expect(notes).toMatch(/\d+ of \d+ tokens \(\d+%\) are unknown to the vocabulary: it was made for other text/);
  });
});

test('bytes that a vocabulary lacks are told of', async () => {
  const bpe = join(folder, 'trimmed');
  await cp(join(inputs, 'bpe'), bpe, { recursive: true });
  const path = join(bpe, 'tokenizer.json');
  const json = JSON.parse(await readFile(path, 'utf8')) as { model: { vocab: Record<string, number> } };
  // Bytes of no character of the text; the last entries keep their numbers.
  const vocab = Object.fromEntries(Object.entries(json.model.vocab).filter(([token]) => !['ÿ', 'þ'].includes(token)));
  await writeFile(path, JSON.stringify({ ...json, model: { ...json.model, vocab } }));
  const { monitor, notes } = noting();
  await run(
    'causal',
    { tokenizer: bpe, tokens: 300, evaluations: 1, samples: 0 },
    { monitor, into: join(folder, 'x') },
  );
  expect(notes).toContain(
    'the vocabulary lacks 2 of the 256 bytes: characters written with them are left out of the text',
  );
});

test('settings that would do nothing are refused', () => {
  const issuesOf = (objective: 'causal' | 'masked', settings: Settings): string[] => {
    const given = { objective, text: ['text.txt'], tokens: 1, ...settings };
    return pretrainingSchema.safeParse(given).error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  expect(issuesOf('masked', { model: 'bert', layers: 2, heads: 4, positions: 64 })).toEqual(
    ['layers', 'heads', 'positions'].map((name) => `${name}: a model folder has its own: leave this out`),
  );
  expect(issuesOf('causal', { tokenizer: 'bpe', maskedShare: 0.3 })).toEqual([
    'maskedShare: the causal objective masks nothing: leave this out',
  ]);
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

test('a time budget ends the training, with a learning rate of zero', async () => {
  await run('masked', { tokens: null, hours: 1 / 3600 });
  const curve = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n');
  const last = JSON.parse(curve.at(-1)!) as { seconds: number; learningRate: number };
  expect(last.learningRate).toBe(0);
  expect(last.seconds).toBeGreaterThanOrEqual(1);
});

test('where measuring takes much of the hours, it says so once', async () => {
  const saidOf = async (settings: Settings, into: string): Promise<string[]> => {
    const notes: string[] = [];
    const stopping = stoppingAt(2, updates);
    const monitor = new Monitor((event) => {
      if (event.kind === 'note') notes.push(event.text);
      stopping.report(event);
    }, stopping.signal);
    const outcome = run('masked', { tokens: null, samples: 0, ...settings }, { monitor, into: join(folder, into) });
    await expect(outcome).rejects.toBeInstanceOf(Interrupted);
    return notes.filter((note) => note.includes('measuring'));
  };
  expect(await saidOf({ hours: 1, evaluations: 1e6 }, 'often')).toEqual([
    expect.stringMatching(
      /^pretrain: measuring will take (about \d+%|nearly all) of the hours: fewer --evaluations or --held-out documents leave more for learning$/,
    ),
  ]);
  expect(await saidOf({ hours: 10, evaluations: 2 }, 'seldom')).toEqual([]);
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

test('goes on from a model folder', async () => {
  const { model } = await run('causal', { tokens: 6000 });
  const into = join(folder, 'second');
  const options = { model, ...OF_THE_MODEL, tokens: 1000, learningRate: 1e-4 };
  await run('causal', options, { into });
  const [first] = (await readFile(join(into, 'curve.jsonl'), 'utf8')).split('\n');
  const [last] = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n').reverse();
  const heldOutOf = (line: string) => (JSON.parse(line) as { heldOut: { loss: number } }).heldOut;
  expect(heldOutOf(first!).loss).toBeCloseTo(heldOutOf(last!).loss, 5);
});

test('a BERT goes on from a model folder, and from one without a head for hidden words', async () => {
  const { model, heldOut } = await run('masked', { tokens: 3000, evaluations: 1 });
  const further = { ...OF_THE_MODEL, tokens: 300, evaluations: 1, samples: 0, learningRate: 1e-5 };
  const whole = noting();
  const second = await run('masked', { ...further, model }, { monitor: whole.monitor, ...into('second') });
  expect(whole.notes.join('\n')).not.toContain('from random weights');
  expect(second.heldOut.loss).toBeCloseTo(heldOut.loss!, 1);

  const bare = join(folder, 'bare');
  await cp(model, bare, { recursive: true });
  const weights = join(bare, 'model.safetensors');
  const source = await openSafetensors(weights);
  const kept = source.names().filter((name) => !name.startsWith('cls.'));
  const tensors = await Promise.all(
    kept.map(async (name) => {
      const shape = source.shape(name);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      await source.readInto(name, data);
      return { name, shape, data };
    }),
  );
  await source.close();
  await writeSafetensors(weights, tensors, 'float32');
  const { monitor, notes } = noting();
  const third = await run('masked', { ...further, model: bare }, { monitor, ...into('third') });
  expect(notes).toContainEqual(expect.stringMatching(/^not in the model, from random weights: cls\.predictions\./));
  expect(third.heldOut.loss).toBeGreaterThan(second.heldOut.loss!);
});

test('a GPT-2 that cannot be sampled from is refused before the text is read, and learns without samples', async () => {
  const narrow = { heads: 8, tokens: 500, evaluations: 1 };
  const stages: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'stage' && stages.push(event.stage));
  await expect(run('causal', narrow, { monitor })).rejects.toThrow(
    /^--heads: a GPT-2 with heads of width 4 cannot write samples \(.* --samples 0\)$/,
  );
  const { model, heldOut } = await run('causal', { ...narrow, samples: 0 });
  expect(heldOut.perplexity).toBeLessThan(320);
  const further = { model, ...OF_THE_MODEL, tokens: 300, evaluations: 1 };
  const into = join(folder, 'further');
  await expect(run('causal', further, { monitor, into })).rejects.toThrow(
    `${model}: a GPT-2 with heads of width 4 cannot write samples (train without them: --samples 0)`,
  );
  expect(stages).toEqual([]);
  await run('causal', { ...further, samples: 0 }, { into });
});

test('another training in the same folder is refused, and what was there stays', async () => {
  await expect(run('causal', {}, { monitor: stoppingAt(3, updates) })).rejects.toBeInstanceOf(Interrupted);
  await expect(run('causal', { learningRate: 1e-3, layers: 2 })).rejects.toThrow(
    'holds a training with other settings: --layers was 1, now 2; --learning-rate was 0.005, now 0.001',
  );
  await expect(run('causal', { tokens: 24_000 })).rejects.toThrow(
    /--tokens was 12000, now 24000 \(.* to train its model further give --model \S+model and another folder\)/,
  );
  await expect(run('causal', { text: [join(inputs, 'text.txt')] })).rejects.toThrow('the text is another');
  await expect(run('causal', {}, { monitor: stoppingAt(1, updates) })).rejects.toBeInstanceOf(Interrupted);
});

test('a batch that is run in parts gives the weights of a whole one but for rounding, and the folder knows which it was', async () => {
  const settings = { dropout: 0.1, tokens: 2000, samples: 0, evaluations: 1, learningRate: 1e-3 };
  for (const objective of ['causal', 'masked'] as const) {
    const whole = await run(objective, settings, into(`${objective}-whole`));
    const parts = await run(objective, { ...settings, microBatch: 3 }, into(`${objective}-parts`));
    expect(parts.heldOut.loss).toBeCloseTo(whole.heldOut.loss!, 3);
    expect((await weightsOf(parts)).equals(await weightsOf(whole))).toBe(false);
    const checkpointed = { ...settings, gradientCheckpointing: true };
    const again = await run(objective, checkpointed, into(`${objective}-checkpointed`));
    expect((await weightsOf(again)).equals(await weightsOf(whole))).toBe(true);
  }
  await expect(run('causal', { ...settings, microBatch: 2 }, into('causal-parts'))).rejects.toThrow(
    '--micro-batch was 3, now 2',
  );
});

test('what does not fit into memory is run in parts, or refused with what to do', async () => {
  const { monitor, notes } = noting();
  const large = { batchSize: 2048, layers: 2, heldOut: 2, tokens: 100, evaluations: 1, samples: 0 };
  const message =
    /^pretrain: a batch of 2048 takes about [\d.]+ GB of memory to train on; \d+ at a time \(0\.\d GB\) fit into 0\.5 GB$/;
  const { updates: done } = await run('causal', { ...large, memory: 0.5 }, { monitor, ...into('parts') });
  expect(done).toBe(1);
  expect(notes).toContainEqual(expect.stringMatching(message));
  await expect(run('causal', { ...large, memory: 0.01 }, into('refused'))).rejects.toThrow(
    /pretrain: training needs about 0\.\d GB of memory for a single example, and may take 0\.0 GB \(use --gradient-checkpointing, or /,
  );
});

test('a card has all settings that decide the weights: they give them again', async () => {
  const settings = { tokens: 400, evaluations: 1, samples: 0, learningRate: null, microBatch: 3, maskedShare: 0.25 };
  const first = await run('masked', settings, into('first'));
  const further = { model: first.model, ...OF_THE_MODEL, tokens: 200, evaluations: 1, samples: 0, dropout: 0.2 };
  const second = await run('masked', further, into('second'));
  const settingsIn = async ({ model }: { model: string }): Promise<Settings> =>
    parse(/```yaml\n([^`]*)```/.exec(await readFile(join(model, 'README.md'), 'utf8'))![1]!) as Settings;
  const shown = await settingsIn(first);
  expect(shown).toMatchObject({ layers: 1, learningRate: 1e-3, dropout: 0.1, maskedShare: 0.25, seed: 1 });
  const again = { ...shown, tokenizer: join(inputs, 'wordpiece'), text: textFiles() };
  const options = { folder: join(folder, 'again'), device, monitor: new Monitor(), offline: true, card: CARD };
  const repeated = await pretrain(pretrainingSchema.parse(again), options);
  expect((await weightsOf(repeated)).equals(await weightsOf(first))).toBe(true);
  const ofModel = await settingsIn(second);
  expect(ofModel).toMatchObject({ model: first.model, learningRate: 5e-3, dropout: 0.2, warmup: 0.02, length: 24 });
  expect(pretrainingSchema.safeParse({ ...ofModel, text: textFiles() }).success).toBe(true);
});

test('a file that is not read of the tokenizer’s folder changes nothing; other files of the same text do', async () => {
  const tokenizer = join(folder, 'tokenizer');
  const into = join(folder, 'training');
  await cp(join(inputs, 'bpe'), tokenizer, { recursive: true });
  await expect(run('causal', { tokenizer }, { monitor: stoppingAt(3, updates), into })).rejects.toBeInstanceOf(
    Interrupted,
  );
  await writeFile(join(tokenizer, '.DS_Store'), 'x');
  const joined = join(folder, 'joined.txt');
  await writeFile(joined, TEXTS.join('\n'));
  await expect(run('causal', { tokenizer, text: [joined] }, { into })).rejects.toThrow(
    'holds a training with other settings: the text is divided into files in another way (',
  );
  await expect(run('causal', { tokenizer }, { monitor: stoppingAt(1, updates), into })).rejects.toBeInstanceOf(
    Interrupted,
  );
});

test('settings that were refused may be corrected in the same folder', async () => {
  await expect(run('causal', { tokenizer: join(inputs, 'wordpiece') })).rejects.toThrow('does not fit the causal');
  const { tokens } = await run('causal', { tokens: 500, evaluations: 1 });
  expect(tokens).toBeGreaterThanOrEqual(500);
});

test('an attempt that learned nothing leaves no trace in the model of the next', async () => {
  const attempt = { tokens: 500, evaluations: 1, samples: 2 };
  await expect(run('causal', attempt, { monitor: stoppingAt(1, updates) })).rejects.toBeInstanceOf(Interrupted);
  // As a process leaves it that is killed before its first checkpoint, or while it writes that.
  await rm(join(folder, 'checkpoints'), { recursive: true });
  await mkdir(join(folder, 'checkpoints', 'update-000000001.partial-12345678'), { recursive: true });
  expect(await readFile(join(folder, 'samples.jsonl'), 'utf8')).not.toBe('');
  await writeFile(join(folder, 'devices.json'), '["abacus"]');
  const { monitor, notes } = noting();
  const { model } = await run('masked', { ...attempt, samples: 0 }, { monitor });
  const card = await readFile(join(model, 'README.md'), 'utf8');
  expect(card).not.toContain('abacus');
  expect(card).not.toContain('## Hidden words it fills in');
  expect(notes.join('\n')).not.toContain('abacus');
});

test('a folder that holds something else is refused, and what is there stays', async () => {
  const { model } = await run('causal', { tokens: 500, evaluations: 1 });
  const work = join(folder, 'work');
  await cp(model, join(work, 'model'), { recursive: true });
  const settings = { model: join(work, 'model'), ...OF_THE_MODEL, tokens: 500 };
  await expect(run('causal', settings, { into: work })).rejects.toThrow(
    `${work}: the folder holds other files than a pretraining (name a new or empty folder with --out)`,
  );
  expect(await readdir(work)).toEqual(['model']);
});
