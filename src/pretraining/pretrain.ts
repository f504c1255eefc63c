/**
 * `dare pretrain`: a language model learned from plain text, in a folder.
 *
 * The folder holds what the training depends on (`training.json`), its checkpoints, the learning curve as it grows (`curve.jsonl`), sentences written
 * on the way (`samples.jsonl`), and at the end the model with its card. The same command goes on where an interrupted training stopped.
 */
import { rm } from 'node:fs/promises';
import { resolveModel } from '../checkpoint/hub.ts';
import { modelChain } from '../checkpoint/peft-adapter.ts';
import { explainFileError, UserError } from '../foundation/errors.ts';
import { kindAt, removeScratch, requireReplaceable } from '../foundation/files.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import { hashOf } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { elementCount } from '../graph/tensor.ts';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import { saveModel, specificationsOf } from '../nn/model.ts';
import type { PackedRow } from '../nn/packed-batch.ts';
import type { Device } from '../runtime/device.ts';
import { areFinite } from '../runtime/finite.ts';
import { splitBatch } from '../training/micro-batch.ts';
import { trainByBudget } from '../training/train-by-budget.ts';
import type { BudgetSettings, CurvePoint, StreamBatch, StreamJob } from '../training/train-by-budget.ts';
import { decayFor } from '../training/train.ts';
import { diverged } from '../training/update.ts';
import { complete } from './configuration.ts';
import type { PretrainingConfiguration } from './configuration.ts';
import { openCorpus } from './corpus.ts';
import { HeldOutText, showHeldOut, writeSamples } from './held-out.ts';
import { claimFolder, decisiveSettings, identityOf, isPretraining, microBatchOf } from './identity.ts';
import { hasCard, writeModelCard } from './model-card.ts';
import type { CardOptions } from './model-card.ts';
import { chooseRows } from './memory.ts';
import type { Objective } from './objective.ts';
import { FIRST_ROW, rowPositionSchema, streamRows } from './row-stream.ts';
import type { RowOptions, RowPosition } from './row-stream.ts';
import { dropoutOf, openStart } from './start.ts';
import type { StartingPoint } from './start.ts';
import { countTokens, describeStatistics } from './statistics.ts';
import { TrainingFolder } from './training-folder.ts';
import type { FolderResult } from './training-folder.ts';

export interface PretrainingOptions {
  readonly folder: string;
  readonly device: Device;
  readonly monitor: Monitor;
  /** Models are taken from the cache, never downloaded. */
  readonly offline: boolean;
  readonly card: CardOptions;
}

export interface PretrainingResult extends FolderResult {
  /** The model's folder. */
  readonly model: string;
}

/** Names the training's random streams. */
const STREAM = ['pretrain'] as const;

/** Learning rates where none is given. */
const FROM_RANDOM_WEIGHTS = 1e-3;
const FROM_A_MODEL = 5e-5;

/**
 * Trains, or goes on training, and writes the model.
 * @throws UserError when the input is wrong or the folder holds another training; Interrupted when the user stops.
 * @example
 * const configuration = pretrainingSchema.parse({ objective: 'causal', text: ['abstracts.txt.gz'], tokenizer: 'tokenizers/bpe', hours: 3 });
 * const card = { title: 'GPT-2 small', command: 'a program', notes: undefined };
 * const { model } = await pretrain(configuration, { folder: 'models/gpt2-small', device, monitor, offline: true, card });
 */
export async function pretrain(
  configuration: PretrainingConfiguration,
  options: PretrainingOptions,
): Promise<PretrainingResult> {
  await requireReplaceable(options.folder, { what: 'a pretraining', isOwn: isPretraining, flag: '--out' });
  const unlock = await lockFolder(options.folder);
  try {
    await removeScratch(options.folder);
    return await pretrainIn(new TrainingFolder(options.folder), configuration, options);
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await unlock();
  }
}

