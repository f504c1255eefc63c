/**
 * New text as masked sentences: what an ensemble is asked about.
 *
 * A relation is predicted between two mentions, so these must be marked. They are in a corpus of any format, where pairs are formed by the
 * rules of the run; in *masked lines*, a sentence a line with the placeholders in the mentions' place; or a dictionary marks them in plain text.
 * What a file says of relations is not read.
 */
import { basename } from 'node:path';
import { candidatesOf } from '../corpus/candidates/candidates.ts';
import { DropLog } from '../corpus/candidates/drops.ts';
import { AUTO } from '../corpus/candidates/rules.ts';
import type { CandidateRules, TypePair } from '../corpus/candidates/rules.ts';
import type { AnnotatedDocument } from '../corpus/document.ts';
import type { Example, Mention } from '../corpus/example.ts';
import { maskExample } from '../corpus/masking.ts';
import {
  countPlaceholder,
  describePlaceholders,
  distinctPlaceholders,
  ENTITY_PLACEHOLDERS,
  isSamePair,
  placeOfPlaceholder,
  renamePlaceholders,
  wordsOfPlaceholders,
} from '../corpus/placeholders.ts';
import type { MaskedTypes, Placeholders } from '../corpus/placeholders.ts';
import { isCorpus, openCorpus } from '../corpus/open-corpus.ts';
import { inTextOrder } from '../corpus/readers/offsets.ts';
import { lineId } from '../corpus/readers/reader.ts';
import { READERS } from '../corpus/readers/readers.ts';
import { describeWarning } from '../corpus/readers/warnings.ts';
import { candidateRulesOf, maskRulesOf, openOptionsOf } from '../corpus/settings.ts';
import type { CorpusSettings } from '../corpus/settings.ts';
import type { TermDictionary } from '../corpus/term-dictionary.ts';
import { withConcept } from '../corpus/write-pubtator.ts';
import { UserError } from '../foundation/errors.ts';
import { kindAt } from '../foundation/files.ts';
import { readLines } from '../foundation/lines.ts';
import type { Monitor } from '../foundation/progress.ts';
import { readBeginning } from '../foundation/text-chunks.ts';
import { readDocuments } from '../text/documents.ts';
import type { DocumentSeparator } from '../text/documents.ts';

/** A corpus format, sentences with placeholders, or plain text; `auto` tells by the content. */
export const NEW_TEXT_FORMATS = ['auto', 'masked', 'text', ...READERS.map(({ format }) => format)] as const;

/** A sentence with two mentions, as a classifier reads it. */
export interface MaskedSentence {
  readonly id: string;
  readonly document: string;
  /** With the classifier's placeholders. */
  readonly masked: string;
  /** As it was; a masked line stands as it is. */
  readonly text: string;
  readonly head: Mention;
  readonly tail: Mention;
}

/** Sentences that belong together; where they are of a document, all those of one. */
export interface NewTextPiece {
  readonly document?: AnnotatedDocument;
  readonly sentences: readonly MaskedSentence[];
}

export interface NewTextOptions {
  readonly format: string;
  /** Reading as the text needs it; candidates and masks as the run had them. */
  readonly settings: CorpusSettings;
  /** Entity types of head and tail that are paired. */
  readonly types: readonly TypePair[];
  /** Sentences that come with their mentions marked count only if these are of such types; all count where it is left out. */
  readonly only?: readonly TypePair[];
  /** The run's pairs of types, with what stands for them. */
  readonly maskedTypes: readonly MaskedTypes[];
  /** What the classifier reads: one pair for all, or the run's. */
  readonly classifierPlaceholders: readonly Placeholders[];
  readonly dictionary?: TermDictionary;
  /** What ends a document of plain text. */
  readonly separator: DocumentSeparator;
  readonly monitor: Monitor;
}

/**
 * Reads new text piece by piece, in memory that does not grow with it.
 * @throws UserError with `file:line` where a text is malformed, or its mentions are not marked.
 */
export async function* readNewText(path: string, options: NewTextOptions): AsyncGenerator<NewTextPiece> {
  const format = options.format === AUTO ? await formatOf(path, options) : options.format;
  if (options.dictionary) requireKnownTypes(options.dictionary, options.types);
  if (format === 'masked') yield* readMaskedLines(path, options);
  else if (format === 'text') yield* readPlainText(path, options);
  else yield* readCorpusText(path, format, options);
}

