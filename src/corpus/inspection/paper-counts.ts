/** The data sets of the paper (DARE, arXiv 2004.13845, Table 2), to compare a corpus with. */

export interface PaperCounts {
  corpus: string;
  /** Examples of each split; the relations are counted in training data. */
  examples: Record<'train' | 'development' | 'test', number>;
  relations: Record<string, number>;
  /** What comes nearest to the paper's counts. */
  nearest: string;
}

/** Table 2, with its counts per class given to the relations in the order of their size in the public corpora. */
const TABLE_2: readonly PaperCounts[] = [
  {
    corpus: 'CDR',
    examples: { train: 3597, development: 3876, test: 3806 },
    relations: { CID: 1453 },
    nearest: '--mesh-tree FILE, which leaves out unrelated pairs with a broader disease than a related one',
  },
  {
    corpus: 'DDI2013',
    examples: { train: 22501, development: 4401, test: 5689 },
    relations: { effect: 1353, mechanism: 1083, advise: 658, int: 153 },
    nearest:
      '--validation-fraction 0.1 --divide-by example of dare run, which hold a tenth of the pairs out for development; ' +
      'by which rule the paper counts fewer pairs is not known',
  },
  {
    corpus: 'ChemProt',
    examples: { train: 14266, development: 8937, test: 12132 },
    relations: { 'CPR:4': 2221, 'CPR:3': 754, 'CPR:9': 726, 'CPR:6': 229, 'CPR:5': 173 },
    nearest: '--preset paper, which leaves out pairs of the relations that are not evaluated',
  },
];

/** The paper's counts for a corpus with exactly these relations, if it is one of the paper's. */
export function paperCounts(relations: readonly string[]): PaperCounts | undefined {
  return TABLE_2.find(
    (each) =>
      Object.keys(each.relations).length === relations.length && relations.every((name) => name in each.relations),
  );
}
