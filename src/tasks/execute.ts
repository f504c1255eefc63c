/**
 * Doing a task: from its inputs' folders to its own. One function a kind; each reads what it needs, calls the method's rooms, and writes its
 * result. Nothing that depends on the clock goes into a result, so that equal runs have equal bytes.
 */
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { NULL_CLASS } from '../classification/relation-classifier.ts';
import { asRead, ENTITY_PLACEHOLDERS } from '../corpus/placeholders.ts';
import { arms } from '../dare/arms/arms.ts';
import type { RelationPool } from '../dare/draw.ts';
import { judgeFolds } from '../dare/label-consistency.ts';
import { memberRecordSchema, trainMember } from '../dare/member.ts';
import { scoreArms } from '../dare/score-arms.ts';
import { prepareCorpus, readPreparedCorpus, writePreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { relationPlaceholders } from '../dare/relation-placeholders.ts';
import { writeRandomModel } from '../dare/random-model.ts';
import { kindAt, readJson, writeJson } from '../foundation/files.ts';
import { writeJsonLines } from '../foundation/json-lines.ts';
import { hashOf } from '../foundation/hash.ts';
import type { StreamName } from '../foundation/random.ts';
import { controlOf } from '../generation/control.ts';
import { fineTuneGenerator } from '../generation/fine-tune-generator.ts';
import type { TrainingContext } from '../training/train.ts';
import * as parameters from './parameters.ts';
import { POOL_FILE, readAcceptedPool } from './pool-file.ts';
import { FINGERPRINT_FILE, takeOver } from './same-work.ts';
import { baseOf, inputOf } from './execution.ts';
import type { Execution, Executor } from './execution.ts';
import { poolExecutors } from './execute-pools.ts';
import { engineOf, VERSIONS } from './task.ts';
import type { Task, TaskKind } from './task.ts';

const votesSchema = z.object({
  threshold: z.number(),
  validationF1: z.number(),
  validation: z.array(z.array(z.number())),
  test: z.array(z.array(z.number())),
});

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

const executors: Readonly<Record<TaskKind, Executor>> = {
  ...poolExecutors,

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
    const baseName = await nameOfBase(lora?.base ?? null, base, join(execution.store.folder(task), 'model'));
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
      version: VERSIONS.member,
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

/**
 * What an adapter calls its base. One of this run is named by its way from the adapter, so that the run's folder can be moved; another folder by its full path, for `peft`, which looks from
 * wherever it is started; a name on the hub, and a model that ships, by that.
 * @param given as the user named it; null for one of this run.
 */
async function nameOfBase(given: string | null, folder: string, adapter: string): Promise<string> {
  if (given === null) return relative(adapter, folder);
  return (await kindAt(given)) === 'folder' ? resolve(folder) : given;
}
