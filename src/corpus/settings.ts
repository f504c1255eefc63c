/**
 * What a user can say about a corpus: how its files are read, which pairs become examples, how they are masked, how
 * they are divided. One zod shape: flags, configuration files, help and defaults of every command that reads a corpus come from it.
 */
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { MeshTree } from './candidates/mesh-tree.ts';
import {
  AUTO,
  KEEP_OR_DROP,
  PAIRINGS,
  SENTENCE_SOURCES,
  type CandidateRules,
  type TypePair,
} from './candidates/rules.ts';
import { OWN_PLACEHOLDERS, PIECE_RULES, type MaskRules } from './masking.ts';
import { MASK_NUMBERINGS, typeWordsOf } from './placeholders.ts';
import type { OpenCorpusOptions } from './open-corpus.ts';
import { CSV_FIELDS } from './readers/csv-fields.ts';
import { READERS } from './readers/readers.ts';
import { DIVISION_UNITS, VALIDATION_FRACTION, HELD_OUT_FRACTION } from './splits.ts';

const auto = z.literal(AUTO);
const names = z.array(z.string().min(1));
/** A list of pairs written as one text each. */
const pairs = (separator: ':' | '=', form: string) =>
  z.array(
    z.string().regex(new RegExp(`^[^${separator}]+${separator}[^${separator}]+$`), `must be of the form ${form}`),
  );
const keepOrDropOrAuto = z.enum([AUTO, ...KEEP_OR_DROP]).default(AUTO);

/** Headings under which help and guides list the settings. */
const files = { heading: 'reading' };
const candidates = { heading: 'candidates' };
const masks = { heading: 'masks' };

/** How files are read. */
export const readingSettings = {
  format: z
    .enum([AUTO, ...READERS.map(({ format }) => format)])
    .default(AUTO)
    .describe('format of the files; known by their content unless given')
    .meta(files),
  strict: z.boolean().default(false).describe('make every warning about the files an error').meta(files),
  nullLabels: z
    .union([auto, names])
    .default(AUTO)
    .describe("labels that mean that no relation holds, in place of the format's own")
    .meta({ ...files, placeholder: 'label,…' }),
  columns: pairs('=', 'field=column')
    .default([])
    .describe('columns of a CSV file that have other names, as field=column (relation=label)')
    .meta({ ...files, placeholder: 'field=column,…' }),
};

/** Which pairs of mentions become examples: the rules of `candidates/`. */
export const candidateSettings = {
  types: z
    .union([auto, pairs(':', 'head:tail')])
    .default(AUTO)
    .describe('entity types of head and tail, as head:tail; auto: those that the corpus relates')
    .meta({ ...candidates, placeholder: 'head:tail,…' }),
  directed: z
    .boolean()
    .default(false)
    .describe('a relation holds from head to tail alone: two mentions are a pair in both orders')
    .meta(candidates),
  pairs: z
    .enum([AUTO, ...PAIRINGS])
    .default(AUTO)
    .describe('what is one pair; auto: as listed, else by mention or by concept, as the corpus states its relations')
    .meta(candidates),
  window: z.int().min(1).default(1).describe('sentences within which both mentions lie').meta(candidates),
  sentences: z
    .enum([AUTO, ...SENTENCE_SOURCES])
    .default(AUTO)
    .describe('how sentences are found; auto: given by the format, else plain')
    .meta(candidates),
  overlapping: keepOrDropOrAuto
    .describe('pairs whose mentions share words; auto: drop, unless the corpus comes as sentences with marked pairs')
    .meta(candidates),
  nested: keepOrDropOrAuto.describe('pairs where one mention lies in the other; auto: as overlapping').meta(candidates),
  discontinuous: z.enum(KEEP_OR_DROP).default('keep').describe('pairs with a mention in pieces').meta(candidates),
  sameEntity: keepOrDropOrAuto
    .describe('unrelated pairs of one entity with itself; auto: drop, unless the corpus lists them')
    .meta(candidates),
  meshTree: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('MeSH tree; with it, unrelated pairs with a broader concept than a related pair are dropped')
    .meta({ ...candidates, placeholder: 'file' }),
  hypernyms: z
    .enum(['head', 'tail', 'both'])
    .default('tail')
    .describe('whose broader concepts the MeSH tree drops')
    .meta(candidates),
  relations: z
    .union([auto, names])
    .default(AUTO)
    .describe('relations that count; auto: all but those that the corpus does not evaluate')
    .meta({ ...candidates, placeholder: 'name,…' }),
  otherRelations: z
    .enum(['null', 'drop'])
    .default('null')
    .describe('pairs that have only relations that do not count: examples without a relation, or none')
    .meta(candidates),
  severalRelations: z
    .enum(['first', 'each', 'drop'])
    .default('first')
    .describe('pairs with several relations that count: an example with the first, one for each, or none')
    .meta(candidates),
};

