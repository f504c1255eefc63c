/**
 * Pretrains a small model for some updates, has PyTorch do the same, and compares the losses update by update: the same first weights, documents, hidden tokens, learning
 * rates, AdamW and clipping, without dropout.
 *
 *   tsx bench/pretrain-losses.ts train --objective causal --text FILE --tokenizer FOLDER --python PYTHON [--layers 2 --hidden 256 --heads 4 --batch 16 --updates 400]
 *   tsx bench/pretrain-losses.ts table
 *
 * PYTHON has bench/peers/requirements.txt. `train` writes docs/results/pretraining-losses.json; `table` prints it as in docs/pretraining.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { kindAt, readJson, writeJson } from '../src/foundation/files.ts';
import { writeJsonLines } from '../src/foundation/json-lines.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { saveModel } from '../src/nn/model.ts';
import { packedDecoderFeeds, packedEncoderFeeds } from '../src/nn/packed-batch.ts';
import type { MaskedPiece, PackedRow } from '../src/nn/packed-batch.ts';
import { pretrainingSchema } from '../src/pretraining/configuration.ts';
import { openCorpus } from '../src/pretraining/corpus.ts';
import { maskPiece } from '../src/pretraining/masking.ts';
import { FIRST_ROW, streamRows } from '../src/pretraining/row-stream.ts';
import { openStart } from '../src/pretraining/start.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { learningRateOfBudget } from '../src/training/schedule.ts';
import { decayFor } from '../src/training/train.ts';
import { runUpdate } from '../src/training/update.ts';
import { markdownTable } from './markdown-table.ts';
import { peerOf, peerVersions } from './measure.ts';
import { describeSurroundings, surroundingsNow, surroundingsSchema } from './surroundings.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    objective: { type: 'string', default: 'causal' },
    text: { type: 'string', default: '' },
    tokenizer: { type: 'string', default: '' },
    python: { type: 'string', default: 'python3' },
    layers: { type: 'string', default: '2' },
    hidden: { type: 'string', default: '256' },
    heads: { type: 'string', default: '4' },
    batch: { type: 'string', default: '16' },
    updates: { type: 'string', default: '400' },
    results: { type: 'string', default: 'docs/results/pretraining-losses.json' },
  },
});

const comparisonSchema = surroundingsSchema.extend({
  layers: z.int(),
  hiddenSize: z.int(),
  batchSize: z.int(),
  updates: z.int(),
  tokens: z.int(),
  /** Mean losses of the last tenth of the updates. */
  last: z.object({ dare: z.number(), pytorch: z.number() }),
  /** Of one update's losses, largest and median. */
  relativeDifference: z.object({ largest: z.number(), median: z.number() }),
});
const resultsSchema = z.record(z.string(), comparisonSchema);
const readResults = async (): Promise<z.infer<typeof resultsSchema>> =>
  (await kindAt(values.results)) === undefined ? {} : readJson(values.results, resultsSchema);

/** A row as PyTorch is told of it: what is read, and what is to be predicted at which places. */
type Pieces = readonly MaskedPiece[];
const followed = (row: PackedRow): Pieces =>
  row.map((ids) => ({ ids, predicted: ids.slice(1).map((label, position) => ({ position, label })) }));

