/**
 * TACRED and its kin: a JSON array of objects, one a sentence; or the objects a line each.
 *
 *     [{"id": "…", "docid": "…", "relation": "per:title", "token": ["He", "is", "captain"], "subj_start": 0,
 *       "subj_end": 0, "subj_type": "PERSON", "obj_start": 2, "obj_end": 2, "obj_type": "TITLE", …}, …]
 *
 * Starts and ends count tokens, ends inclusive. The text is the tokens with spaces between them; the subject is the
 * head. `no_relation` is null.
 */
import { z } from 'zod';
import { UserError } from '../../foundation/errors.ts';
import { readJsonLines } from '../../foundation/json-lines.ts';
import { readBeginning } from '../../foundation/text-chunks.ts';
import { readJsonArray } from './json-array.ts';
import { Labels } from './labels.ts';
import { UNTYPED } from './marked-text.ts';
import { describePlace, type CorpusReader } from './reader.ts';
import { joinTokens, tokenMention } from './tokens.ts';

const index = z.int('must be a whole number').min(0, 'must not be negative');
const type = z.string().min(1, 'must not be empty').default(UNTYPED);
const elementSchema = z.object(
  {
    id: z.union([z.string().min(1, 'must not be empty'), z.number()], 'must be a string').transform(String),
    docid: z.union([z.string(), z.number()]).transform(String).optional(),
    relation: z.string('must be a string').min(1, 'must not be empty: write no_relation where there is none'),
    token: z.array(z.string('must be a string'), 'must be a list of strings').min(1, 'must not be empty'),
    subj_start: index,
    subj_end: index,
    subj_type: type,
    obj_start: index,
    obj_end: index,
    obj_type: type,
  },
  'must be an object',
);

/** Whether objects stand a line each, without the brackets of an array. */
export const isTacredLine = (beginning: string): boolean =>
  /^\uFEFF?\s*\{/.test(beginning) && /"subj_start"\s*:/.test(beginning);

export const tacredReader: CorpusReader = {
  format: 'tacred',
  title: 'TACRED-style JSON: objects with token, subj_start, …, in an array or a line each',
  unit: 'sentence',
  recognises: ({ beginning }) =>
    (/^\uFEFF?\s*\[\s*\{/.test(beginning) && /"(subj_start|obj_start|token)"\s*:/.test(beginning)) ||
    isTacredLine(beginning),
  async *read(files, { warnings, options }) {
    const labels = new Labels(['no_relation'], options, warnings);
    for (const { path, split } of files) {
      let number = 0;
      const objects = isTacredLine(await readBeginning(path, 1 << 16))
        ? readJsonLines(path, z.unknown())
        : readJsonArray(path);
      for await (const { value, line } of objects) {
        number++;
        const place = { path, line };
        const where = describePlace(place);
        const fail = (what: string, remedy: string): never => {
          throw new UserError(`object ${number}: ${what}`, { where, remedy });
        };
        const parsed = elementSchema.safeParse(value);
        if (!parsed.success) {
          const issue = parsed.error.issues[0]!;
          return fail(`${issue.path.join('.') || 'the object'}: ${issue.message}`, 'see the keys of TACRED');
        }
        const { id, docid, relation, token, ...at } = parsed.data;
        const joined = joinTokens(token);
        const head = tokenMention(joined, at.subj_start, at.subj_end + 1, at.subj_type);
        const tail = tokenMention(joined, at.obj_start, at.obj_end + 1, at.obj_type);
        if (typeof head === 'string')
          return fail(`subj: ${head}`, 'starts and ends count tokens from 0, ends inclusive');
        if (typeof tail === 'string')
          return fail(`obj: ${tail}`, 'starts and ends count tokens from 0, ends inclusive');
        if (head.start === tail.start && head.end === tail.end) {
          warnings.add('same-mention', `subject and object of ${id} are the same words`, where);
          continue;
        }
        const example = {
          id,
          document: docid ?? id,
          text: joined.text,
          head,
          tail,
          relation: labels.relation(relation, where),
          ...(split && { split }),
        };
        yield { kind: 'example', place, example };
      }
    }
  },
};
