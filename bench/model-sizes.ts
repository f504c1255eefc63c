/**
 * Which size a small pretrained model should have: sizes trained with the same number of floating-point operations, then measured on held-out text, beside how fast
 * each is pretrained, fine-tuned and sampled from.
 *
 *   tsx bench/model-sizes.ts train --text FILE --bpe FOLDER --wordpiece FOLDER [--out FOLDER] [--only gpt2] [--teraflops 40] [--batch-size 8] [--threads 1]
 *   tsx bench/model-sizes.ts speed --text FILE --bpe FOLDER --wordpiece FOLDER [--only gpt2]        on a quiet machine
 *   tsx bench/model-sizes.ts table
 *
 * Both write docs/results/model-sizes.json; `table` prints it as in docs/pretraining.md. A budget of operations is one of tokens, so that what else runs
 * meanwhile changes no result. An interrupted `train` goes on where it stopped, and takes what stands in the results as done.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { kindAt, readJson, writeJson } from '../src/foundation/files.ts';
import { readAllJsonLines } from '../src/foundation/json-lines.ts';
import { Interrupted } from '../src/foundation/errors.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { SentenceSampler } from '../src/generation/sentence-sampler.ts';
import type { Graph, Tensor } from '../src/graph/graph.ts';
import { decoderFeeds, encoderFeeds, labelFeeds, predictedTokens } from '../src/nn/batch.ts';
import { bertClassifierTraining } from '../src/nn/bert.ts';
import { gpt2Training } from '../src/nn/gpt2.ts';
import { initialize } from '../src/nn/initialize.ts';
import { specificationsOf } from '../src/nn/model.ts';
import type { PackedRow } from '../src/nn/packed-batch.ts';
import { pretrainingSchema } from '../src/pretraining/configuration.ts';
import type { PretrainingConfiguration } from '../src/pretraining/configuration.ts';
import { openCorpus } from '../src/pretraining/corpus.ts';
import { pretrain } from '../src/pretraining/pretrain.ts';
import { FIRST_ROW, streamRows } from '../src/pretraining/row-stream.ts';
import { openStart } from '../src/pretraining/start.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import type { Feeds, Parameters } from '../src/runtime/device.ts';
import { markdownTable } from './markdown-table.ts';
import { operationsPerToken } from './operations.ts';
import { machineName } from './surroundings.ts';

const SIZES = [
  { layers: 2, hiddenSize: 256, heads: 4 },
  { layers: 4, hiddenSize: 256, heads: 4 },
  { layers: 6, hiddenSize: 320, heads: 5 },
];
type Size = (typeof SIZES)[number];
const KINDS = ['gpt2', 'bert'] as const;
type Kind = (typeof KINDS)[number];

/** Tokens of a pretraining row, and of the vocabularies. */
const ROW = 128;
const VOCABULARY = 8000;
/** A masked sentence of CDR has about as many tokens of a vocabulary of 8,000. */
const SENTENCE = 44;
/** Sentences of a batch in fine-tuning. */
const BATCH = { gpt2: 16, bert: 32 };
/**
 * How each kind is pretrained. Batches are small unless asked otherwise, as within a small budget updates count before tokens do: a BERT leaves the plateau of the words'
 * frequencies after a number of them, and has more to predict in each. At 0.001 four layers fell back to it for good.
 */
const PRETRAINING = {
  gpt2: () => ({}),
  bert: ({ layers }: Size) => ({
    maskedShare: 0.3,
    dropout: 0,
    learningRate: layers > 2 ? 4e-4 : 1e-3,
    warmup: 0.05,
  }),
} satisfies Record<Kind, (size: Size) => Partial<PretrainingConfiguration>>;
const STEPS = { warmup: 3, measured: 11 };
const SAMPLED = 192;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    text: { type: 'string', default: '' },
    bpe: { type: 'string', default: '' },
    wordpiece: { type: 'string', default: '' },
    out: { type: 'string', default: 'out/model-sizes' },
    only: { type: 'string' },
    teraflops: { type: 'string', default: '40' },
    'batch-size': { type: 'string', default: '8' },
    threads: { type: 'string' },
    results: { type: 'string', default: 'docs/results/model-sizes.json' },
  },
});

const trainedSchema = z.object({
  teraflops: z.number(),
  /** Rows of an update. */
  batchSize: z.int(),
  tokens: z.int(),
  heldOut: z.record(z.string(), z.number()),
});
type Trained = z.infer<typeof trainedSchema>;

const resultsSchema = z.object({
  machine: z.string(),
  models: z.record(
    z.string(),
    z.object({
      trained: z.array(trainedSchema).optional(),
      speed: z
        .object({
          pretrainTokensPerSecond: z.number(),
          fineTuneSentencesPerSecond: z.number(),
          sampleTokensPerSecond: z.number().optional(),
        })
        .optional(),
    }),
  ),
});
type Results = z.infer<typeof resultsSchema>;

