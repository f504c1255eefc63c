/**
 * One classifier in place of an ensemble (Hinton et al. 2015): it learns the ensemble's mean probabilities on gold and synthetic sentences, instead of labels.
 *
 * The student starts from the first member's weights and has its size; it costs one member where the ensemble costs all. What that loses is measured
 * on the test data, beside the ensemble. What the ensemble says is kept beside the checkpoints: an interrupted distillation goes on with the same.
 */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { fineTuneClassifier } from '../classification/relation-classifier.ts';
import { asRead } from '../corpus/placeholders.ts';
import { checkLearning, describeLosses } from '../dare/collapse.ts';
import { readPreparedCorpus } from '../dare/prepared-corpus.ts';
import { bootstrapDifference } from '../evaluation/bootstrap.ts';
import { fitTemperature } from '../evaluation/calibration.ts';
import { score } from '../evaluation/scores.ts';
import type { Label } from '../evaluation/scores.ts';
import { chooseThreshold, labelOf } from '../evaluation/threshold.ts';
import { kindAt, readJson, writeFileAtomically } from '../foundation/files.ts';
import { hashOf } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { POOL_FILE, readAcceptedSentences } from '../tasks/pool-file.ts';
import { VERSIONS } from '../tasks/task.ts';
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

export interface DistilOptions {
  /** Of the members. */
  readonly arm: string;
  readonly device: Device;
  readonly monitor: Monitor;
  /** Sentences of a batch that are learned from at once; all of it unless given. */
  readonly microBatch: number | undefined;
  /** What an interrupted distillation goes on with lies in it, under a name of its own (`isDistillation`): another one may have been interrupted before. */
  readonly unfinished: string;
}

const UNFINISHED = 'distil-';
const KEY_LENGTH = 12;

/** Whether a name is that of an interrupted distillation. */
export const isDistillation = (name: string): boolean => name.startsWith(UNFINISHED);

/** What the ensemble says of what is taught, and of the test data. */
const teachingSchema = z.object({
  targets: z.array(z.array(z.number())),
  tested: z.array(z.string().nullable()),
});
type Teaching = z.infer<typeof teachingSchema>;

/**
 * Distils an ensemble and writes the student's model folder.
 * @throws Interrupted when the user stops; called again with the same it goes on.
 */
export async function distil(
  run: FinishedRun,
  members: readonly TrainedMember[],
  folder: string,
  { arm, device, monitor, microBatch, unfinished }: DistilOptions,
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
    for (const text of texts) synthetic.push({ text, relation });
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

  const { epochs, batchSize, accumulation, learningRate, warmup, maxGradientNorm, weightDecay } = classifier;
  const { head, maxLength } = classifier;
  const settings = {
    ...{ epochs, batchSize, microBatch, accumulation, learningRate, warmup, maxGradientNorm },
    ...({ decay: 'linear', keep: 'best' } as const),
  };
  const key = hashOf({
    version: VERSIONS.member,
    engine: `${device.name}, ${device.description}, ${device.precision}`,
    // A member's folder is named by a hash of all that it depends on.
    members: members.map((member) => ({ name: basename(dirname(member.folder)), threshold: member.threshold })),
    placeholders: placeholders.map((pair) => ({ ...pair })),
    ...{ settings, seed, head, relations, maxLength, weightDecay, taught, validation, tested },
  });
  const work = join(unfinished, `${UNFINISHED}${key.slice(0, KEY_LENGTH)}`);
  const { targets, tested: ensembleLabels } = await keptAt(join(work, 'teaching.json'), async () => {
    const teacher = await EnsemblePredictor.open(device, members, {
      ...{ relations, placeholders, maxLength, batchSize: 32, monitor },
    });
    try {
      return {
        targets: (await teacher.predict(taught.map(({ text }) => text))).map((said) => [...said.probabilities]),
        tested: (await teacher.predict(tested)).map(({ relation }) => relation),
      };
    } finally {
      await teacher.dispose();
    }
  });

  const training = join(work, 'training');
  await mkdir(training, { recursive: true });
  const { probabilities } = await fineTuneClassifier(
    device,
    {
      base: members[0]!.folder,
      ...{ head, relations, placeholders, validation, maxLength, weightDecay, settings },
      // The members' vocabulary has them.
      addPlaceholderTokens: false,
      training: taught.map((sentence, place) => ({ ...sentence, target: targets[place] })),
      checkpointing: classifier.gradientCheckpointing,
    },
    [validation.map(({ text }) => text), tested],
    folder,
    {
      ...{ stage: 'distil', seed, stream: ['distil'], monitor, folder: training },
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

/** What was worked out before an interruption, or is now. */
async function keptAt(path: string, workOut: () => Promise<Teaching>): Promise<Teaching> {
  if ((await kindAt(path)) === 'file') return readJson(path, teachingSchema);
  const teaching = await workOut();
  await writeFileAtomically(path, JSON.stringify(teaching));
  return teaching;
}
