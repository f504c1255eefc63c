/**
 * Which settings a format has no use for. A setting that would do nothing is refused, so that none is ignored without a word.
 *
 * What holds of a format's files without exception counts as use: `discontinuous: drop` is satisfied where no mention is in pieces.
 */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../foundation/errors.ts';
import { kebab } from '../foundation/names.ts';
import type { CorpusReader } from './readers/reader.ts';
import { READERS } from './readers/readers.ts';
import { DEFAULT_SETTINGS, type CorpusSettings } from './settings.ts';

/** Settings, the formats that have no use for them, and why. */
interface Uselessness {
  readonly settings: readonly (keyof CorpusSettings)[];
  readonly in: (reader: CorpusReader) => boolean;
  readonly because: string;
}

const NO_CONCEPTS: readonly string[] = ['ddi', 'chemprot'];
const LISTS_PAIRS: readonly string[] = ['ddi'];
/** Formats of sentences that can tell of other mentions. */
const OTHER_MENTIONS: readonly string[] = ['csv', 'jsonl'];

const USELESS: readonly Uselessness[] = [
  {
    settings: ['directed', 'pairs', 'window', 'sentences', 'severalRelations', 'meshTree', 'hypernyms'],
    in: ({ unit }) => unit === 'sentence',
    because: 'it gives sentences with head and tail marked, of which no pairs are formed',
  },
  {
    settings: ['meshTree', 'hypernyms'],
    in: ({ format }) => NO_CONCEPTS.includes(format),
    because: 'its mentions have no concept ids',
  },
  {
    settings: ['severalRelations'],
    in: ({ format }) => LISTS_PAIRS.includes(format),
    because: 'each of its pairs has one relation at most',
  },
  {
    settings: ['others'],
    in: ({ format, unit }) => unit === 'sentence' && !OTHER_MENTIONS.includes(format),
    because: 'it marks no other mentions than head and tail',
  },
  {
    settings: ['nullLabels'],
    in: ({ format, unit }) => unit === 'document' || format === 'jsonl',
    because: 'it has no label where no relation holds',
  },
  { settings: ['columns'], in: ({ format }) => format !== 'csv', because: 'it has no named columns' },
];

const flag = (name: keyof CorpusSettings): string => `--${kebab(name)}`;

/** @throws UserError for a setting, other than by default, that a corpus of this format has no use for. */
export function requireUsefulSettings(format: string, settings: CorpusSettings): void {
  const reader = READERS.find((each) => each.format === format)!;
  const isGiven = (name: keyof CorpusSettings): boolean => !isDeepStrictEqual(settings[name], DEFAULT_SETTINGS[name]);
  for (const { settings: names, in: isIn, because } of USELESS) {
    const useless = isIn(reader) ? names.find(isGiven) : undefined;
    if (useless === undefined) continue;
    throw new UserError(`the format ${format} has no use for this setting: ${because}`, {
      where: flag(useless),
      remedy: 'leave it out',
    });
  }
  if (isGiven('hypernyms') && settings.meshTree === null) {
    throw new UserError('broader concepts are told by a MeSH tree', {
      where: flag('hypernyms'),
      remedy: `give ${flag('meshTree')}`,
    });
  }
}
