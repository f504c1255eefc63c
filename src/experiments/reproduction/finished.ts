/**
 * Runs that an earlier reproduction finished, on this machine or another, taken from its result files so that they need not be done again.
 *
 * A result file stands without the store that made it. Its runs count only where they would come out the same but for a processor's rounding: of the
 * same version, settings, models, corpora and ways of doing the steps. A run that is compared with another is done again unless that comparison stands in the file, because comparing takes its predictions.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../foundation/errors.ts';
import { kindAt, readJson } from '../../foundation/files.ts';
import { VERSION } from '../../foundation/version.ts';
import type { Cell, Experiment, Pair } from './experiment.ts';
import { EXPERIMENTS } from './experiments.ts';
import { experimentResultSchema } from './results.ts';
import type { ExperimentResult, Machine, PairResult, Sources } from './results.ts';
import { differenceOfSources, sourcesWithin } from './sources.ts';
import type { ReproductionSettings } from './settings.ts';

/** What a file must agree with. */
export interface Expected {
  /** With models by their names, as in result files. */
  readonly settings: ReproductionSettings;
  readonly sources: Sources;
}

/** What stands of an experiment. */
export interface Finished {
  readonly cells: ExperimentResult['cells'];
  readonly pairs: ExperimentResult['pairs'];
  readonly machines: readonly Machine[];
  /** Runs in the file that are not asked for. */
  readonly beyond: number;
}

const NOTHING: Finished = { cells: [], pairs: [], machines: [], beyond: 0 };

/** Settings on which no figure depends: how many seeds there are, and how the work is spread. */
const FREE = ['seeds', 'figure1Seeds', 'armsSeeds', 'workers', 'memory', 'checkpointSeconds'] as const;

/** What is asked for of an experiment. */
export interface Asked {
  readonly experiment: Pick<Experiment, 'id' | 'corpora'>;
  readonly cells: readonly Cell[];
  readonly pairs: readonly Pair[];
}

/**
 * Runs of an experiment that its file in `folder` has, as far as they are asked for; and those that it shares with others, where the files of these are of the same settings.
 * @throws UserError where its own file is of another version, other settings, models or corpora.
 */
export async function readFinished(folder: string | undefined, asked: Asked, expected: Expected): Promise<Finished> {
  if (folder === undefined) return NOTHING;
  let finished = await readOwn(folder, asked, expected);
  const { id: own, corpora } = asked.experiment;
  for (const { id } of EXPERIMENTS) {
    const path = join(folder, `${id}.json`);
    if (id === own || (await kindAt(path)) === undefined) continue;
    const file = await readJson(path, experimentResultSchema);
    const sources = sourcesWithin(file.sources, corpora);
    if (differenceFrom({ ...file, sources }, expected) !== undefined) continue;
    const compared = toCompare(asked.pairs, finished.pairs);
    const further = file.cells.filter(
      ({ id: run }) =>
        asked.cells.some((cell) => cell.id === run) &&
        !finished.cells.some((cell) => cell.id === run) &&
        !compared.includes(run),
    );
    if (further.length === 0) continue;
    const machines = [...finished.machines, ...file.machines];
    finished = { ...finished, cells: [...finished.cells, ...further], machines };
  }
  return finished;
}

/** Runs that have to be compared, and so done, since no file says what that comes to. */
const toCompare = (pairs: readonly Pair[], standing: readonly PairResult[]): string[] =>
  pairs
    .filter((pair) => !standing.some((stands) => isOf(pair, stands)))
    .flatMap(({ first, second }) => [first, second]);

async function readOwn(
  folder: string,
  { experiment: { id }, cells, pairs }: Asked,
  expected: Expected,
): Promise<Finished> {
  const path = join(folder, `${id}.json`);
  if ((await kindAt(path)) === undefined) return NOTHING;
  const file = await readJson(path, experimentResultSchema);
  const differs = differenceFrom(file, expected);
  if (differs !== undefined) {
    throw new UserError(`these runs cannot be taken over: they have ${differs}`, {
      where: path,
      remedy: 'give the same, or leave --finished out to do them again',
    });
  }
  const standing = file.pairs.filter((stands) => pairs.some((pair) => isOf(pair, stands)));
  const compared = toCompare(pairs, standing);
  const asked = file.cells.filter(({ id: name }) => cells.some((cell) => cell.id === name));
  const taken = asked.filter(({ id: name }) => !compared.includes(name));
  const beyond = file.cells.length - asked.length;
  return { cells: taken, pairs: standing, machines: taken.length === 0 ? [] : file.machines, beyond };
}

const isOf = ({ name, seed }: Pair, stands: PairResult): boolean => stands.name === name && stands.seed === seed;

function differenceFrom(file: ExperimentResult, { settings, sources }: Expected): string | undefined {
  if (file.versions.dare !== VERSION) return `dare ${file.versions.dare}, and this is ${VERSION}`;
  const free: readonly string[] = FREE;
  const names = (Object.keys(settings) as (keyof ReproductionSettings)[]).filter((name) => !free.includes(name));
  const other = names.find((name) => !isDeepStrictEqual(file.settings[name], settings[name]));
  if (other !== undefined) return `another setting of ${other}`;
  return differenceOfSources(file.sources, sources);
}
