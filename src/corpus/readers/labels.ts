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
  '0',
];

/** Tells relations from null. */
export class Labels {
  readonly #nulls: ReadonlySet<string>;
  readonly #byFolded: ReadonlyMap<string, string>;
  readonly #warnings: WarningLog;

  /**
   * @param nulls the format's words for null, unless the user names others.
   * @param caseMatters whether a null label in other case is worth a warning; it counts as null all the same.
   */
  constructor(nulls: readonly string[], { nullLabels }: ReaderOptions, warnings: WarningLog) {
    this.#nulls = new Set(nullLabels ?? nulls);
    this.#byFolded = new Map([...this.#nulls].map((label) => [label.toLowerCase(), label]));
    this.#warnings = warnings;
  }

  /** The relation that a label names, or null; a null label in other case counts, with a warning. */
  relation(label: string, where: string): string | null {
    if (this.#nulls.has(label)) return null;
    const spelt = this.#byFolded.get(label.toLowerCase());
    if (spelt === undefined) return label;
    this.#warnings.add('label-case', `"${label}" is taken for "${spelt}", no relation`, where);
    return null;
  }
}
