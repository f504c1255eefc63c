/** Pretrainings of tiny models on made-up text, with a device and a folder of each test's own: hooks that come with the import see to both. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, afterEach } from 'vitest';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { RandomStream } from '../../src/foundation/random.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { trainByteLevelBpe, trainWordPiece } from '../../src/text/vocabulary-training.ts';
import { pretrainingSchema } from '../../src/pretraining/configuration.ts';
import { pretrain } from '../../src/pretraining/pretrain.ts';
import type { PretrainingResult } from '../../src/pretraining/pretrain.ts';

const DRUGS = ['aspirin', 'heparin', 'lithium', 'digoxin'];
const EFFECTS = ['bleeding', 'nausea', 'tremor', 'arrhythmia'];

/** Documents whose second half follows from their first. */
export const TEXTS = Array.from({ length: 120 }, (_, index) => {
  const stream = RandomStream.named(3, 'text', index);
  return Array.from({ length: 1 + stream.integer(4) }, () => {
    const which = stream.integer(DRUGS.length);
    return `We report that ${DRUGS[which]} caused ${EFFECTS[which]} in ${2 + stream.integer(8)} patients.`;
  }).join(' ');
});

export let device: CpuDevice;
export let folder: string;
export let inputs: string;
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

export const CARD = { title: 'Tiny', command: 'dare pretrain …', notes: 'Made-up text.' };

export type Settings = Record<string, unknown>;

export const textFiles = (): string[] => [join(inputs, 'text.txt'), join(inputs, 'more.txt.gz')];

export const configured = (objective: 'causal' | 'masked', settings: Settings = {}) =>
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

export const run = (
  objective: 'causal' | 'masked',
  settings: Settings = {},
  { monitor = new Monitor(), into = folder, on = device }: Surroundings = {},
): Promise<PretrainingResult> =>
  pretrain(configured(objective, settings), { folder: into, device: on, monitor, offline: true, card: CARD });

/** A monitor that keeps the notes. */
export function noting(): { monitor: Monitor; notes: string[] } {
  const notes: string[] = [];
  return { notes, monitor: new Monitor((event) => event.kind === 'note' && notes.push(event.text)) };
}

export const into = (name: string) => ({ into: join(folder, name) });

/** What a model folder has of its own. */
export const OF_THE_MODEL = { tokenizer: null, layers: null, hiddenSize: null, heads: null };

export const weightsOf = (result: { model: string }) => readFile(join(result.model, 'model.safetensors'));

/** A monitor that asks to stop when an event comes for the n-th time. */
export function stoppingAt(count: number, isMeant: (event: ProgressEvent) => boolean): Monitor {
  const controller = new AbortController();
  let seen = 0;
  return new Monitor((event) => {
    if (isMeant(event) && ++seen === count) controller.abort();
  }, controller.signal);
}
/** Updates of the weights; measuring on held-out text reports steps of the same stage. */
export const updates = (event: ProgressEvent): boolean =>
  event.kind === 'step' && event.stage === 'pretrain' && 'loss' in event.figures;
