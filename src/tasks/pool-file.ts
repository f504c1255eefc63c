/** A pool's sentences on disk: one a line, as they were written, with the filters' verdict on each. */
import { z } from 'zod';
import { readAllJsonLines } from '../foundation/json-lines.ts';

/** Its name in the folder of the pool's task. */
export const POOL_FILE = 'sentences.jsonl';

const pooledSchema = z.looseObject({ index: z.int(), text: z.string(), verdict: z.string() });

/** A sentence with the filters' verdict, and all else that they noted of it. */
export type StoredSentence = z.infer<typeof pooledSchema>;

/** All sentences of a pool, in the order in which they were written. */
export const readJudgedSentences = (path: string): Promise<StoredSentence[]> => readAllJsonLines(path, pooledSchema);

/** The sentences that passed the filters, in the order in which they were written; typed placeholders stand for the entities. */
export async function readAcceptedSentences(path: string): Promise<string[]> {
  const judged = await readJudgedSentences(path);
  return judged.flatMap(({ text, verdict }) => (verdict === 'accepted' ? text : []));
}
