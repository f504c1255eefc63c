/**
 * Pretrains a GPT-2 for some updates and keeps what PyTorch needs to do the same: the first weights, and of each update its documents, learning rate and loss.
 *
 *   tsx bench/pretrain-losses.ts --text FILE --tokenizer FOLDER --out FOLDER [--layers 4 --hidden 256 --heads 4 --updates 60]
 *   python bench/peers/pretrain_losses.py FOLDER
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeJsonLines } from '../src/foundation/json-lines.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { saveModel } from '../src/nn/model.ts';
import type { PackedRow } from '../src/nn/packed-batch.ts';
import { pretrainingSchema } from '../src/pretraining/configuration.ts';
import { openCorpus } from '../src/pretraining/corpus.ts';
import { FIRST_ROW, streamRows } from '../src/pretraining/row-stream.ts';
import { openStart } from '../src/pretraining/start.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { learningRateOfBudget } from '../src/training/schedule.ts';
import { decayFor } from '../src/training/train.ts';
import { runUpdate } from '../src/training/update.ts';

const { values } = parseArgs({
  options: {
    text: { type: 'string', default: '' },
    tokenizer: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
    layers: { type: 'string', default: '4' },
    hidden: { type: 'string', default: '256' },
    heads: { type: 'string', default: '4' },
    batch: { type: 'string', default: '16' },
    updates: { type: 'string', default: '60' },
  },
});
const updates = Number(values.updates);
const configuration = pretrainingSchema.parse({
  objective: 'causal',
  text: [values.text],
  tokenizer: values.tokenizer,
  layers: Number(values.layers),
  hiddenSize: Number(values.hidden),
  heads: Number(values.heads),
  batchSize: Number(values.batch),
  dropout: 0,
  tokens: 1,
});
const { length, batchSize, heldOut, weightDecay, beta2, maxGradientNorm } = configuration;
const schedule = { peak: 1e-3, warmup: 0.1, decay: configuration.decay };

const device = new CpuDevice();
const corpus = await openCorpus({ files: [values.text], separator: 'line', heldOut }, new Monitor());
const { model, objective, load } = await openStart(configuration, undefined);
const { graph, loss } = objective.training();
const { parameters } = await load(device, graph);
await saveModel(join(values.out, 'model'), model, parameters, { architecture: objective.architecture });
const program = await device.createTrainingProgram(graph, loss, parameters, {
  beta1: 0.9,
  beta2,
  epsilon: 1e-8,
  weightDecay: (name) => decayFor(name, weightDecay),
});

const pieces = (text: string) => objective.pieces(model.tokenizer.encode(text));
const done: object[] = [];
let rows: PackedRow[] = [];
for await (const { row } of streamRows(FIRST_ROW, { ...configuration, corpus, pieces, stream: ['bench'] })) {
  rows.push(row);
  if (rows.length < batchSize) continue;
  const batch = objective.prepare(rows, 1, []);
  const learningRate = learningRateOfBudget(done.length / updates, schedule);
  const options = { learningRate, maxGradientNorm, maskSeed: [] };
  const value = await runUpdate(program, [{ number: 0, feeds: () => batch.feeds(1 / batch.predicted) }], options);
  done.push({ learningRate, loss: value, length, weightDecay, beta2, maxGradientNorm, rows });
  console.log(`${done.length} ${value}`);
  rows = [];
  if (done.length === updates) break;
}
await writeJsonLines(join(values.out, 'updates.jsonl'), done);
await device.close();
