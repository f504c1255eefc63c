/**
 * A run as tasks: from a configuration to what must be done, in the words of Algorithm 1.
 *
 * The relations are known only once the corpus is read; so the corpus's task comes first, and the rest is planned from its result.
 */
import { arms } from '../dare/arms/arms.ts';
import type { Arm } from '../dare/arms/arms.ts';
import { armsOf } from '../dare/configuration.ts';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { drawSize } from '../dare/draw.ts';
import { generatorEpochs } from '../dare/generator-epochs.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PersonsVerdict } from '../dare/verdicts.ts';
import type { Json } from '../foundation/hash.ts';
import type { FilterParameters } from './parameters.ts';
import { classifierSettings, loraParameters, textSettings, trainingSettings } from './task-settings.ts';
import { makeTask } from './task.ts';
import type { Task } from './task.ts';

/** What a model runs on, as far as results depend on it. */
export interface Engine {
  /** Device, processor and library version. */
  readonly engine: string;
  readonly threads: number;
}

/** Examples that trainings run at once, where these are fewer than a batch. */
export interface MicroBatches {
  readonly generator?: number | undefined;
  readonly classifier?: number | undefined;
}

/** What a run's results depend on beside its configuration. */
export interface Surroundings {
  /** Hash of the corpus's files, and of those that its settings name. */
  readonly corpus: string;
  /** What the models of a kind are trained on, and what they write and judge on, whose precision may be another. */
  readonly engines: Readonly<Record<'generator' | 'classifier' | 'sampling' | 'judging', Engine>>;
  /** Folders of pretrained models with the hash of their files; `undefined` where a model starts from random weights. */
  readonly generator: { readonly folder: string; readonly hash: string } | undefined;
  readonly classifier: { readonly folder: string; readonly hash: string } | undefined;
  /** The file of sentences from elsewhere. */
  readonly pool?: { readonly path: string; readonly hash: string } | undefined;
  /** What people said, by relation. */
  readonly verdicts?: ReadonlyMap<string, readonly PersonsVerdict[]> | undefined;
  /** Examples run at once by trainings of which memory does not hold a batch. */
  readonly microBatches?: MicroBatches;
  /** Sentences written at once, where that may change them: on a GPU, whose kernels are chosen by the number of rows and may round differently. */
  readonly decisiveSamplingBatch?: number | undefined;
}

export function corpusTask(
  { corpus, seed, cv, cvFold }: RunConfiguration,
  surroundings: Pick<Surroundings, 'corpus'>,
): Task {
  const fold = cv !== null && cvFold !== null ? { number: cvFold, of: cv } : null;
  return makeTask('corpus', 'corpus', { ...corpus, hash: surroundings.corpus, seed, fold });
}

export interface RunPlan {
  /** By relation: what generators wrote, and what was given. */
  readonly pools: readonly Task[];
  readonly givenPools: readonly Task[];
  /** Measures of all of these. */
  readonly quality: readonly Task[];
  readonly members: Readonly<Partial<Record<Arm, readonly Task[]>>>;
  readonly scores: Task;
}

/** Tokens of a shared generator's control, at most: room for it in a model from random weights. */
const LONGEST_CONTROL = 8;

/** What asks no model has the same result on any. */
const NO_ENGINE = { engine: null, threads: 1 };