const marking = ({ maskedTypes }: NewTextOptions): string =>
  `mark the two mentions of each sentence: as ${describePlaceholders([ENTITY_PLACEHOLDERS, ...distinctPlaceholders(maskedTypes)])} ` +
  'in masked lines, by a dictionary of terms (--dictionary), or in a format with mentions';

async function formatOf(path: string, options: NewTextOptions): Promise<string> {
  const isFile = (await kindAt(path)) === 'file';
  const BEGINNING = 1 << 16;
  const first = isFile
    ? (await readBeginning(path, BEGINNING)).split(/\r?\n/).find((line) => line.trim() !== '')
    : undefined;
  if (first !== undefined && !/^\s*[{[<]/.test(first) && schemeOf(first, options)) return 'masked';
  if (await isCorpus(path, { unlabelled: true })) return AUTO;
  if (options.dictionary && isFile) return 'text';
  throw new UserError('no mentions are marked here', { where: path, remedy: marking(options) });
}

/** @throws UserError where a dictionary marks nothing that could be paired. */
function requireKnownTypes(dictionary: TermDictionary, types: readonly TypePair[]): void {
  const known = new Set(types.flatMap(({ head, tail }) => [head, tail]));
  if ([...dictionary.types].some((type) => known.has(type))) return;
  throw new UserError(`the dictionary has no term of a type that is paired: ${[...known].join(', ')}`, {
    where: '--dictionary',
    remedy: 'write these types in its second column, or name others with --types head:tail',
  });
}

/** The placeholders that a line has, both of them: the classifier's own, or the typed ones. */
function schemeOf(line: string, { maskedTypes }: NewTextOptions): Placeholders | undefined {
  return [ENTITY_PLACEHOLDERS, ...distinctPlaceholders(maskedTypes)].find(
    ({ head, tail }) => countPlaceholder(line, head) > 0 && countPlaceholder(line, tail) > 0,
  );
}

async function* readMaskedLines(path: string, options: NewTextOptions): AsyncGenerator<NewTextPiece> {
  const { classifierPlaceholders, maskedTypes, only } = options;
  if (only) {
    throw new UserError('masked lines do not tell of entity types', { where: '--types', remedy: 'leave it out' });
  }
  for await (const { text, line } of readLines(path)) {
    if (text.trim() === '') continue;
    const scheme = schemeOf(text, options);
    if (!scheme) {
      throw new UserError('the line does not hold both placeholders', {
        where: `${path}:${line}`,
        remedy: marking(options),
      });
    }
    const id = lineId(basename(path), line);
    const types = maskedTypes.find(({ placeholders }) => isSamePair(placeholders, scheme)) ?? maskedTypes[0]!;
    const mention = (side: 'head' | 'tail'): Mention => {
      const start = placeOfPlaceholder(text, scheme[side])!;
      const end = start + scheme[side].length;
      return { start, end, type: types[side], text: scheme[side] };
    };
    if (classifierPlaceholders.length > 1 && isSamePair(scheme, ENTITY_PLACEHOLDERS)) {
      throw new UserError('the classifiers read placeholders by type', {
        where: `${path}:${line}`,
        remedy: `write ${describePlaceholders(classifierPlaceholders)}`,
      });
    }
    const masked = renamePlaceholders(text, scheme, readFor(scheme, classifierPlaceholders));
    yield { sentences: [{ id, document: id, masked, text, head: mention('head'), tail: mention('tail') }] };
  }
}

async function* readPlainText(path: string, options: NewTextOptions): AsyncGenerator<NewTextPiece> {
  const { dictionary, separator } = options;
  if (!dictionary) {
    throw new UserError('no mentions are marked in plain text', { where: path, remedy: marking(options) });
  }
  const rules = await rulesOf(options);
  let number = 0;
  for await (const text of readDocuments(path, separator)) {
    number++;
    const document: AnnotatedDocument = {
      id: lineId(basename(path), number),
      text,
      passages: [{ start: 0, end: text.length }],
      mentions: dictionary.find(text),
      relations: [],
    };
    yield pieceOf(document, rules, 'text', options);
  }
}

async function* readCorpusText(path: string, format: string, options: NewTextOptions): AsyncGenerator<NewTextPiece> {
  const { settings, monitor } = options;
  const rules = await rulesOf(options);
  const opened = await openCorpus(path, {
    ...openOptionsOf({ ...settings, format: format }),
    unlabelled: true,
  });
  for await (const item of opened.items()) {
    if (item.kind === 'document') yield pieceOf(markedBy(item.document, options), rules, opened.format, options);
    else if (isWanted(item.example, options)) yield { sentences: maskedOf([item.example], opened.format, options) };
  }
  for (const warning of opened.warnings.counts()) monitor.note(describeWarning(warning));
}

const isWanted = ({ head, tail }: Example, { only }: NewTextOptions): boolean =>
  !only || only.some((types) => types.head === head.type && types.tail === tail.type);

/** The rules of the run, for text of which nothing is known yet. */
async function rulesOf({ settings, types }: NewTextOptions): Promise<CandidateRules> {
  // A tree of concepts leaves out pairs by what others are related to, which is what we ask for.
  const rules = await candidateRulesOf({ ...settings, meshTree: null });
  return { ...rules, types };
}

/** A document without what it says of relations, and with the dictionary's mentions beside its own. */
function markedBy(document: AnnotatedDocument, { dictionary }: NewTextOptions): AnnotatedDocument {
  const { mentions, mentionRelations, pairs, ...rest } = document;
  const found = dictionary?.find(document.text, mentions) ?? [];
  const judged = pairs?.map((pair) => ({ ...pair, relation: null }));
  return {
    ...rest,
    mentions: found.length > 0 ? inTextOrder([...mentions, ...found]) : mentions,
    relations: [],
    ...(mentionRelations && { mentionRelations: [] }),
    ...(judged && judged.length > 0 && { pairs: judged }),
  };
}

function pieceOf(
  document: AnnotatedDocument,
  rules: CandidateRules,
  format: string,
  options: NewTextOptions,
): NewTextPiece {
  const isOfConcepts = document.mentions.some(({ ids }) => ids.length > 0);
  // A rule asks for what only annotators can give: then as for a text that has none of it.
  const sentences = rules.sentences === 'given' && !document.sentences ? AUTO : rules.sentences;
  const pairs = rules.pairs === 'listed' && !document.pairs ? AUTO : rules.pairs;
  // Without concepts mentions are paired. Where some have one, the others are the concept of their words.
  const byMention = pairs === AUTO && !isOfConcepts && !document.pairs;
  const settled: CandidateRules = { ...rules, sentences, pairs: byMention ? 'mentions' : pairs };
  const named = isOfConcepts ? { ...document, mentions: document.mentions.map(withConcept) } : document;
  const examples = [...candidatesOf(named, settled, new DropLog())];
  return { document, sentences: maskedOf(examples, format, options) };
}

/** What a classifier reads for a pair of placeholders. @param read one pair for all, or the run's. */
const readFor = (typed: Placeholders, read: readonly Placeholders[]): Placeholders =>
  read.length === 1 ? read[0]! : typed;

/** What stands for an example's mentions. @throws UserError where its classifiers tell types apart, and do not know these. */
function placeholdersOf(
  { id, head, tail }: Example,
  { maskedTypes, classifierPlaceholders }: NewTextOptions,
): Placeholders {
  const known = maskedTypes.find((types) => types.head === head.type && types.tail === tail.type);
  if (known) return known.placeholders;
  if (classifierPlaceholders.length === 1) return maskedTypes[0]!.placeholders;
  throw new UserError(`the classifiers know no pair of types ${head.type}:${tail.type}`, {
    where: `example ${id}`,
    remedy: `name its types as the run's corpus does: ${maskedTypes.map((types) => `${types.head}:${types.tail}`).join(', ')}`,
  });
}

function maskedOf(examples: readonly Example[], format: string, options: NewTextOptions): MaskedSentence[] {
  const { maskedTypes, classifierPlaceholders } = options;
  const reserved = wordsOfPlaceholders(distinctPlaceholders(maskedTypes));
  const rules = maskRulesOf(options.settings, format);
  return examples.flatMap((example) => {
    const placeholders = placeholdersOf(example, options);
    const { text: typed, alreadyPresent } = maskExample(example, placeholders, rules, reserved);
    if (alreadyPresent.length > 0 && rules.ownPlaceholders === 'drop') return [];
    const { id, document, text, head, tail } = example;
    const masked = renamePlaceholders(typed, placeholders, readFor(placeholders, classifierPlaceholders));
    return { id, document, masked, text, head, tail };
  });
}
