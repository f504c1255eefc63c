/**
 * Doing a task: from its inputs' folders to its own. One function a kind; each reads what it needs, calls the method's rooms, and writes its
 * result. Nothing that depends on the clock goes into a result, so that equal runs have equal bytes.
 */
import { join, relative } from 'node:path';
import { z } from 'zod';
import { NULL_CLASS } from '../classification/relation-classifier.ts';
import { asRead, ENTITY_PLACEHOLDERS } from '../corpus/placeholders.ts';
import { arms } from '../dare/arms/arms.ts';
import type { RelationPool } from '../dare/draw.ts';
import { readGivenPool } from '../dare/given-pool.ts';
import { judgeFolds } from '../dare/label-consistency.ts';
import { filterMaterial, heldOutAlarm, poolFilters } from '../dare/pool-filters.ts';
import { measurePool } from '../dare/pool-quality.ts';
import { applyVerdicts } from '../dare/verdicts.ts';
import { memberRecordSchema, trainMember } from '../dare/member.ts';
import { scoreArms } from '../dare/score-arms.ts';
import { prepareCorpus, readPreparedCorpus, writePreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { relationPlaceholders } from '../dare/relation-placeholders.ts';
import { writeRandomModel } from '../dare/random-model.ts';
import { readJson, writeJson } from '../foundation/files.ts';
import { writeJsonLines } from '../foundation/json-lines.ts';
import { hashOf } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { StreamName } from '../foundation/random.ts';
import { controlOf } from '../generation/control.ts';
import { fineTuneGenerator } from '../generation/fine-tune-generator.ts';
import { perplexities } from '../generation/perplexity.ts';
import { fillPool, judgedByModels, sentenceId } from '../generation/pool.ts';
import type { PoolFilters } from '../generation/pool.ts';
import { countVerdicts } from '../generation/filters/filter.ts';
import type { Judgement } from '../generation/filters/filter.ts';
import { textFilters } from '../generation/filters/filters.ts';
import { SentenceJournal } from '../generation/sentence-journal.ts';
import { SentenceSampler } from '../generation/sentence-sampler.ts';
import { candidatesNeeded } from '../generation/token-sampler.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import type { TrainingContext } from '../training/train.ts';
import type { ExecutionSettings } from './executor.ts';
import * as parameters from './parameters.ts';
import { POOL_FILE, readAcceptedPool, readJudgedSentences } from './pool-file.ts';
import { FINGERPRINT_FILE, takeOver } from './same-work.ts';
import type { TaskStore } from './store.ts';
import { engineOf } from './task.ts';
import type { Task, TaskKind } from './task.ts';

export interface Execution extends Omit<ExecutionSettings, 'store' | 'device' | 'precision'> {
  readonly store: TaskStore;
  readonly device: Device;
  readonly monitor: Monitor;
}

type Executor = (task: Task, output: string, work: string, execution: Execution) => Promise<void>;

const votesSchema = z.object({
  threshold: z.number(),
  validationF1: z.number(),
  validation: z.array(z.array(z.number())),
  test: z.array(z.array(z.number())),
});

function inputOf(task: Task, role: string, { store }: Execution): string {
  const input = task.inputs[role];
  if (!input) throw new Error(`${task.name} has no input '${role}'`);
  return store.folder(input);
}

function trainingContext(
  task: Task,
  work: string,
  seed: number,
  stream: readonly StreamName[],
  execution: Execution,
): TrainingContext {
  const { monitor, checkpointSeconds } = execution;
  return { stage: task.name, seed, stream, monitor, folder: work, checkpointSeconds };
}

/** The model folder that a training starts from. */
function baseOf(task: Task, pretrained: { folder: string } | null, execution: Execution): string {
  return pretrained ? pretrained.folder : join(inputOf(task, 'base', execution), 'model');
}

const executors: Readonly<Record<TaskKind, Executor>> = {
  corpus: async (task, output, _, { monitor }) => {
    const options = parameters.corpusParameters.parse(task.parameters);
    await writePreparedCorpus(output, await prepareCorpus(options, monitor));
  },

  'random-model': async (task, output, _, execution) => {
    const options = parameters.randomModelParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const texts = corpus.train.map(({ text }) =>
      options.kind === 'gpt2' ? text : asRead(text, corpus.placeholders, [ENTITY_PLACEHOLDERS]),
    );
    await writeRandomModel(join(output, 'model'), { ...options, texts });
  },

  generator: async (task, output, work, execution) => {
    const { relation, seed, settings, pretrained, lora } = parameters.generatorParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const { addPlaceholderTokens, maxLength, weightDecay, ...training } = settings;
    const base = baseOf(task, pretrained, execution);
    // A base of this run is named by its way from the adapter, so that the run's folder can be moved.
    const baseName = lora?.base ?? relative(join(execution.store.folder(task), 'model'), base);
    const history = await fineTuneGenerator(
      execution.device,
      {
        base,
        sentences:
          relation === null
            ? corpus.train.map((each) => ({ text: each.text, control: controlOf(each.relation, corpus.relations) }))
            : corpus.train.filter((each) => each.relation === relation).map(({ text }) => ({ text })),
        placeholders: relation === null ? corpus.placeholders : relationPlaceholders(corpus, relation),
        addPlaceholderTokens,
        maxLength,
        weightDecay,
        training: { ...training, decay: 'linear' },
        checkpointing: execution.checkpointing.generator,
        ...(lora && { lora: { ...lora, baseName } }),
      },
      join(output, 'model'),
      trainingContext(task, work, seed, relation === null ? ['generator'] : ['generator', relation], execution),
    );
    await writeJson(join(output, 'history.json'), history);
  },

  pool: async (task, output, work, execution) => {
    const { relation, seed, adapted, controlled, wanted, maxAttempts, sampling, filter } =
      parameters.poolParameters.parse(task.parameters);
    const { device, monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const model = await openGpt2(
      join(inputOf(task, 'generator', execution), 'model'),
      adapted ? { base: baseOf(task, adapted.pretrained, execution) } : {},
    );
    const { parameters: weights } = await loadWeights(
      device,
      model,
      gpt2Decoding(model.config, candidatesNeeded(sampling)),
      {
        trainable: false,
      },
    );
    const sampler = await SentenceSampler.create(
      device,
      model.config,
      model.tokenizer,
      weights,
      { ...sampling, batchSize: execution.samplingBatch ?? undefined, withoutPrompt: controlled },
      controlled ? [controlOf(relation, corpus.relations)] : [''],
    );
    try {
      const request = { stage: task.name, wanted, maxAttempts, seed, stream: ['pool', relation] };
      const { sentences, accepted, attempts, counts, missing, tokens } = await fillPool(
        sampler,
        filtersOf(task, corpus, relation, filter, seed, execution),
        request,
        await SentenceJournal.open(join(work, 'sentences.journal'), monitor),
        monitor,
      );
      if (missing > 0) {
        monitor.note(
          `${task.name}: ${missing} of ${wanted} sentences are missing after ${attempts} attempts (see sampling.attempts)`,
        );
      }
      soundAlarm(task, sentences, monitor);
      await writeJsonLines(join(output, POOL_FILE), sentences);
      await writeJson(join(output, 'summary.json'), { relation, wanted, accepted, missing, attempts, tokens, counts });
    } finally {
      await sampler.dispose();
      await weights.dispose();
    }
  },

  judge: async (task, output, work, execution) => {
    const { fold, folds, seed, settings, retries, pretrained } = parameters.judgeParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const heldOut = new Set(judgeFolds(corpus.train, folds, seed)[fold]);
    const { history, training } = await trainMember(
      execution.device,
      {
        ...classifierTraining(settings, corpus, execution),
        base: baseOf(task, pretrained, execution),
        corpus,
        data: { gold: corpus.train.filter((example) => !heldOut.has(example)), added: [] },
        retries,
      },
      join(output, 'classifier'),
      trainingContext(task, work, seed, ['judge', fold], execution),
    );
    await writeJson(join(output, 'history.json'), history);
    await writeJson(join(output, 'training.json'), training);
  },

  'given-pool': async (task, output, _, execution) => {
    const { relation, seed, file, filter } = parameters.givenPoolParameters.parse(task.parameters);
    const { monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const mainPlaceholders = (name: string) => relationPlaceholders(corpus, name)[0]!;
    const texts = (await readGivenPool(file.path, corpus.relations, mainPlaceholders)).get(relation) ?? [];
    const { text: chain, models } = filtersOf(task, corpus, relation, filter, seed, execution);
    const read = texts.map((text, index) => ({ id: sentenceId(text), index, text, ...chain.judge(text) }));
    const sentences = await judgedByModels(read, models);
    soundAlarm(task, sentences, monitor);
    const counts = countVerdicts(sentences, [...chain.reasons, ...models.flatMap(({ reasons }) => reasons)]);
    await writeJsonLines(join(output, POOL_FILE), sentences);
    await writeJson(join(output, 'summary.json'), {
      relation,
      wanted: texts.length,
      accepted: counts.accepted,
      missing: 0,
      attempts: texts.length,
      tokens: 0,
      counts,
    });
  },

  'reviewed-pool': async (task, output, _, execution) => {
    const { relation, verdicts, filter } = parameters.reviewedPoolParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const folder = inputOf(task, 'pool', execution);
    const filters = textFilters(filter, filterMaterial(corpus, relation));
    const { sentences, ...review } = applyVerdicts(
      await readJudgedSentences(join(folder, POOL_FILE)),
      verdicts,
      filters,
    );
    for (const { id, reason } of review.refused) {
      execution.monitor.note(`${task.name}: sentence ${id} cannot be training data all the same: ${reason}`);
    }
    const summary = await readJson(join(folder, 'summary.json'), z.record(z.string(), z.unknown()));
    const counts = countVerdicts(sentences, []);
    await writeJsonLines(join(output, POOL_FILE), sentences);
    await writeJson(join(output, 'summary.json'), { ...summary, accepted: counts.accepted, counts });
    await writeJson(join(output, 'review.json'), review);
  },

  quality: async (task, output, _, execution) => {
    const { relation, seed, untuned } = parameters.qualityParameters.parse(task.parameters);
    const { device, monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const sentences = await readJudgedSentences(join(inputOf(task, 'pool', execution), POOL_FILE));
    const texts = sentences.map(({ text }) => text);
    const options = { batchSize: 16, monitor, cut: true };
    const scores = untuned ? await perplexities(device, untuned.folder, texts, options) : undefined;
    const { quality, bySentence } = measurePool(relation, sentences, filterMaterial(corpus, relation), seed, scores);
    await writeJson(join(output, 'quality.json'), quality);
    await writeJsonLines(join(output, POOL_FILE), bySentence);
  },

  member: async (task, output, work, execution) => {
    const { engine, threads, arm, member, seed, settings, ratio, options, retries, pretrained, keepWeights } =
      parameters.memberParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const stream = ['member', member];
    const data = arms[arm].trainingData(
      {
        gold: corpus.train,
        relations: corpus.relations,
        placeholders: corpus.placeholders,
        pools: arms[arm].pools ? await readPools(task, corpus, execution) : [],
      },
      { ratio: ratio ?? 0, options },
      { seed, path: [...stream, arm] },
    );
    // True of all members of the arm, and said once.
    if (member === 0) for (const note of data.notes ?? []) execution.monitor.note(`${arm}: ${note}`);
    const { added, classWeights = [] } = data;
    const goldIds = data.gold.map(({ id }) => id);
    const { corpus: corpusTask, base } = task.inputs;
    const fingerprint = hashOf({
      settings: { engine, threads, member, seed, retries, keepWeights, pretrained, ...settings },
      inputs: [corpusTask!.key, base?.key ?? null],
      data: [goldIds, added.map(({ text, relation, target = [] }) => [text, relation, [...target]]), [...classWeights]],
    });
    if (await takeOver(execution.store.folder(task), output, fingerprint)) {
      execution.monitor.note(`${task.name}: has the same training data as before, and keeps its result`);
      return;
    }
    const trained = await trainMember(
      execution.device,
      {
        ...classifierTraining(settings, corpus, execution),
        base: baseOf(task, pretrained, execution),
        corpus,
        data,
        retries,
      },
      keepWeights ? join(output, 'classifier') : undefined,
      trainingContext(task, work, seed, stream, execution),
    );
    const { history, threshold, validationF1, validation, test, training: record } = trained;
    await writeJson(join(output, 'history.json'), history);
    await writeJson(join(output, 'training.json'), record);
    await writeJsonLines(join(output, 'draw.jsonl'), added);
    if (goldIds.length < corpus.train.length) await writeJson(join(output, 'gold.json'), goldIds);
    await writeJson(join(output, FINGERPRINT_FILE), { fingerprint });
    const classes = [...corpus.relations, NULL_CLASS];
    await writeJson(join(output, 'votes.json'), { classes, threshold, validationF1, validation, test });
  },

  scores: async (task, output, _, execution) => {
    const { seed, arms: compared } = parameters.scoresParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const outputs = await Promise.all(
      compared.map(async ({ arm, size }) => ({
        arm,
        members: await Promise.all(
          Array.from({ length: size }, async (_, index) => {
            const folder = inputOf(task, `${arm} ${index}`, execution);
            const votes = await readJson(join(folder, 'votes.json'), votesSchema);
            return { ...votes, record: await readJson(join(folder, 'training.json'), memberRecordSchema) };
          }),
        ),
      })),
    );
    const { scores, predictions } = scoreArms(corpus, outputs, seed);
    await writeJson(join(output, 'scores.json'), scores);
    await writeJsonLines(join(output, 'predictions.jsonl'), predictions);
  },
};

/** What the training of a classifier is told beside what it learns from. */
function classifierTraining(
  settings: z.infer<typeof parameters.memberParameters>['settings'],
  corpus: PreparedCorpus,
  { checkpointing }: Execution,
) {
  const { addPlaceholderTokens, maxLength, weightDecay, head = 'cls', placeholders, ...training } = settings;
  return {
    head,
    placeholders: placeholders === 'entity' ? [ENTITY_PLACEHOLDERS] : corpus.placeholders,
    addPlaceholderTokens,
    maxLength,
    weightDecay,
    settings: { ...training, decay: 'linear', keep: 'best' } as const,
    checkpointing: checkpointing.classifier,
  };
}

function filtersOf(
  task: Task,
  corpus: PreparedCorpus,
  relation: string,
  filter: parameters.FilterParameters,
  seed: number,
  execution: Execution,
): PoolFilters {
  const { device, monitor } = execution;
  return poolFilters(corpus, relation, filter, seed, {
    device,
    monitor,
    judge: (fold) => join(inputOf(task, `judge ${fold}`, execution), 'classifier'),
    untuned: () => baseOf(task, filter.perplexity!.untuned, execution),
  });
}

function soundAlarm(task: Task, sentences: readonly Judgement[], monitor: Monitor): void {
  const alarm = heldOutAlarm(sentences);
  if (alarm) monitor.note(`${task.name}: ${alarm}`);
}

async function readPools(
  task: Task,
  corpus: { relations: string[]; train: readonly { relation: string | null }[] },
  execution: Execution,
): Promise<RelationPool[]> {
  return Promise.all(
    corpus.relations.map(async (relation, place) => {
      const sentences = await readAcceptedPool(join(inputOf(task, `pool ${place}`, execution), POOL_FILE));
      return { relation, sentences, goldCount: corpus.train.filter((example) => example.relation === relation).length };
    }),
  );
}

/** Does a task unless its result is there. Its inputs' results must be. */
export async function executeTask(task: Task, execution: Execution): Promise<void> {
  const { store, monitor } = execution;
  monitor.checkpoint();
  let start: number | undefined;
  await store.complete(task, monitor, async (output, work) => {
    monitor.report({ kind: 'stage', stage: task.name });
    start = performance.now();
    await executors[task.kind](task, output, work, execution);
  });
  if (start === undefined) monitor.report({ kind: 'cached', stage: task.name });
  else {
    const seconds = (performance.now() - start) / 1000;
    const done = { kind: task.kind, device: engineOf(task) };
    monitor.report({ kind: 'done', stage: task.name, seconds, figures: {}, task: done });
  }
}