/** How the two mentions, and others, are replaced by placeholders. */
export const maskSettings = {
  typeWords: pairs('=', 'type=WORD')
    .default([])
    .describe('placeholders of entity types that are to have another than their own, as type=WORD')
    .meta({ ...masks, placeholder: 'type=WORD,…' }),
  numbering: z
    .enum(MASK_NUMBERINGS)
    .default('letters')
    .describe('how two mentions of one type are told apart: DRUGA and DRUGB, or DRUG1 and DRUG2')
    .meta(masks),
  others: z
    .enum(['keep', 'mask'])
    .default('keep')
    .describe("the sentence's other mentions: as they are, or masked as DRUGN")
    .meta(masks),
  pieces: z
    .enum(PIECE_RULES)
    .default('first')
    .describe('a mention in pieces: its first becomes the placeholder, others go or are kept; or all between goes')
    .meta(masks),
  ownPlaceholders: z
    .enum(OWN_PLACEHOLDERS)
    .default('lower')
    .describe('placeholders that a text held before masking: put in lower case, kept, or the sentence dropped')
    .meta(masks),
};

const splits = { heading: 'splits' };

/** How examples are divided where the corpus does not. */
export const splitSettings = {
  givenSplits: z.boolean().default(true).describe("keep to the corpus's own division").meta(splits),
  validationFraction: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(VALIDATION_FRACTION)
    .describe('part of the training documents taken out for validation')
    .meta(splits),
  testFraction: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(HELD_OUT_FRACTION)
    .describe('part taken out for testing where the corpus has neither development nor test data')
    .meta(splits),
  divideBy: z
    .enum(DIVISION_UNITS)
    .default('document')
    .describe('what is divided: whole documents, or single examples, whatever their document')
    .meta(splits),
};

export const corpusSettingsSchema = z.object({
  ...readingSettings,
  ...candidateSettings,
  ...maskSettings,
  ...splitSettings,
});
export type CorpusSettings = z.infer<typeof corpusSettingsSchema>;

/** Everything as it is by default. */
export const DEFAULT_SETTINGS: Readonly<CorpusSettings> = corpusSettingsSchema.parse({});

/** @throws UserError for columns that are not `field=column`, or of a field that there is not. */
export function openOptionsOf({ format, strict, nullLabels, columns }: CorpusSettings): OpenCorpusOptions {
  const named = pairsOf(columns, '=', 'columns', 'field=column');
  const unknown = named.find(([field]) => !Object.hasOwn(CSV_FIELDS, field));
  if (unknown) {
    throw new UserError(`there is no field "${unknown[0]}"`, {
      where: 'columns',
      remedy: `fields are ${Object.keys(CSV_FIELDS).join(', ')}`,
    });
  }
  return {
    strict,
    ...(format !== AUTO && { format }),
    ...(nullLabels !== AUTO && { nullLabels }),
    columns: Object.fromEntries(named),
  };
}

/** The candidate rules as `candidatesOf` takes them; the MeSH tree, if any, is read. `types` may still be open. */
export async function candidateRulesOf(
  settings: CorpusSettings,
): Promise<Omit<CandidateRules, 'types'> & { types: TypePair[] | typeof AUTO }> {
  const { directed, pairs, window, sentences, overlapping, nested, discontinuous, sameEntity } = settings;
  const { types, meshTree, hypernyms, relations, otherRelations, severalRelations } = settings;
  return {
    ...{ directed, pairs, window, sentences, overlapping, nested, discontinuous, sameEntity },
    ...{ hypernyms, relations, otherRelations, severalRelations },
    types:
      types === AUTO
        ? AUTO
        : pairsOf(types, ':', 'types', 'head:tail').map(([head, tail]): TypePair => ({ head, tail })),
    meshTree: meshTree === null ? undefined : await MeshTree.read(meshTree),
  };
}

/** How examples of a format are masked. @throws UserError for words that are not `type=WORD`. */
export function maskRulesOf(settings: CorpusSettings, format: string): MaskRules {
  const { typeWords, numbering, others, pieces, ownPlaceholders } = settings;
  const words = { ...typeWordsOf(format), ...Object.fromEntries(pairsOf(typeWords, '=', 'typeWords', 'type=WORD')) };
  return { words, numbering, others, pieces, ownPlaceholders };
}

/** Settings of the form `one=other`. */
function pairsOf(items: readonly string[], separator: string, setting: string, form: string): [string, string][] {
  return items.map((item) => {
    const [left = '', right = '', ...more] = item.split(separator).map((part) => part.trim());
    if (left !== '' && right !== '' && more.length === 0) return [left, right];
    throw new UserError(`"${item}" is not of the form ${form}`, { where: setting, remedy: `write ${form}` });
  });
}