/** Plans everything behind the corpus. */
export function planRun(
  configuration: RunConfiguration,
  corpus: Task,
  prepared: Pick<PreparedCorpus, 'relations' | 'train'>,
  surroundings: Surroundings,
): RunPlan {
  const { seed, ensemble, generator, sampling, filter, classifier } = configuration;
  const { engines, microBatches } = surroundings;

  const base = (kind: 'gpt2' | 'bert'): { inputs: Record<string, Task>; pretrained: Json } => {
    const section = kind === 'gpt2' ? generator : classifier;
    const found = kind === 'gpt2' ? surroundings.generator : surroundings.classifier;
    if (section.model !== RANDOM_MODEL) return { inputs: {}, pretrained: found ? { ...found } : null };
    const { layers, hiddenSize, heads, vocabulary } = section;
    const written = sampling.maxTokens + 1 + (generator.shared ? LONGEST_CONTROL : 0);
    const maxLength = kind === 'gpt2' ? Math.max(section.maxLength, written) : section.maxLength;
    const parameters = { kind, layers, hiddenSize, heads, vocabulary, maxLength, seed };
    return { inputs: { base: makeTask('random-model', `random ${kind}`, parameters, { corpus }) }, pretrained: null };
  };

  const classifierBase = base('bert');
  const filtering = filteringOf(configuration, corpus, classifierBase, surroundings);
  /** A pool after what people said of it. */
  const reviewed = (relation: string, pool: Task): Task => {
    const verdicts = surroundings.verdicts?.get(relation) ?? [];
    if (verdicts.length === 0) return pool;
    const parameters = {
      relation,
      verdicts: verdicts.map((verdict) => ({ ...verdict })),
      filter: textSettings(filter),
    };
    return makeTask('reviewed-pool', `reviewed ${pool.name}`, parameters, { corpus, pool });
  };
  const goldCount = (relation: string) => prepared.train.filter((example) => example.relation === relation).length;
  const wantsPools = usesPools(configuration);
  const generatorBase = base('gpt2');
  const lora = loraParameters(generator);
  const epochsFor = (relation: string | null) =>
    generatorEpochs(generator, relation === null ? prepared.train.length : goldCount(relation));
  const tunedFor = (relation: string | null) =>
    makeTask(
      'generator',
      relation === null ? 'shared generator' : `generator ${relation}`,
      {
        relation,
        seed,
        ...engines.generator,
        pretrained: generatorBase.pretrained,
        settings: { ...trainingSettings(generator, microBatches?.generator), epochs: epochsFor(relation) },
        lora,
      },
      { corpus, ...generatorBase.inputs },
    );
  // A shared generator learned from every sentence.
  const learned = generator.shared && { learned: 'all' };
  const pools = (wantsPools ? prepared.relations : []).map((relation) => {
    const tuned = tunedFor(generator.shared ? null : relation);
    // METHOD: a pool holds poolFactor · max(1, r) · |D_c| accepted sentences; runs that share pools name the largest r.
    const ratio = Math.max(1, ensemble.ratio, sampling.poolRatio ?? 0);
    const wanted = Math.ceil(sampling.poolFactor * drawSize(goldCount(relation), ratio));
    // On a processor the batch changes no sentence and is no part of the task.
    const { decisiveSamplingBatch: samplingBatch } = surroundings;
    const { temperature, topK, topP, minP, repetitionPenalty, maxWords, maxTokens, attempts } = sampling;
    const parameters = {
      relation,
      seed,
      ...engines.sampling,
      controlled: generator.shared,
      adapted: lora && { pretrained: generatorBase.pretrained },
      wanted,
      maxAttempts: Math.ceil(wanted * attempts),
      sampling: { temperature, topK, topP, minP, repetitionPenalty, maxWords, maxTokens },
      ...(samplingBatch !== undefined && { samplingBatch }),
      filter: { ...filtering.parameters, ...learned },
    };
    const adaptedBase = lora ? generatorBase.inputs : {};
    const inputs = { corpus, generator: tuned, ...adaptedBase, ...filtering.inputs };
    return reviewed(relation, makeTask('pool', `pool ${relation}`, parameters, inputs));
  });

  const givenPools = (surroundings.pool ? prepared.relations : []).map((relation) => {
    const asks = Object.keys(filtering.inputs).length > 0 || filtering.parameters.perplexity !== null;
    const parameters = {
      relation,
      seed,
      ...(asks ? engines.judging : NO_ENGINE),
      file: { ...surroundings.pool! },
      filter: filtering.parameters,
    };
    return reviewed(
      relation,
      makeTask('given-pool', `given pool ${relation}`, parameters, { corpus, ...filtering.inputs }),
    );
  });
  const poolsOf = (arm: Arm): readonly Task[] =>
    arms[arm].pools === 'generated' ? pools : arms[arm].pools === 'given' ? givenPools : [];

  const member = (given: Arm, index: number): Task => {
    const options = arms[given].optionsOf(configuration.arms[given]);
    const usesRatio = arms[given].usesRatio(options);
    // Nothing is added: these are the gold arm's members.
    const arm = usesRatio && ensemble.ratio === 0 ? 'gold' : given;
    return makeTask(
      'member',
      `${arm} member ${index + 1}`,
      {
        arm,
        member: index,
        seed,
        ...engines.classifier,
        pretrained: classifierBase.pretrained,
        settings: classifierSettings(classifier, microBatches?.classifier),
        ratio: arm === given && usesRatio ? ensemble.ratio : null,
        options: arm === given ? options : {},
        retries: ensemble.retries,
        keepWeights: classifier.keepWeights,
      },
      {
        corpus,
        ...classifierBase.inputs,
        ...Object.fromEntries(poolsOf(arm).map((pool, place) => [`pool ${place}`, pool])),
      },
    );
  };
  const compared = armsOf(configuration).map(({ arm, size }) => ({
    arm,
    tasks: Array.from({ length: size }, (_, index) => member(arm, index)),
  }));
  const all = compared.flatMap(({ arm, tasks }) =>
    tasks.map((task, index): [string, Task] => [`${arm} ${index}`, task]),
  );
  const scores = makeTask(
    'scores',
    'scores',
    { seed, arms: compared.map(({ arm, tasks }) => ({ arm, size: tasks.length })) },
    { corpus, ...Object.fromEntries(all) },
  );
  const quality = [...pools, ...givenPools].map((pool, place) => {
    const relation = prepared.relations[place % prepared.relations.length]!;
    const untuned = surroundings.generator ? { ...surroundings.generator } : null;
    const isGenerated = place < pools.length;
    const parameters = {
      ...{ relation, seed, untuned },
      ...(untuned ? engines.sampling : NO_ENGINE),
      ...(isGenerated && learned),
    };
    return makeTask('quality', `quality ${pool.name.replace(/^(reviewed )?/, '').replace(/^pool /, '')}`, parameters, {
      corpus,
      pool,
    });
  });
  const members = Object.fromEntries(compared.map(({ arm, tasks }) => [arm, tasks]));
  return { pools, givenPools, quality, members, scores };
}

