/**
 * The MeSH tree: which concept is broader than which.
 *
 * A descriptor (`D012640`) stands at one or several places of the tree; the number of a place (`C10.597.742`) begins
 * with those of all broader places. The file is a table of tree numbers and descriptors with a header line, as
 * the National Library of Medicine's data come in tab-separated form:
 *
 *     Tree Number⇥Desc Ui⇥Term
 *     C10.597.742⇥D012640⇥Seizures
 */
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';

const TREE_NUMBER = /^[A-Z]\d\d(\.\d+)*$/;
const DESCRIPTOR = /^D\d+$/;

export class MeshTree {
  readonly #numbers: ReadonlyMap<string, readonly string[]>;

  /** @param numbers tree numbers by descriptor. */
  constructor(numbers: ReadonlyMap<string, readonly string[]>) {
    this.#numbers = numbers;
  }

  /** @throws UserError with `file:line` where the file is no such table. */
  static async read(path: string): Promise<MeshTree> {
    const numbers = new Map<string, string[]>();
    for await (const { text, line } of readLines(path)) {
      if (text.trim() === '') continue;
      const [number = '', descriptor = ''] = text.split('\t').map((column) => column.trim());
      if (line === 1 && /tree/i.test(number)) continue;
      if (!TREE_NUMBER.test(number) || !DESCRIPTOR.test(descriptor)) {
        throw new UserError('not a line of the MeSH tree', {
          where: `${path}:${line}`,
          remedy: 'expected a header, then tree number, descriptor and term with tabs between',
        });
      }
      const standing = numbers.get(descriptor);
      if (standing) standing.push(number);
      else numbers.set(descriptor, [number]);
    }
    if (numbers.size === 0) {
      throw new UserError('the MeSH tree is empty', { where: path, remedy: 'check that it is the file you meant' });
    }
    return new MeshTree(numbers);
  }

  /** Whether one concept is broader than another. Ids may have the prefix `MESH:`. */
  isBroader(broader: string, narrower: string): boolean {
    const above = this.#numbersOf(broader);
    return this.#numbersOf(narrower).some((number) => above.some((each) => number.startsWith(`${each}.`)));
  }

  #numbersOf(concept: string): readonly string[] {
    return this.#numbers.get(concept.replace(/^mesh:/i, '')) ?? [];
  }
}
