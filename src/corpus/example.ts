/**
 * The example: one sentence, two marked mentions in it, and the relation that holds between them, or none.
 *
 * Everything downstream of the readers (masking, splits, generators, classifiers) knows only this type. Its file form
 * is JSON Lines, one object a line; offsets are UTF-16 code units into `text`, so that `text.slice(start, end)` is
 * the mention.
 */
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';

/** The parts of a corpus, as its makers divided it. */
export const SPLITS = ['train', 'development', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** A marked stretch of a text: `text.slice(start, end)` in UTF-16 code units. */
export interface Mention {
  start: number;
  end: number;
  /** The entity's type as the corpus names it (`Chemical`, `Disease`). */
  type: string;
  text: string;
  /**
   * The pieces of a discontinuous mention ("ocular … toxicity" in "ocular and auditory toxicity"), in order, apart
   * from each other; the first begins at `start` and the last ends at `end`. Absent where the mention is one piece.
   */
  parts?: { start: number; end: number }[];
  /** Ids of the concepts that it names, where annotators gave them: facts of a document are scored by them. */
  concepts?: string[];
}

/** A sentence with two marked mentions and the relation between them. */
export interface Example {
  /** Unique in its corpus. */
  id: string;
  /** The document the sentence comes from: examples of one document are never divided between splits or folds. */
  document: string;
  text: string;
  head: Mention;
  tail: Mention;
  /** The relation's name, or null where none holds. */
  relation: string | null;
  /** The part of the corpus it belongs to, where the corpus says so. */
  split?: Split;
  /** The sentence's other mentions, where known: they can be masked as well. */
  others?: Mention[];
  /**
   * The corpus came masked: `head` and `tail` are placeholders that stand in its text (`@GENE$`), and the entities'
   * names are not known.
   */
  masked?: true;
}

const offset = z.number('must be a whole number').int('must be a whole number').min(0, 'must not be negative');
const mentionSchema = z.object(
  {
    start: offset,
    end: offset,
    type: z.string('must be a string').min(1, 'must not be empty'),
    text: z.string('must be a string').min(1, 'must not be empty'),
    parts: z
      .array(z.object({ start: offset, end: offset }), 'must be a list of starts and ends')
      .min(2, 'must be two or more')
      .optional(),
    concepts: z
      .array(z.string('must be a string').min(1, 'must not be empty'), 'must be a list of concept ids')
      .min(1, 'must not be empty')
      .optional(),
  },
  'must be an object with start, end, type and text',
);

/** Spellings of the splits' names that are in use. */
const SPLIT_NAMES: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['dev', 'development'],
  ['development', 'development'],
  ['valid', 'development'],
  ['validation', 'development'],
  ['test', 'test'],
]);

/** The split of a name in use for one (`dev`, `Training`), if it is one. */
export const splitNamed = (name: string): Split | undefined => SPLIT_NAMES.get(name.trim().toLowerCase());

const splitSchema = z.string('must be a string').transform((name, context) => {
  const split = splitNamed(name);
  if (split) return split;
  context.addIssue(`"${name}" is no split: write ${SPLITS.join(', ')}`);
  return z.NEVER;
});

/** One line of an example file. `document` may be left out: the example is then a document of its own. */
const lineSchema = z.object(
  {
    id: z.union([z.string().min(1, 'must not be empty'), z.number().transform(String)], 'must be a string'),
    document: z.union([z.string().min(1, 'must not be empty'), z.number().transform(String)]).optional(),
    text: z.string('must be a string').min(1, 'must not be empty'),
    head: mentionSchema,
    tail: mentionSchema,
    relation: z
      .string('must be a relation name, or null where no relation holds')
      .min(1, 'must not be empty: write null where no relation holds')
      .nullable(),
    split: splitSchema.optional(),
    others: z.array(mentionSchema).optional(),
    masked: z.literal(true, 'must be true where it stands').optional(),
  },
  'must be an object',
);

/** What is wrong with a mention's place in a text, or undefined. */
export function mentionProblem(text: string, mention: Mention): string | undefined {
  const { start, end } = mention;
  if (start >= end) return `start ${start} is not before end ${end}`;
  if (end > text.length) return `end ${end} lies beyond the text, which has ${text.length} UTF-16 code units`;
  const slice = text.slice(start, end);
  if (slice !== mention.text)
    return `text is ${JSON.stringify(mention.text)}, but offsets ${start} to ${end} hold ${JSON.stringify(slice)}`;
  const { parts } = mention;
  if (!parts) return undefined;
  const inOrder = parts.every((part, i) => part.start < part.end && (i === 0 || parts[i - 1]!.end < part.start));
  return inOrder && parts[0]?.start === start && parts.at(-1)?.end === end
    ? undefined
    : `parts must lie apart and in order, from ${start} to ${end}`;
}

/**
 * The example that a JSON value describes.
 * @param where the value's place, for messages.
 * @throws UserError where the value is not an example, an offset lies outside the text, a mention's text is not what
 * its offsets point at, or head and tail are the same mention.
 */
export function parseExample(value: unknown, where: string): Example {
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'invalid'}`, {
      where,
      remedy: 'an example has id, text, head, tail and relation',
    });
  }
  const example = exampleOf(parsed.data);
  const { text, head, tail, others = [] } = example;
  const mentions: [string, Mention][] = [
    ['head', head],
    ['tail', tail],
  ];
  for (const [i, other] of others.entries()) mentions.push([`others.${i}`, other]);
  for (const [name, mention] of mentions) {
    const problem = mentionProblem(text, mention);
    if (problem)
      throw new UserError(`${name}: ${problem}`, { where, remedy: 'offsets count UTF-16 code units of text' });
  }
  if (head.start === tail.start && head.end === tail.end) {
    throw new UserError('head and tail are the same mention', { where, remedy: 'an example needs two mentions' });
  }
  return example;
}

/** Without the keys that a line leaves out. */
function exampleOf({ document, split, others, masked, head, tail, ...rest }: z.infer<typeof lineSchema>): Example {
  return {
    ...rest,
    document: document ?? rest.id,
    head: mentionOf(head),
    tail: mentionOf(tail),
    ...(split && { split }),
    ...(others && { others: others.map(mentionOf) }),
    ...(masked && { masked }),
  };
}

function mentionOf({ parts, concepts, ...rest }: z.infer<typeof mentionSchema>): Mention {
  return { ...rest, ...(parts && { parts }), ...(concepts && { concepts }) };
}
