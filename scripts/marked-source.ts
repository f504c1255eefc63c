/**
 * The sample data set's source: sentences with their mentions marked where they stand, and the relations below them.
 *
 *     split train
 *     ## qt-case-1
 *     <Sotalol> given for [atrial fibrillation] was followed by [torsade de pointes], but not by [asthma].
 *     = sotalol treats atrial fibrillation; sotalol induces torsade de pointes
 *     ~ negated
 *
 * `<…>` is a chemical, `[…]` a disease, `##` begins a document, `//` a comment. Every chemical with every disease of its sentence is a
 * candidate pair, and every two chemicals are; those that the line after `=` does not name have no relation. Mentions are named by
 * their text without regard to case, the second of one text as `text#2`, several with commas. `~` names what makes a sentence hard.
 */
import type { Example, Mention, Split } from '../src/corpus/example.ts';
import { splitNamed } from '../src/corpus/example.ts';
import { UserError } from '../src/foundation/errors.ts';

/** Relations and the types of their heads and tails. */
export const RELATIONS = {
  induces: ['Chemical', 'Disease'],
  treats: ['Chemical', 'Disease'],
  prevents: ['Chemical', 'Disease'],
  worsens: ['Chemical', 'Disease'],
  interacts: ['Chemical', 'Chemical'],
} as const;
export type Relation = keyof typeof RELATIONS;

/** Why a pair of a sentence that seems related is not. */
export const DIFFICULTIES = ['negated', 'hypothetical', 'background', 'other-cause', 'reversed'] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

export interface MarkedSentence {
  document: string;
  split: Split;
  text: string;
  mentions: Mention[];
  relations: { relation: Relation; head: Mention; tail: Mention }[];
  difficulties: Difficulty[];
  /** `file:line`, for messages. */
  where: string;
}

/** The sentences of a source file. @throws UserError with `file:line`. */
export function parseMarked(content: string, file: string): MarkedSentence[] {
  const sentences: MarkedSentence[] = [];
  let split: Split | undefined;
  let document: string | undefined;
  content.split('\n').forEach((line, index) => {
    const where = `${file}:${index + 1}`;
    const rest = line.slice(2).trim();
    if (line.trim() === '' || line.startsWith('//')) return;
    if (line.startsWith('split ')) {
      split = splitNamed(line.slice(6));
      if (!split) throw new UserError(`"${line.slice(6)}" is no split`, { where });
    } else if (line.startsWith('## ')) {
      document = line.slice(3).trim();
    } else if (line.startsWith('= ') || line.startsWith('~ ')) {
      const sentence = sentences.at(-1);
      if (!sentence || sentence.document !== document) throw new UserError('stands below no sentence', { where });
      if (line.startsWith('= ')) sentence.relations.push(...parseRelations(rest, sentence, where));
      else sentence.difficulties.push(...rest.split(/,\s*/).map((name) => difficultyNamed(name, where)));
    } else {
      if (!split || !document) throw new UserError('a split and a document come before the first sentence', { where });
      sentences.push({ document, split, ...parseMarks(line.trim(), where), relations: [], difficulties: [], where });
    }
  });
  return sentences;
}

function parseMarks(line: string, where: string): Pick<MarkedSentence, 'text' | 'mentions'> {
  const mentions: Mention[] = [];
  let text = '';
  let from = 0;
  for (const { index, 0: whole, 1: chemical, 2: disease } of line.matchAll(/<([^<>[\]]+)>|\[([^<>[\]]+)\]/g)) {
    text += line.slice(from, index);
    const name = (chemical ?? disease)!;
    const type = chemical === undefined ? 'Disease' : 'Chemical';
    mentions.push({ start: text.length, end: text.length + name.length, type, text: name });
    text += name;
    from = index + whole.length;
  }
  text += line.slice(from);
  if (/[<>[\]]/.test(text)) throw new UserError('a mark is not closed, or stands in another', { where });
  return { text, mentions };
}

function difficultyNamed(name: string, where: string): Difficulty {
  const found = DIFFICULTIES.find((difficulty) => difficulty === name);
  if (!found) throw new UserError(`"${name}" is none of ${DIFFICULTIES.join(', ')}`, { where });
  return found;
}

function parseRelations(line: string, { mentions }: MarkedSentence, where: string): MarkedSentence['relations'] {
  return line.split(/;\s*/).flatMap((statement) => {
    const parts = new RegExp(`^(.+?) (${Object.keys(RELATIONS).join('|')}) (.+)$`).exec(statement);
    if (!parts) throw new UserError(`"${statement}" is not "head relation tail"`, { where });
    const relation = parts[2] as Relation;
    const [headType, tailType] = RELATIONS[relation];
    const heads = parts[1]!.split(/,\s*/).map((name) => mentionNamed(name, headType, mentions, where));
    const tails = parts[3]!.split(/,\s*/).map((name) => mentionNamed(name, tailType, mentions, where));
    return heads.flatMap((head) => tails.map((tail) => ({ relation, head, tail })));
  });
}

function mentionNamed(name: string, type: string, mentions: readonly Mention[], where: string): Mention {
  const [, text, number] = /^(.*?)(?:#(\d+))?$/.exec(name.trim())!;
  const found = mentions.filter((mention) => mention.text.toLowerCase() === text!.toLowerCase());
  const chosen = found[number === undefined ? 0 : Number(number) - 1];
  if (!chosen) throw new UserError(`no mention "${name}"`, { where });
  if (number === undefined && found.length > 1) throw new UserError(`"${name}" is marked more than once`, { where });
  if (chosen.type !== type) throw new UserError(`"${name}" is no ${type}`, { where });
  return chosen;
}

/** The candidate pairs of a sentence, in the order of their mentions. @throws UserError where it has none, or a pair has two relations. */
export function examplesOf(sentence: MarkedSentence, number: number): Example[] {
  const { document, split, text, mentions, relations, where } = sentence;
  const examples: Example[] = [];
  mentions.forEach((head, i) => {
    mentions.forEach((tail, j) => {
      const isPair = head.type === 'Chemical' && (tail.type === 'Disease' || i < j);
      if (!isPair || head === tail) return;
      const stated = relations.filter(
        (each) =>
          (each.head === head && each.tail === tail) ||
          (each.head === tail && each.tail === head && each.relation === 'interacts'),
      );
      if (stated.length > 1) throw new UserError(`"${head.text}" and "${tail.text}" have two relations`, { where });
      const others = mentions.filter((each) => each !== head && each !== tail);
      examples.push({
        id: `${document}-${number}-${examples.length + 1}`,
        document,
        text,
        head,
        tail,
        relation: stated[0]?.relation ?? null,
        split,
        ...(others.length > 0 && { others }),
      });
    });
  });
  if (examples.length === 0) throw new UserError('the sentence has no pair', { where });
  return examples;
}
