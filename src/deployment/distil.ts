/**
 * One classifier in place of an ensemble (Hinton et al. 2015): it learns the ensemble's mean probabilities on gold and synthetic sentences, instead of labels.
 *
 * The student starts from the first member's weights and has its size; it costs one member where the ensemble costs all. What that loses is measured
 * on the test data, beside the ensemble.
 */
import { join } from 'node:path';
import { fineTuneClassifier } from '../classification/relation-classifier.ts';
import { asRead } from '../corpus/placeholders.ts';
import { checkLearning, describeLosses } from '../dare/collapse.ts';
import { readPreparedCorpus } from '../dare/prepared-corpus.ts';
import { bootstrapDifference } from '../evaluation/bootstrap.ts';
import { fitTemperature } from '../evaluation/calibration.ts';
import { score } from '../evaluation/scores.ts';
import type { Label } from '../evaluation/scores.ts';
import { chooseThreshold, labelOf } from '../evaluation/threshold.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { POOL_FILE, readAcceptedSentences } from '../tasks/pool-file.ts';
import { EnsemblePredictor } from './ensemble-predictor.ts';
import type { FinishedRun, TrainedMember } from './finished-run.ts';

/** A student, and what it lost. */
export interface Distillation {
  /** A relation counts from this probability on. */
  readonly threshold: number;
  /** Sentences that it learned from, gold and synthetic. */
  readonly sentences: number;
  /** Micro-F1 on the run's test data. */
  readonly f1: number;
  readonly ensembleF1: number;
  /** The ensemble's micro-F1 minus the student's. */
  readonly loss: number;
  /** 95% paired bootstrap interval of the loss, by document. */
  readonly lossInterval: readonly [number, number];
  /** The student says no more than how frequent the classes are (collapse.ts). */
  readonly learnedNothing: boolean;
  /** Makes the student's probabilities mean what they say; fitted on validation data. */
  readonly temperature: number;
}

/**
 * Distils an ensemble and writes the student's model folder.
 * @param work where the training keeps its checkpoints.
 */
export async function distil(
  run: FinishedRun,
  members: readonly TrainedMember[],
  folder: string,
  { arm, device, monitor, work }: { arm: string; device: Device; monitor: Monitor; work: string },
): Promise<Distillation> {
  const { configuration, traits, placeholders, index } = run;
  const { relations } = traits;
  const { seed, classifier } = configuration;
  const corpus = await readPreparedCorpus(index.corpus);
  const forClassifier = (text: string): string => asRead(text, traits.placeholders, placeholders);
  const labelPlace = (relation: Label): number => (relation === null ? relations.length : relations.indexOf(relation));
  const synthetic: { text: string; relation: Label }[] = [];
  // Labels are the teacher's, so that any ensemble may teach on what the generators wrote; one of given sentences teaches on those.
  const pools = arm === 'pool' ? index.given : index.pools;
  for (const [relation, pool] of Object.entries(pools)) {
    const texts = await readAcceptedSentences(join(pool, POOL_FILE));
    synthetic.push(...texts.map((text) => ({ text, relation })));
  }
  const taught = [...corpus.train, ...synthetic].map(({ text, relation }) => ({
    text: forClassifier(text),
    label: labelPlace(relation),
  }));
  const validation = corpus.validation.map(({ text, relation }) => ({
    text: forClassifier(text),
    label: labelPlace(relation),
  }));
  const tested = corpus.test.map(({ text }) => forClassifier(text));

  const teacher = await EnsemblePredictor.open(device, members, {
    ...{ relations, placeholders, maxLength: classifier.maxLength, batchSize: 32, monitor },
  });
  let targets: number[][];
  let ensembleLabels: Label[];
  try {
    targets = (await teacher.predict(taught.map(({ text }) => text))).map(({ probabilities }) => [...probabilities]);
    ensembleLabels = (await teacher.predict(tested)).map(({ relation }) => relation);
  } finally {
    await teacher.dispose();
  }

  const { epochs, batchSize, accumulation, learningRate, warmup, maxGradientNorm, weightDecay } = classifier;
  const { probabilities } = await fineTuneClassifier(
    device,
    {
      base: members[0]!.folder,
      head: classifier.head,
      ...{ relations, placeholders, validation, weightDecay },
      // The members' vocabulary has them.
      addPlaceholderTokens: false,
      training: taught.map((sentence, place) => ({ ...sentence, target: targets[place] })),
      maxLength: classifier.maxLength,
      settings: {
        ...{ epochs, batchSize, accumulation, learningRate, warmup, maxGradientNorm },
        ...{ decay: 'linear', keep: 'best' },
      },
      checkpointing: classifier.gradientCheckpointing,
    },
    [validation.map(({ text }) => text), tested],
    folder,
    {
      ...{ stage: 'distil', seed, stream: ['distil'], monitor, folder: work },
      checkpointSeconds: configuration.checkpointSeconds,
    },
  );
  const [ofValidation = [], ofTest = []] = probabilities;
  const validationLabels = corpus.validation.map(({ relation }) => relation);
  const check = checkLearning(
    ofValidation,
    validationLabels.map(labelPlace),
    // How much of each class the teacher says that there is.
    targets.reduce((sums, row) => sums.map((sum, place) => sum + row[place]!)),
  );
  if (check.collapsed) monitor.note(`distil: the student learned nothing (${describeLosses(check)}): use the ensemble`);

  const { threshold } = chooseThreshold(ofValidation, validationLabels, relations);
  const gold = corpus.test.map(({ relation }) => relation);
  const labels = ofTest.map((row) => labelOf(row, relations, threshold));
  const { difference, interval } = bootstrapDifference(gold, labels, ensembleLabels, {
    documents: corpus.test.map(({ document }) => document),
    seed,
  });
  return {
    ...{ threshold, sentences: taught.length },
    f1: score(gold, labels, relations).f1,
    ensembleF1: score(gold, ensembleLabels, relations).f1,
    loss: difference,
    lossInterval: interval,
    learnedNothing: check.collapsed,
    temperature: fitTemperature(ofValidation, validationLabels, relations),
  };
}
