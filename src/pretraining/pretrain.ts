/**
 * `dare pretrain`: a language model learned from plain text, in a folder.
 *
 * The folder holds what the training depends on (`training.json`), its checkpoints, the learning curve as it grows (`curve.jsonl`), sentences written
 * on the way (`samples.jsonl`), and at the end the model. The same command goes on where an interrupted training stopped; another one is refused there, so that
 * hours of work are not written over by a slip.
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { resolveModel } from '../checkpoint/hub.ts';
import { explainFileError } from '../foundation/errors.ts';
import { lockFolder, readJson, removeScratch, writeJson } from '../foundation/files.ts';
import { hashOf } from '../foundation/hash.ts';
import type { Json } from '../foundation/hash.ts';
import { writeJsonLines } from '../foundation/json-lines.ts';
import type { Monitor } from '../foundation/progress.ts';
import { saveModel } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { trainByBudget } from '../training/train-by-budget.ts';
import type { CurvePoint, StreamBatch } from '../training/train-by-budget.ts';
import { decayFor } from '../training/train.ts';
import { RANDOM_MODEL } from './configuration.ts';
import type { PretrainingConfiguration } from './configuration.ts';
import { openCorpus } from './corpus.ts';
import type { TextCorpus } from './corpus.ts';
import { HeldOutText, writeSamples } from './held-out.ts';
import type { Objective } from './objective.ts';
import { claimFolder, identityOf } from './identity.ts';
import { FIRST_ROW, rowPositionSchema, streamRows } from './row-stream.ts';
import type { RowPosition } from './row-stream.ts';
import { openStart } from './start.ts';
import { countTokens } from './statistics.ts';
import type { TokenStatistics } from './statistics.ts';

export interface PretrainingOptions {
  readonly folder: string;
  readonly device: Device;
  readonly monitor: Monitor;
  /** Models are taken from the cache, never downloaded. */
  readonly offline: boolean;
}

export interface PretrainingResult {
  readonly model: string;
  readonly updates: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Figures on held-out text at the end. */
  readonly heldOut: Readonly<Record<string, number>>;
}

const resultSchema = z.object({
  updates: z.int(),
  tokens: z.int(),
  seconds: z.number(),
  heldOut: z.record(z.string(), z.number()),
});

const STREAM = ['pretrain'] as const;

/**
 * Trains, or goes on training, and writes the model.
 * @throws UserError when the input is wrong or the folder holds another training; Interrupted when the user stops.
 */
export async function pretrain(
  configuration: PretrainingConfiguration,
  { folder, device, monitor, offline }: PretrainingOptions,
): Promise<PretrainingResult> {
  const unlock = await lockFolder(folder);
  try {
    await removeScratch(folder);
    const base =
      configuration.model === RANDOM_MODEL ? undefined : await resolveModel(configuration.model, { offline, monitor });
    const { text: files, documents: separator, heldOut, length, batchSize, seed } = configuration;
    monitor.report({ kind: 'stage', stage: 'read the corpus' });
    const readingFrom = performance.now();
    const corpus = await openCorpus({ files, separator, heldOut }, monitor);
    const identity = await claimFolder(folder, await identityOf(configuration, corpus.hash, base));
    const output = join(folder, 'model');
    const { model, objective, load } = await openStart(configuration, base);
    const statistics = await statisticsOf(folder, corpus, identity, () =>
      countTokens(corpus, model.tokenizer, objective, monitor),
    );
    const { documents, words } = corpus;
    const seconds = (performance.now() - readingFrom) / 1000;
    monitor.report({ kind: 'done', stage: 'read the corpus', seconds, figures: { documents, words } });
    describeText(statistics, configuration, corpus, monitor);
    const finished = join(folder, 'result.json');
    if (await exists(finished)) {
      monitor.report({ kind: 'cached', stage: 'pretrain' });
      return { model: output, ...(await readJson(finished, resultSchema)) };
    }

    const { graph, loss } = objective.training();
    const { parameters, initialized } = await load(device, graph);
    if (initialized.length > 0) monitor.note(`new, from random weights: ${initialized.join(', ')}`);
    const program = await device.createTrainingProgram(graph, loss, parameters, {
      beta1: 0.9,
      beta2: configuration.beta2,
      epsilon: 1e-8,
      weightDecay: (name) => decayFor(name, configuration.weightDecay),
    });
    const heldOutText = await HeldOutText.create(
      device,
      parameters,
      corpus.heldOutTexts,
      model.tokenizer,
      objective,
      configuration,
    );
    try {
      monitor.report({ kind: 'stage', stage: 'pretrain' });
      const samples: { update: number; texts: string[] }[] = [];
      const outcome = await trainByBudget<RowPosition>(
        program,
        parameters,
        {
          start: FIRST_ROW,
          position: rowPositionSchema,
          batches: (from) =>
            streamBatches(from, objective, {
              corpus,
              pieces: (text) => objective.pieces(model.tokenizer.encode(text)),
              length,
              batchSize,
              shuffleBuffer: configuration.shuffleBuffer,
              seed,
            }),
          evaluate: async (update) => {
            const figures = await heldOutText.measure(monitor);
            const texts = await writeSamples(
              device,
              model.config,
              model.tokenizer,
              parameters,
              configuration.samples,
              seed,
            );
            monitor.note(
              `update ${update}: ${Object.entries(figures)
                .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
                .join(', ')} on held-out text`,
            );
            for (const text of texts) monitor.note(`it writes: ${text}`);
            if (texts.length > 0) samples.push({ update, texts });
            return figures;
          },
          record: async (curve) => {
            await writeJsonLines(join(folder, 'curve.jsonl'), curve);
            await writeJsonLines(join(folder, 'samples.jsonl'), samples);
          },
        },
        {
          accumulation: configuration.accumulation,
          schedule: {
            peak: configuration.learningRate ?? (base === undefined ? 1e-3 : 5e-5),
            warmup: configuration.warmup,
            decay: configuration.decay,
          },
          maxGradientNorm: configuration.maxGradientNorm,
          budget: {
            tokens: configuration.tokens ?? undefined,
            seconds: configuration.hours === null ? undefined : configuration.hours * 3600,
          },
          evaluations: configuration.evaluations,
        },
        hashOf(identity),
        {
          stage: 'pretrain',
          seed,
          stream: STREAM,
          monitor,
          folder: join(folder, 'checkpoints'),
          checkpointSeconds: configuration.checkpointSeconds,
        },
      );
      const { updates, tokens, seconds: used, curve } = outcome;
      const figures = lastHeldOut(curve);
      await saveModel(output, model, parameters, {
        architecture: objective.architecture,
        format: configuration.dtype,
      });
      await writeJson(finished, { updates, tokens, seconds: used, heldOut: figures });
      await rm(join(folder, 'checkpoints'), { recursive: true, force: true });
      monitor.report({ kind: 'done', stage: 'pretrain', seconds: used, figures });
      return { model: output, updates, tokens, seconds: used, heldOut: figures };
    } finally {
      await heldOutText.dispose();
      await program.dispose();
      await parameters.dispose();
    }
  } catch (error) {
    throw explainFileError(error);
  } finally {
    await unlock();
  }
}

