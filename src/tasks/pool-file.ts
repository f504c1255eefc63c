/** A pool's sentences on disk: one a line, as they were written, with the filters' verdict on each. */
import { z } from 'zod';
import type { PoolSentence } from '../dare/draw.ts';
import { readAllJsonLines } from '../foundation/json-lines.ts';
import { REASONS } from '../generation/filters/filter.ts';

/** Its name in the folder of the pool's task. */
export const POOL_FILE = 'sentences.jsonl';

const pooledSchema = z.object({
  id: z.string(),
  index: z.int(),
  text: z.string(),
  verdict: z.enum(['accepted', ...REASONS]),
  value: z.number().optional(),
  match: z.string().optional(),
  target: z.array(z.number()).optional(),
  /** What a person found and reworded. */
  original: z.string().optional(),
});
/** A sentence of a pool, accepted or not. */
export type StoredSentence = z.infer<typeof pooledSchema>;

/** All sentences of a pool. */
export const readJudgedSentences = (path: string): Promise<StoredSentence[]> => readAllJsonLines(path, pooledSchema);

/** What members draw from. */
export async function readAcceptedPool(path: string): Promise<PoolSentence[]> {
  const judged = await readJudgedSentences(path);
  return judged.flatMap(({ id, text, verdict, target }) => (verdict === 'accepted' ? { id, text, target } : []));
}

/** The sentences that passed the filters, in the order in which they were written; typed placeholders stand for the entities. */
export async function readAcceptedSentences(path: string): Promise<string[]> {
  return (await readAcceptedPool(path)).map(({ text }) => text);
}
