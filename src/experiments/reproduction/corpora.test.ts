/** Corpora are found where users have them, and what is missing is said in one line. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCorpora } from './corpora.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'corpora-'))));
afterEach(() => rm(root, { recursive: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), 'x');
  }
}

it('finds each in its maker’s layout, and sees whether its test split is there', async () => {
  await put(
    'CDR_Data/CDR.Corpus.v010516/CDR_TrainingSet.PubTator.txt',
    'CDR_Data/CDR.Corpus.v010516/CDR_TestSet.PubTator.txt',
    'chemprot/chemprot_training/chemprot_training_abstracts.tsv',
    'ddi2013/Train/DrugBank/Aspirin_ddi.xml',
    'mesh/2017MeshTree.txt',
  );
  const { corpora, meshTree } = await findCorpora(root, ['cdr', 'chemprot', 'ddi']);
  expect(corpora).toEqual({
    cdr: { path: join(root, 'CDR_Data/CDR.Corpus.v010516'), hasTest: true },
    chemprot: { path: join(root, 'chemprot'), hasTest: false },
    ddi: { path: join(root, 'ddi2013'), hasTest: false },
  });
  expect(meshTree).toBe(join(root, 'mesh/2017MeshTree.txt'));
});

it('names the page of one that is missing, and asks for none that is not needed', async () => {
  await put('chemprot/chemprot_training/chemprot_training_abstracts.tsv', 'cdr/CDR_TestSet.PubTator.txt');
  expect(Object.keys((await findCorpora(root, ['chemprot'])).corpora)).toEqual(['chemprot']);
  await expect(findCorpora(root, ['chemprot', 'cdr'])).rejects.toThrow(
    /cdr: the CDR corpus is not there \(download its training and development data from https:\/\/biocreative/,
  );
  await expect(findCorpora(join(root, 'nowhere'), ['cdr'])).rejects.toThrow('no such folder (name the folder');
});