/** Of training on a token. The masked objective reads its vocabulary at the predicted positions alone. */
const operationsOf = (kind: Kind, { layers, hiddenSize }: Size): number =>
  operationsPerToken({ layers, hiddenSize, length: ROW, choices: (kind === 'gpt2' ? 1 : 0.3) * VOCABULARY });

const nameOf = (kind: Kind, { layers, hiddenSize }: Size): string => `${kind}-${layers}x${hiddenSize}`;
const wanted = KINDS.flatMap((kind) => SIZES.map((size) => ({ kind, size, name: nameOf(kind, size) }))).filter(
  ({ name }) => values.only === undefined || name.startsWith(values.only),
);

function configurationOf(kind: Kind, size: Size, tokens: number): PretrainingConfiguration {
  return pretrainingSchema.parse({
    objective: kind === 'gpt2' ? 'causal' : 'masked',
    text: [values.text],
    tokenizer: kind === 'gpt2' ? values.bpe : values.wordpiece,
    ...size,
    ...PRETRAINING[kind](size),
    batchSize: Number(values['batch-size']),
    tokens,
    evaluations: 10,
    samples: 0,
    dtype: 'float16',
    checkpointSeconds: 60,
  });
}

async function readResults(): Promise<Results> {
  if ((await kindAt(values.results)) === 'file') return readJson(values.results, resultsSchema);
  return { machine: machineName(), models: {} };
}

async function keep(name: string, found: Results['models'][string]): Promise<void> {
  const results = await readResults();
  results.models[name] = { ...results.models[name], ...found };
  await writeJson(values.results, results);
  console.log(name, JSON.stringify(found));
}

/** Seconds of an update: the fastest of some, the one that least else ran beside. */
async function timeUpdates(
  device: CpuDevice,
  graph: Graph,
  loss: Tensor,
  parameters: Parameters,
  feeds: readonly Feeds[],
) {
  const program = await device.createTrainingProgram(graph, loss, parameters, {
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    weightDecay: () => 0.01,
  });
  let fastest = Infinity;
  for (let step = 0; step < STEPS.warmup + STEPS.measured; step++) {
    const start = performance.now();
    await program.accumulate(feeds[step % feeds.length]!, [1, 'bench', step]);
    await program.update({ learningRate: 1e-4, maxGradientNorm: 1 });
    if (step >= STEPS.warmup) fastest = Math.min(fastest, (performance.now() - start) / 1000);
  }
  await program.dispose();
  return fastest;
}

async function measureSpeed(): Promise<void> {
  const corpus = await openCorpus({ files: [values.text], separator: 'line', heldOut: 500 }, new Monitor());
  const device = new CpuDevice();
  const random = RandomStream.named(1, 'bench');
  for (const { kind, size, name } of wanted) {
    const configuration = configurationOf(kind, size, 1);
    const { model, objective, load } = await openStart(configuration, undefined);
    const pretraining = objective.training();
    const { parameters } = await load(device, pretraining.graph);
    const pieces = (text: string) => objective.pieces(model.tokenizer.encode(text));
    const batches: { feeds: Feeds; tokens: number }[] = [];
    let rows: PackedRow[] = [];
    for await (const { row } of streamRows(FIRST_ROW, { ...configuration, corpus, pieces, stream: ['bench'] })) {
      rows.push(row);
      if (rows.length < configuration.batchSize) continue;
      const batch = objective.prepare(rows, 1, ['bench', batches.length]);
      const tokens = rows.flat().reduce((sum, piece) => sum + piece.length, 0);
      batches.push({ feeds: batch.feeds(1 / batch.predicted), tokens });
      rows = [];
      if (batches.length === STEPS.warmup + STEPS.measured) break;
    }
    const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0) / batches.length;
    const feeds = batches.map((batch) => batch.feeds);
    const update = await timeUpdates(device, pretraining.graph, pretraining.loss, parameters, feeds);

    const { config } = model;
    const batch = BATCH[kind];
    const sentences = Array.from({ length: batch }, () =>
      Array.from({ length: SENTENCE }, () => random.integer(config.vocab_size)),
    );
    const fineTuning = config.model_type === 'gpt2' ? gpt2Training(config) : bertClassifierTraining(config, 2);
    const weights = await device.createParameters(specificationsOf(fineTuning.graph), { trainable: true });
    await initialize(weights, config, 1);
    const sentenceFeeds =
      kind === 'gpt2'
        ? decoderFeeds(sentences, 1 / predictedTokens(sentences))
        : {
            ...encoderFeeds(
              sentences.map((ids) => ({ ids })),
              0,
            ),
            ...labelFeeds(
              sentences.map(() => random.integer(2)),
              sentences.map(() => 1 / batch),
            ),
          };
    const step = await timeUpdates(device, fineTuning.graph, fineTuning.loss, weights, [sentenceFeeds]);

    let sampleTokensPerSecond: number | undefined;
    if (config.model_type === 'gpt2') {
      const choice = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1 };
      const limits = { maxWords: 1000, maxTokens: SENTENCE, batchSize: 64 };
      const sampler = await SentenceSampler.create(device, config, model.tokenizer, parameters, {
        ...choice,
        ...limits,
      });
      const start = performance.now();
      let sampled = 0;
      for await (const sentence of sampler.sample(0, 1, 'bench')) {
        sampled += sentence.tokens;
        if (sentence.index === SAMPLED - 1) break;
      }
      sampleTokensPerSecond = Math.round(sampled / ((performance.now() - start) / 1000));
      await sampler.dispose();
    }
    await keep(name, {
      speed: {
        pretrainTokensPerSecond: Math.round(tokens / update),
        fineTuneSentencesPerSecond: Number((batch / step).toPrecision(3)),
        ...(sampleTokensPerSecond !== undefined && { sampleTokensPerSecond }),
      },
    });
    await weights.dispose();
    await parameters.dispose();
  }
  await device.close();
}

