/**
 * What is checked in every corpus, whatever its format: ids are unique, labels are spelt in one way, and mentions
 * do not cut characters.
 */
import { UserError } from '../../foundation/errors.ts';
import { ownCopy } from '../../foundation/own-copy.ts';
import type { Mention } from '../example.ts';
import { describePlace, type CorpusItem, type CorpusReader, type Place } from './reader.ts';
import { UniqueIds } from './unique-ids.ts';
import type { WarningLog } from './warnings.ts';

/**
 * Passes items of a reader on, checked.
 * @throws UserError where two documents, or two examples, have one id.
 */
export async function* checked(
  items: AsyncIterable<CorpusItem>,
  { repeatedId }: Pick<CorpusReader, 'repeatedId'>,
  warnings: WarningLog,
): AsyncGenerator<CorpusItem> {
  const ids = new IdCheck(repeatedId);
  const labels = new Spellings(warnings);
  for await (const item of items) {
    const { place } = item;
    if (item.kind === 'example') {
      const { id, text, head, tail, others = [], relation } = item.example;
      ids.add(id, 'example', place);
      labels.add(relation, place);
      checkMentions(text, [head, tail, ...others], place, warnings);
    } else {
      const { id, text, mentions, relations, mentionRelations = [], pairs = [] } = item.document;
      ids.add(id, 'document', place);
      for (const { type } of [...relations, ...mentionRelations]) labels.add(type, place);
      for (const { relation } of pairs) labels.add(relation, place);
      checkMentions(text, mentions, place, warnings);
    }
    yield item;
  }
}

/** More lines than a file has: a place is a file's number and a line in one number. */
const LINES = 2 ** 32;

/** Refuses ids that were met before. */
class IdCheck {
  readonly #ids = new UniqueIds();
  readonly #paths: string[] = [];
  readonly #remedy: string | undefined;

  /** @param remedy beside the usual one. */
  constructor(remedy: string | undefined) {
    this.#remedy = remedy;
  }

  add(id: string, what: 'document' | 'example', place: Place): void {
    if (this.#paths.at(-1) !== place.path) this.#paths.push(place.path);
    const earlier = this.#ids.add(id, (this.#paths.length - 1) * LINES + place.line);
    if (earlier === undefined) return;
    const line = earlier % LINES;
    const path = this.#paths[(earlier - line) / LINES]!;
    throw new UserError(`${what} ${id} was met at ${describePlace({ path, line })} already`, {
      where: describePlace(place),
      remedy: ['remove one of the two, or give it another id', ...(this.#remedy ? [this.#remedy] : [])].join('; '),
    });
  }
}

/** Warns once for each label that was met in other case before. */
class Spellings {
  readonly #known = new Set<string>();
  readonly #byFolded = new Map<string, string>();
  readonly #warnings: WarningLog;

  constructor(warnings: WarningLog) {
    this.#warnings = warnings;
  }

  add(label: string | null, place: Place): void {
    if (label === null || this.#known.has(label)) return;
    const folded = label.toLowerCase();
    const first = this.#byFolded.get(folded);
    if (first === undefined) this.#byFolded.set(ownCopy(folded), ownCopy(label));
    else this.#warnings.add('label-case', `the relation "${label}" is also written "${first}"`, describePlace(place));
    this.#known.add(ownCopy(label));
  }
}

/** Warns of mentions that begin or end inside what a reader sees as one character. */
function checkMentions(text: string, mentions: readonly Mention[], place: Place, warnings: WarningLog): void {
  for (const { start, end, text: words } of mentions) {
    if (cutsCharacter(text, start) || cutsCharacter(text, end)) {
      warnings.add('cut-character', `the mention "${words}" cuts a character in two`, describePlace(place));
    }
  }
}

/** Whether an offset lies inside a surrogate pair, or before a combining mark. */
function cutsCharacter(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  const next = text.charCodeAt(at);
  // Combining marks begin at U+0300.
  return (
    next >= 0x300 &&
    (isLowSurrogate(next) ? isHighSurrogate(text.charCodeAt(at - 1)) : /^\p{M}/u.test(text.slice(at, at + 2)))
  );
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
