/**
 * OpenNRE: JSON Lines, a sentence each, as `text` with offsets in characters or as `token` with offsets in tokens.
 *
 *     {"text": "Bonn lies on the Rhine.", "h": {"name": "Bonn", "pos": [0, 4]},
 *      "t": {"name": "Rhine", "pos": [17, 22]}, "relation": "/location/…"}
 *     {"token": ["Bonn", "lies", …], "h": {"name": "bonn", "pos": [0, 1]}, "t": {…}, "relation": "…"}
 *
 * Ends are exclusive; `h` is the head; an entity's `id`, if it has one, is its concept. Names are often in another case than the text: the text counts. `NA` and
 * `Other` are null. A `…rel2id.json` beside the files names the relations there are.
 */
import { basename, dirname, join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { explainFileError, UserError } from '../../foundation/errors.ts';
import { readJson } from '../../foundation/files.ts';
import { readJsonLines } from '../../foundation/json-lines.ts';
import type { Mention } from '../example.ts';
import { Labels } from './labels.ts';
import { UNTYPED } from './marked-text.ts';
import { OffsetText, quote } from './offsets.ts';
import { describePlace, lineId, type CorpusReader } from './reader.ts';
import { joinTokens, tokenMention } from './tokens.ts';

const index = z.int('must be a whole number').min(0, 'must not be negative');
const entitySchema = z.object(
  {
    name: z.string('must be a string'),
    pos: z.tuple([index, index], 'must be a start and an end'),
    type: z.string().min(1, 'must not be empty').default(UNTYPED),
    /** Of the concept, in a knowledge base. */
    id: z.union([z.string(), z.int().transform(String)], 'must be a string').nullish(),
  },
  'must be an object with name and pos',
);
const lineSchema = z
  .object(
    {
      text: z.string('must be a string').min(1, 'must not be empty').optional(),
      token: z.array(z.string('must be a string'), 'must be a list of strings').min(1, 'must not be empty').optional(),
      h: entitySchema,
      t: entitySchema,
      relation: z.string('must be a string').min(1, 'must not be empty: write NA where there is none'),
    },
    'must be an object',
  )
  .refine(({ text, token }) => (text === undefined) !== (token === undefined), 'needs either text or token');
type Line = z.infer<typeof lineSchema>;

const RELATION_NUMBERS = /rel2id\.json$/i;

export const openNreReader: CorpusReader = {
  format: 'opennre',
  title: 'OpenNRE JSON Lines: text or token, h, t, relation',
  unit: 'sentence',
  recognises: ({ beginning }) =>
    /^\uFEFF?\s*\{/.test(beginning) && /"[ht]"\s*:\s*\{/.test(beginning) && /"(text|token)"\s*:/.test(beginning),
  accompanies: (path) => RELATION_NUMBERS.test(path),
  async *read(files, { warnings, options }) {
    const labels = new Labels(['NA', 'Other', 'no_relation'], options, warnings);
    for (const { path, name, split } of files) {
      const relations = await relationsBeside(path);
      for await (const { value, line } of readJsonLines(path, lineSchema)) {
        const place = { path, line };
        const where = describePlace(place);
        if (relations && !relations.has(value.relation)) {
          warnings.add('unknown-label', `rel2id.json does not have the relation "${value.relation}"`, where);
        }
        const marked = marksOf(value, where);
        const { head, tail } = marked;
        if (head.start === tail.start && head.end === tail.end) {
          warnings.add('same-mention', `h and t are the same words, "${head.text}"`, where);
          continue;
        }
        for (const [mention, { name: named }] of [
          [head, value.h],
          [tail, value.t],
        ] as const) {
          if (!sameWords(mention.text, named))
            warnings.add(
              'text-differs',
              `the text has ${quote(mention.text)} where the name is ${quote(named)}`,
              where,
            );
        }
        const id = lineId(name, line);
        const relation = labels.relation(value.relation, where);
        yield { kind: 'example', place, example: { id, document: id, ...marked, relation, ...(split && { split }) } };
      }
    }
  },
};

/** Text and mentions of a line. @throws UserError for offsets outside the text. */
function marksOf({ text, token, h, t }: Line, where: string): { text: string; head: Mention; tail: Mention } {
  const fail = (entity: string, problem: string): never => {
    const unit = token ? 'tokens' : 'characters';
    throw new UserError(`${entity}: ${problem}`, { where, remedy: `pos counts ${unit} from 0, the end exclusive` });
  };
  if (token) {
    const joined = joinTokens(token);
    const head = tokenMention(joined, ...h.pos, h.type);
    if (typeof head === 'string') return fail('h', head);
    const tail = tokenMention(joined, ...t.pos, t.type);
    if (typeof tail === 'string') return fail('t', tail);
    return { text: joined.text, head: { ...head, ...conceptOf(h) }, tail: { ...tail, ...conceptOf(t) } };
  }
  const offsets = new OffsetText(text!);
  const mention = (entity: string, given: Line['h']): Mention => {
    const {
      name,
      pos: [start, end],
      type,
    } = given;
    const named = offsets.locate([{ start, end }], name, { same: sameWords });
    // Where the name is spelt otherwise, the offsets count, in code points as in Python.
    const located = typeof named === 'string' ? offsets.locate([{ start, end }], undefined) : named;
    return typeof located === 'string' ? fail(entity, located) : { ...located, type, ...conceptOf(given) };
  };
  return { text: text!, head: mention('h', h), tail: mention('t', t) };
}

const conceptOf = ({ id }: Line['h']): Pick<Mention, 'concepts'> => (id ? { concepts: [id] } : {});

const sameWords = (found: string, named: string): boolean =>
  found === named || found.replaceAll(/\s/g, '').toLowerCase() === named.replaceAll(/[\s_]/g, '').toLowerCase();

/** The relations that the `…rel2id.json` beside a file lists: the one named like the file where there are several. */
async function relationsBeside(path: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const names = (await readdir(dirname(path))).filter((name) => RELATION_NUMBERS.test(name)).sort();
    const named = names.filter((name) => basename(path).startsWith(name.replace(RELATION_NUMBERS, '')));
    const chosen = named.at(-1) ?? (names.length === 1 ? names[0] : undefined);
    if (chosen === undefined) return undefined;
    return new Set(Object.keys(await readJson(join(dirname(path), chosen), z.record(z.string(), z.int()))));
  } catch (error) {
    throw explainFileError(error);
  }
}