async function pretrainIn(
  kept: TrainingFolder,
  configuration: PretrainingConfiguration,
  { folder, device, monitor, offline, card }: PretrainingOptions,
): Promise<PretrainingResult> {
  const { model: start, text: files, documents: separator, heldOut } = configuration;
  const base = start === RANDOM_MODEL ? undefined : await resolveModel(start, { offline, monitor });
  // What an adapter adapts is fetched here, where it is known whether it may be.
  if (base !== undefined) await modelChain(base, { offline, monitor });
  // What does not fit is refused before the text is read, which may take long.
  const startingPoint = await openStart(configuration, base);
  const stage = 'read the text';
  monitor.report({ kind: 'stage', stage });
  const readingFrom = performance.now();
  const corpus = await openCorpus({ files, separator, heldOut }, monitor);
  const { model, objective } = startingPoint;
  // Parts of another size round differently: what was begun goes on with its own, however much memory there is now, unless the user says otherwise.
  const stageThere = await kept.stage();
  const { batchSize } = configuration;
  const begunWith = stageThere === 'empty' ? undefined : ((await microBatchOf(folder)) ?? batchSize);
  const rowsAtOnce =
    configuration.microBatch === null && begunWith !== undefined
      ? begunWith
      : chooseRows(objective, complete(configuration), device, monitor);
  const identityRows = begunWith ?? rowsAtOnce;
  const microBatch = identityRows < batchSize ? identityRows : null;
  const identity = await identityOf({ ...configuration, microBatch }, corpus, base);
  const unlessGiven = {
    learningRate: base === undefined ? FROM_RANDOM_WEIGHTS : FROM_A_MODEL,
    positions: base === undefined ? configuration.length : null,
    dropout: dropoutOf(model.config) ?? null,
  };
  const key = hashOf(await claimFolder(folder, identity, stageThere, unlessGiven));
  if (stageThere === 'empty') await kept.forgetAttempt();
  if (stageThere === 'begun' && begunWith !== rowsAtOnce)
    monitor.note(`rows at once were ${begunWith}, now ${rowsAtOnce}: the weights will differ in their last digits`);
  const pieces = (text: string) => objective.pieces(model.tokenizer.encode(text));
  const statistics = await kept.statistics(key, () => countTokens(corpus, model.tokenizer, objective, stage, monitor));
  const { documents, words } = corpus;
  const seconds = (performance.now() - readingFrom) / 1000;
  monitor.report({ kind: 'done', stage, seconds, figures: { documents, words } });
  for (const note of describeStatistics(statistics, corpus, configuration)) monitor.note(note);
  const { missingBytes } = model.tokenizer;
  if (missingBytes > 0) {
    monitor.note(
      `the vocabulary lacks ${missingBytes} of the 256 bytes: characters written with them are left out of the text`,
    );
  }

  const budgetSettings = settingsOf(configuration, unlessGiven.learningRate);
  const writeCard = async (used: number, curve: readonly CurvePoint[], dtype: string | null): Promise<void> =>
    writeModelCard(kept.model, {
      ...card,
      config: model.config,
      settings: decisiveSettings(identity, configuration, {
        learningRate: budgetSettings.schedule.peak,
        dropout: configuration.dropout ?? dropoutOf(model.config),
        dtype,
      }),
      objective: objective.name,
      parameters: specificationsOf(objective.training().graph).reduce((sum, { shape }) => sum + elementCount(shape), 0),
      corpus,
      statistics,
      base: base === undefined ? undefined : start,
      devices: await kept.devices(),
      seconds: used,
      curve,
      samples: objective.name === 'causal' ? await kept.lastSamples() : [],
    });
  const finished = await kept.result();
  if (finished) {
    // Where the process ended between the two.
    await rm(kept.checkpoints, { recursive: true, force: true });
    if ((await kindAt(kept.model)) === undefined) {
      throw new UserError('this training is finished, and its model is not there any more', {
        where: kept.model,
        remedy: 'put it back, or choose another --out to train again',
      });
    }
    monitor.report({ kind: 'cached', stage: 'pretrain' });
    if (!(await hasCard(kept.model))) {
      await writeCard(finished.seconds, await kept.curve(), finished.dtype ?? null);
      monitor.note(
        'finished before: the model and its number format stay as they were written; its card was not there and is written again',
      );
    } else monitor.note('finished before: the model, its number format and its card stay as they were written');
    return { model: kept.model, ...finished };
  }
  const sizes = { ...configuration, rowsAtOnce };
  const held = new Resources();
  try {
    const training = await openTraining(startingPoint, sizes, corpus.heldOutTexts, device, monitor, held);
    const { parameters, program, heldOutText } = training;
    const runsOn = `${device.name}: ${device.description}`;
    const ranOn = (await kept.devices()).at(-1);
    if (ranOn !== undefined && ranOn !== runsOn) {
      monitor.note(
        `ran on ${ranOn}, goes on with ${runsOn}: the last digits will differ from those of one device alone`,
      );
    }
    await kept.runsOn(runsOn);
    const measure: StreamJob<RowPosition>['evaluate'] = async (update, onProgress) => {
      const figures = await heldOutText.measure(monitor, (part) =>
        onProgress({ percentMeasured: Math.round(100 * part) }),
      );
      // The training says so with its next update; a model that has diverged writes nothing.
      if (!areFinite(Object.values(figures))) return figures;
      const isCausal = objective.name === 'causal';
      const samples = isCausal
        ? await writeSamples(device, model, parameters, configuration)
        : await heldOutText.fillIn(model.tokenizer, configuration.samples);
      if (samples.length > 0) await kept.addSamples({ update, texts: samples });
      monitor.tell(`after ${update} updates, on held-out text: ${showHeldOut(figures)}`);
      for (const text of samples) monitor.tell(`${isCausal ? 'it writes' : 'it fills in'}: ${text}`);
      return figures;
    };
    monitor.report({ kind: 'stage', stage: 'pretrain' });
    const rows = { ...sizes, corpus, pieces, stream: STREAM };
    const { curve, ...outcome } = await trainByBudget<RowPosition>(
      program,
      parameters,
      {
        start: FIRST_ROW,
        position: rowPositionSchema,
        batches: (from) => streamBatches(from, objective, rows),
        evaluate: measure,
        record: (points) => kept.writeCurve(points),
      },
      budgetSettings,
      key,
      {
        stage: 'pretrain',
        seed: configuration.seed,
        stream: STREAM,
        monitor,
        folder: kept.checkpoints,
        checkpointSeconds: configuration.checkpointSeconds,
      },
    );
    const figures = curve.findLast((point) => point.heldOut !== undefined)?.heldOut ?? {};
    // The last update's loss is that of the weights before it.
    if (!areFinite(Object.values(figures))) {
      const { schedule, maxGradientNorm } = budgetSettings;
      throw diverged('pretrain', outcome.updates - 1, { learningRate: schedule.peak, maxGradientNorm });
    }
    const { architecture } = objective;
    await saveModel(kept.model, model, parameters, { architecture, format: configuration.dtype });
    await writeCard(outcome.seconds, curve, configuration.dtype);
    const result = { ...outcome, heldOut: figures, dtype: configuration.dtype };
    await kept.finish(result);
    await rm(kept.checkpoints, { recursive: true, force: true });
    monitor.report({ kind: 'done', stage: 'pretrain', seconds: outcome.seconds, figures });
    return { model: kept.model, ...result };
  } finally {
    await held.dispose();
  }
}