/** Whether generators are needed at all. */
export function usesPools({ ensemble }: RunConfiguration): boolean {
  return ensemble.arms.some((arm) => arms[arm].pools === 'generated') && ensemble.ratio > 0;
}

/** What the filters of all pools are told, and the classifiers that they ask. */
function filteringOf(
  { filter, classifier, generator, seed, ensemble }: RunConfiguration,
  corpus: Task,
  base: { inputs: Record<string, Task>; pretrained: Json },
  surroundings: Surroundings,
): { parameters: FilterParameters; inputs: Record<string, Task> } {
  const { consistency: mode, consistencyThreshold, judges, perplexityBand } = filter;
  const { placeholders, maxLength } = classifier;
  const inputs: Record<string, Task> = {};
  for (let fold = 0; mode !== 'off' && fold < judges; fold++) {
    const settings = classifierSettings(classifier, surroundings.microBatches?.classifier);
    const parameters = {
      fold,
      folds: judges,
      seed,
      ...surroundings.engines.classifier,
      pretrained: base.pretrained,
      settings,
      retries: ensemble.retries,
    };
    inputs[`judge ${fold}`] = makeTask('judge', `judge ${fold + 1}`, parameters, { corpus, ...base.inputs });
  }
  // What the soft labels do not depend on changes no key.
  const threshold = mode === 'drop' ? consistencyThreshold : 1;
  const untuned = generator.model === RANDOM_MODEL ? undefined : surroundings.generator;
  return {
    parameters: {
      ...textSettings(filter),
      consistency: mode === 'off' ? null : { mode, threshold, judges, placeholders, maxLength },
      perplexity: perplexityBand === null ? null : { band: perplexityBand, untuned: untuned ? { ...untuned } : null },
    },
    inputs,
  };
}
