/**
 * What people said of synthetic sentences: accept, reject, or another wording.
 *
 * A verdict names its sentence by relation and id, and an id is a hash of the text: after another sampling it is found again where the same sentence was written
 * again, and never falls on another one. People overrule the filters that state a likelihood; no one can make training data of a sentence
 * without its two entities, of a repetition, or of a copy of test data.
 */
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { readJsonLines } from '../foundation/json-lines.ts';
import { FilterChain } from '../generation/filters/filter.ts';
import type { SentenceFilter, Verdict as FilterVerdict } from '../generation/filters/filter.ts';

export const verdictSchema = z.strictObject({
  relation: z.string().min(1),
  id: z.string().min(1),
  verdict: z.enum(['accept', 'reject', 'edit']),
  /** The new wording, of an edit. */
  text: z.string().optional(),
});
export type PersonsVerdict = z.infer<typeof verdictSchema>;

/** Verdicts by relation, the last one on a sentence counting. @throws UserError with file:line. */
export async function readVerdicts(path: string, relations: readonly string[]): Promise<Map<string, PersonsVerdict[]>> {
  const found = new Map(relations.map((relation) => [relation, new Map<string, PersonsVerdict>()]));
  for await (const { value, line } of readJsonLines(path, verdictSchema)) {
    const where = `${path}:${line}`;
    const own = found.get(value.relation);
    if (!own) {
      throw new UserError(`there is no relation "${value.relation}"`, {
        where,
        remedy: `known: ${relations.join(', ')}`,
      });
    }
    if ((value.verdict === 'edit') !== (value.text !== undefined)) {
      const remedy = 'add "text" with the new wording to an "edit", and to nothing else';
      throw new UserError(`a verdict "${value.verdict}" ${value.text === undefined ? 'without' : 'with'} a text`, {
        where,
        remedy,
      });
    }
    own.set(value.id, value);
  }
  return new Map(
    [...found].map(([relation, own]) => [relation, [...own.values()].sort((a, b) => (a.id < b.id ? -1 : 1))]),
  );
}

/** A sentence of a pool, as its file holds it. */
export interface PooledSentence {
  readonly id: string;
  readonly index: number;
  readonly text: string;
  readonly verdict: FilterVerdict;
  readonly value?: number | undefined;
  readonly match?: string | undefined;
  readonly target?: readonly number[] | undefined;
  /** What a person found and reworded. */
  readonly original?: string | undefined;
}

export interface Review {
  readonly sentences: readonly PooledSentence[];
  /** Sentences let in or left in, taken out, and reworded. */
  readonly accepted: number;
  readonly rejected: number;
  readonly edited: number;
  /** Accepted or edited by a person, and refused all the same, with the reason. */
  readonly refused: readonly { readonly id: string; readonly reason: FilterVerdict }[];
  /** Verdicts whose sentence is not in the pool. */
  readonly unknown: readonly string[];
}

/** @param filters of the pool; only those that cannot be overruled are asked again. */
export function applyVerdicts(
  pool: readonly PooledSentence[],
  verdicts: readonly PersonsVerdict[],
  filters: readonly SentenceFilter[],
): Review {
  const chain = new FilterChain(filters.filter(({ overrulable }) => !overrulable));
  const given = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  // What nobody touched stands: it is what a new wording must not repeat.
  for (const { id, text, verdict } of pool) if (verdict === 'accepted' && !given.has(id)) chain.judge(text);
  const refused: { id: string; reason: FilterVerdict }[] = [];
  const counts = { accept: 0, reject: 0, edit: 0 };
  const met = new Set<string>();
  const sentences = pool.map((sentence): PooledSentence => {
    const said = given.get(sentence.id);
    if (!said) return sentence;
    const { id, index, text } = sentence;
    // A text that was sampled twice has one id: the first is the sentence, the others repeat it.
    if (met.has(id)) return sentence;
    met.add(id);
    if (said.verdict === 'reject') {
      counts.reject++;
      return { ...sentence, verdict: 'rejected-by-person' };
    }
    const wording = said.text ?? text;
    const judgement = chain.judge(wording);
    if (judgement.verdict === 'accepted') counts[said.verdict]++;
    else refused.push({ id, reason: judgement.verdict });
    // What a classifier made of the sentence no longer counts either.
    return { id, index, text: wording, ...(said.text !== undefined && { original: text }), ...judgement };
  });
  const unknown = verdicts.flatMap(({ id }) => (met.has(id) ? [] : id));
  return { sentences, accepted: counts.accept, rejected: counts.reject, edited: counts.edit, refused, unknown };
}