/** Puts the weights on the device, and makes the programs that train and measure them. @param held is given them all. */
async function openTraining(
  { model, objective, load }: StartingPoint,
  configuration: PretrainingConfiguration & { readonly rowsAtOnce: number },
  heldOutTexts: readonly string[],
  device: Device,
  monitor: Monitor,
  held: Resources,
) {
  const { graph, loss } = objective.training(configuration.gradientCheckpointing);
  const { parameters, initialized, superfluous } = await load(device, graph);
  held.add(parameters);
  if (initialized.length > 0) monitor.note(`not in the model, from random weights: ${initialized.join(', ')}`);
  if (superfluous.length > 0)
    monitor.note(`not part of this objective, and not in the new model: ${superfluous.join(', ')}`);
  const optimizer = {
    ...{ beta1: 0.9, beta2: configuration.beta2, epsilon: 1e-8 },
    weightDecay: (name: string) => decayFor(name, configuration.weightDecay),
  };
  const program = held.add(await device.createTrainingProgram(graph, loss, parameters, optimizer));
  const { tokenizer } = model;
  const heldOutText = held.add(
    await HeldOutText.create(device, parameters, heldOutTexts, tokenizer, objective, configuration),
  );
  return { parameters, program, heldOutText };
}

function settingsOf(configuration: PretrainingConfiguration, rateUnlessGiven: number): BudgetSettings {
  const { learningRate, warmup, decay, tokens, hours, accumulation, maxGradientNorm, evaluations } = configuration;
  const peak = learningRate ?? rateUnlessGiven;
  return {
    accumulation,
    maxGradientNorm,
    evaluations,
    schedule: { peak, warmup, decay },
    budget: { tokens: tokens ?? undefined, seconds: hours === null ? undefined : hours * 3600 },
  };
}

/** Batches of rows; how their tokens are masked depends on their place in the stream alone. */
async function* streamBatches(
  from: RowPosition,
  objective: Objective,
  options: RowOptions & { readonly batchSize: number; readonly rowsAtOnce: number },
): AsyncGenerator<StreamBatch<RowPosition>> {
  const { batchSize, rowsAtOnce, length } = options;
  const places = Array.from({ length: batchSize }, (_, place) => place);
  const parts = splitBatch(places, rowsAtOnce, new Array<number>(batchSize).fill(length));
  let rows: PackedRow[] = [];
  for await (const { row, next } of streamRows(from, options)) {
    rows.push(row);
    if (rows.length < batchSize) continue;
    const place = [next.pass, next.window, next.row];
    const batch = objective.prepare(rows, options.seed, [...options.stream, 'batch', ...place]);
    yield {
      tokens: rows.flat().reduce((sum, piece) => sum + piece.length, 0),
      weight: batch.predicted,
      parts: (totalWeight) =>
        parts.map(({ examples, part }) => ({ feeds: () => batch.feeds(1 / totalWeight, examples), part })),
      next,
    };
    rows = [];
  }
}
