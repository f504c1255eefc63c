/**
 * What a finished run left and where: `run.json`, with paths below the run's folder or beside it.
 *
 * Who puts a run to use (predictions, exports) finds its parts here, without planning the run again: the corpus may have moved since, and the
 * library may be another version.
 */
import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, writeJson } from '../foundation/files.ts';
import { CROSS_VALIDATION_FILE, refuseFolds } from './folds.ts';
import type { RunPlan } from './plan.ts';
import { requireFormat, RUN_FORMAT } from './run-format.ts';
import type { TaskStore } from './store.ts';
import { inOrder } from './task.ts';
import type { Task } from './task.ts';

export const INDEX_FILE = 'run.json';

/** A run's settings in its folder: those of its results once it has some, so that the two stay together when other settings are tried there. */
export const CONFIGURATION_FILE = 'configuration.yaml';

/** All that is looked at before the format is known; the first had none. */
const formatSchema = z.looseObject({ format: z.int().default(1) });

const indexSchema = z.object({
  corpus: z.string(),
  /** By relation; one for all where it is shared. Their weights may have been deleted. */
  generators: z.record(z.string(), z.string()).default({}),
  /** By relation. */
  pools: z.record(z.string(), z.string()),
  /** Sentences from elsewhere (`--pool`), judged; by relation. */
  given: z.record(z.string(), z.string()).default({}),
  /** By arm, in the order of the ensemble. */
  members: z.record(z.string(), z.array(z.string())),
});

/** Folders of a run's results. */
export type RunIndex = z.infer<typeof indexSchema>;

/** Writes the index of a run whose tasks are all done; a cross-validation that was in the folder is its result no more. */
export async function writeRunIndex(
  folder: string,
  store: TaskStore,
  corpus: Task,
  plan: RunPlan,
  relations: readonly string[],
): Promise<void> {
  const place = (task: Task): string => relative(folder, store.folder(task)).split(sep).join('/');
  const index: RunIndex = {
    corpus: place(corpus),
    generators: Object.fromEntries(
      plan.pools.flatMap((pool, number) => {
        const generator = inOrder([pool]).find(({ kind }) => kind === 'generator');
        return generator ? [[relations[number]!, place(generator)]] : [];
      }),
    ),
    pools: Object.fromEntries(plan.pools.map((pool, number) => [relations[number]!, place(pool)])),
    given: Object.fromEntries(plan.givenPools.map((pool, number) => [relations[number]!, place(pool)])),
    members: Object.fromEntries(
      Object.entries(plan.members)
        .filter(([, members]) => members.length > 0)
        .map(([arm, members]) => [arm, members.map(place)]),
    ),
  };
  await writeJson(join(folder, INDEX_FILE), { format: RUN_FORMAT, ...index });
  await rm(join(folder, CROSS_VALIDATION_FILE), { force: true });
}

/** A folder's run is its result no more; what its tasks left stays. */
export const dropRunIndex = (folder: string): Promise<void> => rm(join(folder, INDEX_FILE), { force: true });

/** Whether a folder holds a finished run. */
export const holdsRun = async (folder: string): Promise<boolean> => (await kindAt(join(folder, INDEX_FILE))) === 'file';

/** The index of a run, with paths that can be opened. @throws UserError where the folder holds no finished run, or one of another version. */
export async function readRunIndex(folder: string): Promise<RunIndex> {
  const path = join(folder, INDEX_FILE);
  if (!(await holdsRun(folder))) {
    await refuseFolds(folder);
    throw new UserError('no finished run is here', {
      where: folder,
      remedy: 'name the folder that dare run was given with --out, after the run has ended',
    });
  }
  requireFormat((await readJson(path, formatSchema)).format, folder);
  const { corpus, generators, pools, given, members } = await readJson(path, indexSchema);
  const found = (place: string): string => join(folder, place);
  const foundAll = (places: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(places).map(([relation, place]) => [relation, found(place)]));
  return {
    corpus: found(corpus),
    generators: foundAll(generators),
    pools: foundAll(pools),
    given: foundAll(given),
    members: Object.fromEntries(Object.entries(members).map(([arm, places]) => [arm, places.map(found)])),
  };
}
