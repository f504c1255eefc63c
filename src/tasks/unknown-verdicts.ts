/** Verdicts that are on no sentence: a slip of the pen, or the sentences were written anew. */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../foundation/files.ts';
import type { RunPlan, Surroundings } from './plan.ts';
import type { TaskStore } from './store.ts';

/** What of a pool's review stands beside its sentences. */
export const REVIEW_FILE = 'review.json';
const reviewSchema = z.object({ unknown: z.array(z.string()) });

/** Ids that are told, at most. */
const SHOWN = 3;

/**
 * What to say of verdicts that are on no sentence, a line for each relation. A relation may have two pools, of sentences that its generator wrote and of given
 * ones: an id is unknown when it is in neither. Nothing is said of a relation of which a pool does not stand yet.
 */
export async function describeUnknownVerdicts(
  { pools, givenPools }: Pick<RunPlan, 'pools' | 'givenPools'>,
  verdicts: Surroundings['verdicts'] = new Map(),
  store: TaskStore,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [place, [relation, own]] of [...verdicts].entries()) {
    const reviewed = [pools[place], givenPools[place]].flatMap((pool) => pool ?? []);
    const stand = await Promise.all(reviewed.map((pool) => store.has(pool)));
    if (own.length === 0 || !stand.every(Boolean)) continue;
    let unknown = own.map(({ id }) => id);
    for (const pool of reviewed) {
      const review = await readJson(join(store.folder(pool), REVIEW_FILE), reviewSchema);
      const here = new Set(review.unknown);
      unknown = unknown.filter((id) => here.has(id));
    }
    if (unknown.length === 0) continue;
    const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : '';
    const ids = `${unknown.slice(0, SHOWN).join(', ')}${more}`;
    lines.push(`verdicts: no synthetic sentence of ${relation} has the id ${ids}; what is said of it changes nothing`);
  }
  return lines;
}