async function trainAll(): Promise<void> {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const monitor = new Monitor((event) => {
    if (event.kind === 'note' && event.text.startsWith('after')) console.log(event.text);
  }, controller.signal);
  const device = new CpuDevice(values.threads === undefined ? {} : { threads: Number(values.threads) });
  for (const { kind, size, name } of wanted) {
    const [teraflops, batchSize] = [Number(values.teraflops), Number(values['batch-size'])];
    const earlier = (await readResults()).models[name]?.trained ?? [];
    const isSame = (one: Trained): boolean => one.teraflops === teraflops && one.batchSize === batchSize;
    if (earlier.some(isSame)) continue;
    const configuration = configurationOf(kind, size, Math.round((teraflops * 1e12) / operationsOf(kind, size)));
    const card = { title: name, command: '' };
    const folder = join(values.out, `${name}-${teraflops}-${batchSize}`);
    const { tokens, heldOut } = await pretrain(configuration, { folder, device, monitor, offline: true, card });
    await keep(name, { trained: [...earlier, { teraflops, batchSize, tokens, heldOut }] });
  }
  await device.close();
}

/** The models that ship, trained by scripts/train-shipped-models.sh: by their curves. */
const SHIPPED: Readonly<Record<string, { folder: string; batchSize: number }>> = {
  'gpt2-2x256': { folder: 'models/gpt2-small-pubmed', batchSize: 16 },
  'bert-2x256': { folder: 'models/bert-small-pubmed', batchSize: 8 },
};
const curveSchema = z.looseObject({ tokens: z.int(), heldOut: z.record(z.string(), z.number()).optional() });

/** The end of a shipped model's training. */
async function shippedTraining(kind: Kind, size: Size): Promise<Trained[]> {
  const shipped = SHIPPED[nameOf(kind, size)];
  if (!shipped) return [];
  const { tokens, heldOut } = (await readAllJsonLines(join(shipped.folder, 'learning-curve.jsonl'), curveSchema)).at(
    -1,
  )!;
  const teraflops = Math.round((tokens * operationsOf(kind, size)) / 1e12);
  return [{ teraflops, batchSize: shipped.batchSize, tokens, heldOut: heldOut! }];
}

async function printTable(): Promise<void> {
  const { models } = await readResults();
  const whole = new Intl.NumberFormat('en');
  const show = (value: number | undefined) => (value === undefined ? '' : whole.format(value));
  for (const kind of KINDS) {
    const figure = kind === 'gpt2' ? 'bitsPerByte' : 'accuracy';
    const head = [
      'layers × width',
      'operations, TFLOP',
      'rows of an update',
      'tokens trained on',
      `held-out ${figure === 'accuracy' ? 'accuracy' : 'bits per byte'}`,
      'pretraining, tokens/s',
      'fine-tuning, sentences/s',
      ...(kind === 'gpt2' ? ['sampling, tokens/s'] : []),
    ];
    const rows: string[][] = [];
    for (const size of SIZES) {
      const { trained = [], speed } = models[nameOf(kind, size)] ?? {};
      const ships = await shippedTraining(kind, size);
      for (const one of [...trained, ...ships]) {
        rows.push([
          `${size.layers} × ${size.hiddenSize}${ships.includes(one) ? ', as it ships' : ''}`,
          show(one.teraflops),
          show(one.batchSize),
          show(one.tokens),
          one.heldOut[figure]?.toFixed(3) ?? '',
          show(speed?.pretrainTokensPerSecond),
          show(speed?.fineTuneSentencesPerSecond),
          ...(kind === 'gpt2' ? [show(speed?.sampleTokensPerSecond)] : []),
        ]);
      }
    }
    console.log(`${markdownTable(head, rows)}\n`);
  }
}

try {
  if (positionals[0] === 'speed') await measureSpeed();
  else if (positionals[0] === 'train') await trainAll();
  else if (positionals[0] === 'table') await printTable();
  else throw new Error('say speed, train or table');
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  process.exitCode = 130;
}
