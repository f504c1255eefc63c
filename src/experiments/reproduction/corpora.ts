/**
 * The paper's three corpora where users have them: below one folder, under the names that their makers, or most copies, give them.
 *
 * Test splits are used where they are there. Where one is not, development data stands in for it, or, for DDI, which has none, documents held out of the
 * training data; what was tested on is part of every result.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../foundation/errors.ts';
import { kindAt } from '../../foundation/files.ts';
import { sourceFiles } from '../../corpus/readers/source-files.ts';

export const CORPORA = ['cdr', 'chemprot', 'ddi'] as const;
export type CorpusName = (typeof CORPORA)[number];

interface Publication {
  readonly title: string;
  /** Folders that it is looked for in, below the one that the user names. */
  readonly folders: readonly string[];
  /** A file by which its training data is known. */
  readonly training: RegExp;
  readonly page: string;
  /** The paper's Table 2. */
  readonly paper: PaperSizes;
}

export interface PaperSizes {
  readonly train: number;
  /** Positives of each relation, from the rarest. */
  readonly positives: readonly number[];
  readonly development: number;
  readonly test: number;
}

export const publications: Readonly<Record<CorpusName, Publication>> = {
  cdr: {
    title: 'CDR',
    folders: ['cdr', 'CDR', 'CDR.Corpus.v010516', 'CDR_Data/CDR.Corpus.v010516', 'cdr/CDR_Data/CDR.Corpus.v010516'],
    training: /^CDR_TrainingSet\.(PubTator\.txt|BioC\.xml)$/,
    page: 'https://biocreative.bioinformatics.udel.edu/tasks/biocreative-v/track-3-cdr/',
    paper: { train: 3597, positives: [1453], development: 3876, test: 3806 },
  },
  chemprot: {
    title: 'ChemProt',
    folders: ['chemprot', 'ChemProt', 'ChemProt_Corpus'],
    training: /^chemprot_training_abstracts\.tsv$/,
    page: 'https://biocreative.bioinformatics.udel.edu/news/corpora/chemprot-corpus-biocreative-vi/',
    paper: { train: 14266, positives: [173, 229, 726, 754, 2221], development: 8937, test: 12132 },
  },
  ddi: {
    title: 'DDI2013',
    folders: ['ddi2013', 'DDI2013', 'ddi', 'DDICorpus', 'DDICorpus-2013'],
    training: /\.xml$/,
    page: 'https://github.com/isegura/DDICorpus',
    paper: { train: 22501, positives: [153, 658, 1083, 1353], development: 4401, test: 5689 },
  },
};

export interface FoundCorpus {
  readonly path: string;
  /** Its test split is there. */
  readonly hasTest: boolean;
}

export interface FoundCorpora {
  readonly corpora: Readonly<Partial<Record<CorpusName, FoundCorpus>>>;
  /** A MeSH tree, with which pairs of CDR with a broader disease are left out. */
  readonly meshTree: string | null;
}

/**
 * Finds the corpora that an experiment needs.
 * @throws UserError naming the first that is missing, and the page that has it.
 */
export async function findCorpora(folder: string, needed: readonly CorpusName[]): Promise<FoundCorpora> {
  if ((await kindAt(folder)) !== 'folder') {
    throw new UserError('no such folder', { where: folder, remedy: 'name the folder of the corpora with --corpora' });
  }
  const corpora: Partial<Record<CorpusName, FoundCorpus>> = {};
  for (const name of needed) corpora[name] = await find(folder, name);
  return { corpora, meshTree: await meshTreeIn(folder) };
}

async function find(root: string, name: CorpusName): Promise<FoundCorpus> {
  const { title, folders, training, page } = publications[name];
  for (const folder of folders) {
    const path = join(root, folder);
    if ((await kindAt(path)) !== 'folder') continue;
    const files = await sourceFiles(path);
    const isTraining = files.some(({ path: file, split }) => split === 'train' && training.test(basename(file)));
    if (isTraining) return { path, hasTest: files.some(({ split }) => split === 'test') };
  }
  throw new UserError(`the ${title} corpus is not there`, {
    where: join(root, folders[0]!),
    remedy: `download its training and development data from ${page} and unpack them there`,
  });
}

async function meshTreeIn(root: string): Promise<string | null> {
  const names = await readdir(join(root, 'mesh')).catch(() => []);
  const name = names.sort().find((each) => /tree/i.test(each));
  return name === undefined ? null : join(root, 'mesh', name);
}