async function* streamBatches(
  from: RowPosition,
  objective: Objective,
  options: Omit<Parameters<typeof streamRows>[1], 'stream'> & { readonly batchSize: number },
): AsyncGenerator<StreamBatch<RowPosition>> {
  let rows: (readonly (readonly number[])[])[] = [];
  for await (const { row, next } of streamRows(from, { ...options, stream: STREAM })) {
    rows.push(row);
    if (rows.length < options.batchSize) continue;
    const { pass, window, row: place } = next;
    const batch = objective.prepare(rows, options.seed, [...STREAM, 'pass', pass, 'window', window, 'row', place]);
    yield {
      tokens: rows.flat().reduce((sum, piece) => sum + piece.length, 0),
      weight: batch.predicted,
      feeds: (totalWeight) => batch.feeds(1 / totalWeight),
      next,
    };
    rows = [];
  }
}

const statisticsSchema = z.object({
  key: z.string(),
  tokens: z.int(),
  textTokens: z.int(),
  unknown: z.int(),
  cutDocuments: z.int(),
});

/** The statistics, counted once a training. */
async function statisticsOf(
  folder: string,
  corpus: TextCorpus,
  identity: Readonly<Record<string, Json>>,
  count: () => Promise<TokenStatistics>,
): Promise<TokenStatistics> {
  const path = join(folder, 'corpus.json');
  const key = hashOf(identity);
  if (await exists(path)) {
    const known = await readJson(path, statisticsSchema);
    if (known.key === key) return known;
  }
  const statistics = await count();
  const { documents, words, hash } = corpus;
  await writeJson(path, { key, hash, documents, words, ...statistics });
  return statistics;
}

/** A vocabulary that lacks more than this part of the words is worth a warning. */
const MANY_UNKNOWN = 0.01;

function describeText(
  { tokens, textTokens, unknown, cutDocuments }: TokenStatistics,
  { tokens: budget, length }: PretrainingConfiguration,
  corpus: TextCorpus,
  monitor: Monitor,
): void {
  const parts = [`${tokens} tokens a pass, ${(textTokens / corpus.words).toFixed(2)} a word`];
  if (budget !== null) parts.push(`${(budget / tokens).toFixed(1)} passes`);
  if (cutDocuments > 0)
    parts.push(`${cutDocuments} of ${corpus.documents} documents longer than ${length} tokens, cut`);
  monitor.note(parts.join('; '));
  if (unknown === 0) return;
  const share = unknown / textTokens;
  const what = `${unknown} of ${textTokens} tokens (${(100 * share).toPrecision(2)}%) are unknown to the vocabulary`;
  monitor.note(share > MANY_UNKNOWN ? `${what}: it was made for other text, or is too small` : what);
}

function lastHeldOut(curve: readonly CurvePoint[]): Readonly<Record<string, number>> {
  return curve.findLast(({ heldOut }) => heldOut !== undefined)?.heldOut ?? {};
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