async function train(folder: string): Promise<{ losses: number[]; tokens: number }> {
  const updates = Number(values.updates);
  const isCausal = values.objective === 'causal';
  const configuration = pretrainingSchema.parse({
    objective: values.objective,
    text: [values.text],
    tokenizer: values.tokenizer,
    layers: Number(values.layers),
    hiddenSize: Number(values.hidden),
    heads: Number(values.heads),
    batchSize: Number(values.batch),
    dropout: 0,
    samples: 0,
    tokens: 1,
  });
  const { length, batchSize, heldOut, weightDecay, beta2, maxGradientNorm } = configuration;
  const schedule = { peak: 1e-3, warmup: 0.1, decay: configuration.decay };

  const device = new CpuDevice();
  const corpus = await openCorpus({ files: [values.text], separator: 'line', heldOut }, new Monitor());
  const { model, objective, load } = await openStart(configuration, undefined);
  const { graph, loss } = objective.training();
  const { parameters } = await load(device, graph);
  await saveModel(join(folder, 'model'), model, parameters, { architecture: objective.architecture });
  const program = await device.createTrainingProgram(graph, loss, parameters, {
    beta1: 0.9,
    beta2,
    epsilon: 1e-8,
    weightDecay: (name) => decayFor(name, weightDecay),
  });

  const { tokenizer } = model;
  const pieces = (text: string) => objective.pieces(tokenizer.encode(text));
  const vocabulary = {
    mask: tokenizer.mask!,
    vocabularySize: tokenizer.vocabularySize,
    special: new Set([tokenizer.cls!, tokenizer.sep!]),
  };
  const masks = RandomStream.named(1, 'bench', 'mask');
  const done: object[] = [];
  const losses: number[] = [];
  let tokens = 0;
  let rows: PackedRow[] = [];
  for await (const { row } of streamRows(FIRST_ROW, { ...configuration, corpus, pieces, stream: ['bench'] })) {
    rows.push(row);
    if (rows.length < batchSize) continue;
    const told: Pieces[] = isCausal
      ? rows.map(followed)
      : rows.map((each) => each.map((ids) => maskPiece(ids, vocabulary, masks)));
    const predicted = told.flat().reduce((sum, piece) => sum + piece.predicted.length, 0);
    const feeds = isCausal
      ? packedDecoderFeeds(rows, length, 1 / predicted)
      : packedEncoderFeeds(told, length, 1 / predicted, tokenizer.pad ?? 0);
    const learningRate = learningRateOfBudget(losses.length / updates, schedule);
    const options = { learningRate, maxGradientNorm, maskSeed: [] };
    const value = await runUpdate(program, [{ number: 0, feeds: () => feeds }], options);
    losses.push(value);
    done.push({ learningRate, loss: value, length, weightDecay, beta2, maxGradientNorm, rows: told });
    tokens += rows.flat().reduce((sum, ids) => sum + ids.length, 0);
    if (losses.length % 50 === 0) console.error(`${losses.length} ${value}`);
    rows = [];
    if (losses.length === updates) break;
  }
  await writeJsonLines(join(folder, 'updates.jsonl'), done);
  await program.dispose();
  await parameters.dispose();
  await device.close();
  return { losses, tokens };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

async function compare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dare-losses-'));
  try {
    const { losses, tokens } = await train(folder);
    const outcome = peerOf(values.python)('pretrain_losses', folder);
    const { losses: theirs } = z.looseObject({ losses: z.array(z.number()) }).parse(outcome);
    const differences = losses.map((loss, update) => Math.abs(loss - theirs[update]!) / theirs[update]!);
    const sorted = differences.toSorted((a, b) => a - b);
    const tenth = Math.ceil(losses.length / 10);
    const results = await readResults();
    results[values.objective] = {
      ...surroundingsNow(peerVersions(values.python)),
      ...{ layers: Number(values.layers), hiddenSize: Number(values.hidden), batchSize: Number(values.batch) },
      ...{ updates: losses.length, tokens },
      last: { dare: mean(losses.slice(-tenth)), pytorch: mean(theirs.slice(-tenth)) },
      relativeDifference: { largest: sorted.at(-1)!, median: sorted[sorted.length >> 1]! },
    };
    await writeJson(values.results, results);
    console.log(JSON.stringify(results[values.objective]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function printTable(): Promise<void> {
  const header = [
    'objective',
    'layers × width',
    'updates of rows',
    'tokens trained on',
    'loss at the end, dare',
    'PyTorch',
    'relative difference of one update, median',
    'largest',
  ];
  const results = await readResults();
  const rows = Object.entries(results).map(([objective, { last, relativeDifference, ...one }]) => [
    objective,
    `${one.layers} × ${one.hiddenSize}`,
    `${one.updates} of ${one.batchSize}`,
    one.tokens.toLocaleString('en'),
    last.dare.toFixed(4),
    last.pytorch.toFixed(4),
    relativeDifference.median.toExponential(1),
    relativeDifference.largest.toExponential(1),
  ]);
  console.log(markdownTable(header, rows));
  const places = new Set(Object.values(results).map(describeSurroundings));
  console.log(`\n${[...places].join('; ')}.`);
}

if (positionals[0] === 'train') await compare();
else if (positionals[0] === 'table') await printTable();
else throw new Error('say train or table');
