/**
 * Labels that say that no relation holds: every format has its own word for it.
 */
import type { ReaderOptions } from './reader.ts';
import type { WarningLog } from './warnings.ts';

/** The words in use, for formats that fix none. */
export const COMMON_NULL_LABELS: readonly string[] = [
  'null',
  'none',
  'NA',
  'N/A',
  'no_relation',
  'no-relation',
  'Other',
  'false',
  'DDI-false',
  'negative',
  'NaN',
  '0',
];

/** Those of the common words that may as well name a relation. */
export const UNCLEAR_NULL_LABELS: readonly string[] = ['negative', 'Other'];

/** Tells relations from null. */
export class Labels {
  readonly #nulls: ReadonlySet<string>;
  readonly #byFolded: ReadonlyMap<string, string>;
  readonly #warnings: WarningLog;

  /** Words that are taken for null and may mean something else; each is warned of once. */
  readonly #unclear: Set<string>;

  /**
   * @param nulls the format's words for null, unless the user names others.
   * @param unclear those of them that the format does not fix: a word that is taken for null is warned of once.
   */
  constructor(
    nulls: readonly string[],
    { nullLabels }: ReaderOptions,
    warnings: WarningLog,
    unclear: readonly string[] = [],
  ) {
    this.#nulls = new Set(nullLabels ?? nulls);
    this.#byFolded = new Map([...this.#nulls].map((label) => [label.toLowerCase(), label]));
    this.#unclear = new Set(nullLabels ? [] : unclear);
    this.#warnings = warnings;
  }

  /** The relation that a label names, or null; a null label in other case counts, with a warning. */
  relation(label: string, where: string): string | null {
    if (this.#nulls.has(label)) {
      if (this.#unclear.delete(label)) this.#warnings.add('null-label', `"${label}" is taken for no relation`, where);
      return null;
    }
    const spelt = this.#byFolded.get(label.toLowerCase());
    if (spelt === undefined) return label;
    this.#warnings.add('label-case', `"${label}" is taken for "${spelt}", no relation`, where);
    return null;
  }
}
