/**
 * A finished run, opened to be put to use: what its relations are, how its classifiers read, and where their weights lie.
 */
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ENTITY_PLACEHOLDERS } from '../corpus/placeholders.ts';
import type { Placeholders } from '../corpus/placeholders.ts';
import { runConfigurationSchema } from '../dare/configuration.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { readCorpusTraits } from '../dare/prepared-corpus.ts';
import type { CorpusTraits } from '../dare/prepared-corpus.ts';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, readText } from '../foundation/files.ts';
import { CONFIGURATION_FILE, readRunIndex } from '../tasks/run-index.ts';
import type { RunIndex } from '../tasks/run-index.ts';

export interface FinishedRun {
  readonly folder: string;
  readonly configuration: RunConfiguration;
  readonly traits: CorpusTraits;
  readonly index: RunIndex;
  /** What its classifiers read in place of the two entities: one pair for all, or a pair for each pair of types. */
  readonly placeholders: readonly Placeholders[];
}

/** A classifier of an ensemble. */
export interface TrainedMember {
  /** Its model folder. */
  readonly folder: string;
  /** A relation counts from this probability on. */
  readonly threshold: number;
}

const temperatureSchema = z.object({
  arms: z.record(z.string(), z.object({ calibration: z.object({ temperature: z.number().positive() }) })),
});

const thresholdSchema = z.object({ threshold: z.number() });

/** Opens a run's folder. @throws UserError where it holds no finished run. */
export async function openRun(folder: string): Promise<FinishedRun> {
  const index = await readRunIndex(folder);
  const path = join(folder, CONFIGURATION_FILE);
  const document = parseDocument(await readText(path));
  const parsed = runConfigurationSchema.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  if (!parsed.success) {
    throw new UserError('the configuration of this run was changed, or is of another version of dare', {
      where: path,
      remedy: 'run it again with this version',
      cause: document.errors[0] ?? parsed.error,
    });
  }
  const traits = await readCorpusTraits(index.corpus);
  const isTyped = parsed.data.classifier.placeholders === 'typed';
  return {
    folder,
    configuration: parsed.data,
    traits,
    index,
    placeholders: isTyped ? traits.placeholders : [ENTITY_PLACEHOLDERS],
  };
}

/** The arm that is meant where none is named: DARE, or else the first there is. */
export function chosenArm({ folder, index }: FinishedRun, arm?: string): string {
  const arms = Object.keys(index.members);
  const chosen = arm ?? (arms.includes('dare') ? 'dare' : arms[0]);
  if (chosen !== undefined && arms.includes(chosen)) return chosen;
  throw new UserError(chosen === undefined ? 'the run has no ensemble' : `the run has no ensemble "${chosen}"`, {
    where: folder,
    remedy: arms.length > 0 ? `choose one of ${arms.join(', ')} with --arm` : 'run it with at least one arm',
  });
}

/** The classifiers of an ensemble. @throws UserError where the run has no such arm, or did not keep its weights. */
export async function membersOf(run: FinishedRun, arm: string): Promise<TrainedMember[]> {
  return Promise.all(
    run.index.members[chosenArm(run, arm)]!.map(async (member) => {
      const folder = join(member, 'classifier');
      if ((await kindAt(folder)) !== 'folder') {
        throw new UserError(`the weights of the ${arm} classifiers were not kept`, {
          where: run.folder,
          remedy: 'run it again with --classifier-keep-weights; what does not depend on it is not done anew',
        });
      }
      const { threshold } = await readJson(join(member, 'votes.json'), thresholdSchema);
      return { folder, threshold };
    }),
  );
}

/** The temperature that makes the mean probabilities of an ensemble mean what they say, as the run fitted it on its validation data. */
export async function temperatureOf(run: FinishedRun, arm: string): Promise<number> {
  const { arms } = await readJson(join(run.folder, 'scores.json'), temperatureSchema);
  return arms[chosenArm(run, arm)]!.calibration.temperature;
}
