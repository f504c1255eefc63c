/**
 * A model whose program cannot be made leaves nothing on the device: a program that opened it once may try again with fewer rows, or a smaller model.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classifyTexts } from '../../src/classification/classify-texts.ts';
import { fineTuneClassifier } from '../../src/classification/relation-classifier.ts';
import { scoreTexts } from '../../src/classification/score-texts.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { EnsemblePredictor } from '../../src/deployment/ensemble-predictor.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { fineTuneGenerator } from '../../src/generation/fine-tune-generator.ts';
import { perplexities } from '../../src/generation/perplexity.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import { pretrainingSchema } from '../../src/pretraining/configuration.ts';
import { pretrain } from '../../src/pretraining/pretrain.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device, Parameters as Weights, Program, TrainingProgram } from '../../src/runtime/device.ts';
import { measureTraining } from '../../src/tasks/model-costs.ts';
import { trainWordPiece } from '../../src/text/vocabulary-training.ts';
import type { TrainingSettings } from '../../src/training/train.ts';
import { tinyBert } from '../support/tiny-models.ts';

let folder: string;
let bert: string;
let gpt2: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-failed-programs-'));
  [bert, gpt2] = [join(folder, 'bert'), join(folder, 'gpt2')];
  const size = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 32 };
  for (const [kind, path] of [['bert', bert] as const, ['gpt2', gpt2] as const]) {
    await writeRandomModel(path, { kind, ...size, texts: ['DRUG caused DISEASE .'], seed: 3 });
  }
});
afterAll(() => rm(folder, { recursive: true }));

type Kind = 'createProgram' | 'createTrainingProgram';

/** Makes no programs of one kind, and counts what it holds. */
class FullDevice extends CpuDevice {
  refused: Kind = 'createProgram';
  living = 0;
  made = 0;

  override async createParameters(...options: Parameters<Device['createParameters']>): Promise<Weights> {
    return this.#counted(await super.createParameters(...options));
  }

  override async createProgram(...options: Parameters<Device['createProgram']>): Promise<Program> {
    this.#refuse('createProgram');
    return this.#counted(await super.createProgram(...options));
  }

  override async createTrainingProgram(
    ...options: Parameters<Device['createTrainingProgram']>
  ): Promise<TrainingProgram> {
    this.#refuse('createTrainingProgram');
    return this.#counted(await super.createTrainingProgram(...options));
  }

  #refuse(kind: Kind): void {
    if (kind === this.refused) throw new Error('the memory is too small');
  }

  #counted<T extends { dispose(): Promise<void> }>(resource: T): T {
    this.living++;
    this.made++;
    const dispose = resource.dispose.bind(resource);
    resource.dispose = () => {
      this.living--;
      return dispose();
    };
    return resource;
  }
}

const device = new FullDevice({ threads: 1 });
afterAll(() => device.close());

const monitor = new Monitor();
const PLACEHOLDERS = [{ head: 'DRUG', tail: 'DISEASE' }];
const SAMPLING = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1, maxWords: 5, maxTokens: 10 };
const TRAINING: TrainingSettings = {
  ...{ epochs: 1, batchSize: 2, accumulation: 1, learningRate: 1e-3, warmup: 0, maxGradientNorm: 1 },
  ...{ decay: 'linear', keep: 'last' },
};
const LEARNED = { addPlaceholderTokens: true, maxLength: 16, weightDecay: 0, checkpointing: false };
const context = () => ({
  ...{ stage: 'test', seed: 1, stream: ['test'], monitor, folder: join(folder, 'work'), checkpointSeconds: 1e9 },
});

async function exhaust(generator: AsyncGenerator): Promise<void> {
  while (!(await generator.next()).done);
}

const fineTuned = () =>
  fineTuneClassifier(
    device,
    {
      ...{ base: bert, head: 'cls', relations: ['CID'], placeholders: PLACEHOLDERS, settings: TRAINING, ...LEARNED },
      training: [{ text: 'DRUG caused DISEASE .', label: 0 }],
      validation: [],
    },
    [],
    undefined,
    context(),
  );

async function pretrained(): Promise<void> {
  await trainWordPiece(TEXTS, { vocabularySize: 100, lowercase: true }).save(join(folder, 'wordpiece'));
  await writeFile(join(folder, 'text.txt'), TEXTS.join('\n'));
  const configuration = pretrainingSchema.parse({
    ...{ objective: 'masked', text: [join(folder, 'text.txt')], tokenizer: join(folder, 'wordpiece') },
    ...{ layers: 1, hiddenSize: 16, heads: 2, length: 16, batchSize: 2, tokens: 100, heldOut: 2 },
  });
  const card = { title: 'Tiny', command: '', notes: undefined };
  await pretrain(configuration, { folder: join(folder, 'pretrained'), device, monitor, offline: true, card });
}
const TEXTS = Array.from({ length: 20 }, (_, index) => `aspirin caused nausea in patient ${index} .`);

const WORK: Record<string, { refused: Kind; made: number; work: () => Promise<unknown> }> = {
  sampling: {
    ...{ refused: 'createProgram', made: 1 },
    work: () => exhaust(sampleTexts(device, gpt2, { ...SAMPLING, count: 1, seed: 1, prompts: [''], monitor })),
  },
  perplexities: {
    ...{ refused: 'createProgram', made: 1 },
    work: () => perplexities(device, gpt2, ['DRUG caused DISEASE .'], { batchSize: 1, monitor }),
  },
  classifying: {
    ...{ refused: 'createProgram', made: 1 },
    work: () => exhaust(classifyTexts(device, bert, ['DRUG caused DISEASE .'], { batchSize: 1, monitor })),
  },
  scoring: {
    ...{ refused: 'createProgram', made: 1 },
    work: () => scoreTexts(device, bert, ['DRUG'], { placeholders: PLACEHOLDERS, classes: 2, maxLength: 16 }),
  },
  'an ensemble': {
    ...{ refused: 'createProgram', made: 1 },
    work: async () => {
      const options = { relations: ['CID'], placeholders: PLACEHOLDERS, maxLength: 16, batchSize: 2, monitor };
      const ensemble = await EnsemblePredictor.open(device, [{ folder: bert, threshold: 0.5 }], options);
      await ensemble.predict(['DRUG caused DISEASE .']);
    },
  },
  'fine-tuning a generator': {
    ...{ refused: 'createTrainingProgram', made: 1 },
    work: () => {
      const sentences = [{ text: 'DRUG caused DISEASE .' }];
      const options = { base: gpt2, sentences, placeholders: PLACEHOLDERS, training: TRAINING, ...LEARNED };
      return fineTuneGenerator(device, options, join(folder, 'tuned'), context());
    },
  },
  'fine-tuning a classifier': { refused: 'createTrainingProgram', made: 1, work: fineTuned },
  'a classifier’s validation': { refused: 'createProgram', made: 2, work: fineTuned },
  pretraining: { refused: 'createTrainingProgram', made: 1, work: pretrained },
  'a pretraining’s held-out text': { refused: 'createProgram', made: 2, work: pretrained },
  'measuring a training': {
    ...{ refused: 'createTrainingProgram', made: 1 },
    work: () => measureTraining(device, { config: tinyBert(), manner: { checkpointing: false }, rows: 2 }, 8),
  },
};

test.each(Object.entries(WORK))('%s', async (_, { refused, made, work }) => {
  Object.assign(device, { refused, made: 0, living: 0 });
  await expect(work()).rejects.toThrow('the memory is too small');
  expect(device.made).toBe(made);
  expect(device.living).toBe(0);
});
