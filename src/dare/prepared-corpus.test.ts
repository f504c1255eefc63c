import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import { runConfigurationSchema } from './configuration.ts';
import { relationPlaceholders } from './relation-placeholders.ts';
import { prepareCorpus, readPreparedCorpus, writePreparedCorpus, type PreparedCorpus } from './prepared-corpus.ts';

const typed = { head: 'DRUG', tail: 'DISEASE' };

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'prepared-'))));
afterEach(() => rm(folder, { recursive: true }));

interface Line {
  text?: string;
  relation?: string | null;
  split?: string;
  document?: string;
  headType?: string;
}

/** Ten documents with a sentence each, of which four are related, and the lines given. */
const lines = (more: readonly Line[] = []): Line[] => [
  ...Array.from({ length: 10 }, (_, i): Line => ({
    text: `HEAD x${i} y${i} TAIL`,
    relation: i < 4 ? 'r' : null,
  })),
  ...more,
];

async function prepare(
  of: readonly Line[],
  settings: object = {},
): Promise<{ corpus: PreparedCorpus; notes: string[] }> {
  const path = join(folder, 'corpus.jsonl');
  const written = of.map(({ text = 'HEAD TAIL', relation = null, headType = 'Chemical', ...rest }, i) => {
    const sentence = text.replace('HEAD', `aspirin${i}`).replace('TAIL', `pain${i}`);
    const mention = (words: string, type: string) => {
      const start = sentence.indexOf(words);
      return { start, end: start + words.length, type, text: words };
    };
    const [head, tail] = [mention(`aspirin${i}`, headType), mention(`pain${i}`, 'Disease')];
    return `${JSON.stringify({ id: String(i), text: sentence, head, tail, relation, ...rest })}\n`;
  });
  await writeFile(path, written.join(''));
  const notes: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'note' && notes.push(event.text));
  const { corpus } = runConfigurationSchema.parse({ corpus: { path, ...settings } });
  return { corpus: await prepareCorpus({ ...corpus, seed: 1 }, monitor), notes };
}

describe('prepareCorpus', () => {
  it('masks, divides, and says what is tested on; written, it is read back', async () => {
    const { corpus, notes } = await prepare(lines(), { testFraction: 0.3, validationFraction: 0.3 });
    expect(corpus).toMatchObject({
      relations: ['r'],
      placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
      testedOn: 'held-out training documents',
    });
    expect([corpus.train.length, corpus.validation.length, corpus.test.length]).toEqual([5, 2, 3]);
    for (const { text } of [...corpus.train, ...corpus.test]) expect(text).toMatch(/^DRUG x\d y\d DISEASE$/);
    expect(notes).toEqual([]);
    await writePreparedCorpus(folder, corpus);
    expect(await readPreparedCorpus(folder)).toEqual(corpus);
  });

  it('keeps to the splits that are given, unless told otherwise', async () => {
    const given = lines([
      { text: 'no HEAD TAIL', split: 'dev' },
      { text: 'not HEAD TAIL', relation: 'r', split: 'test' },
    ]);
    const { corpus } = await prepare(given);
    expect([corpus.train.length, corpus.validation.length, corpus.test.length]).toEqual([10, 1, 1]);
    expect(corpus.testedOn).toBe('test');
    const { corpus: anew } = await prepare(given, { givenSplits: false, divideBy: 'example' });
    expect(anew.testedOn).toBe('held-out training examples');
    expect(anew.train.length + anew.validation.length + anew.test.length).toBe(12);
  });

  it('keeps examples up to a limit, test documents whole and the same whatever is trained on', async () => {
    const documents = Array.from({ length: 40 }, (_, i): Line => ({
      ...{ text: `HEAD x${i} y${i} TAIL`, relation: i % 2 === 0 ? 'r' : null, document: `d${i >> 1}` },
      split: i < 30 ? 'train' : 'dev',
    }));
    const { corpus } = await prepare(documents, { trainExamples: 9, validationExamples: 2, testExamples: 5 });
    expect([corpus.train.length, corpus.validation.length, corpus.test.length]).toEqual([9, 2, 4]);
    const { corpus: larger } = await prepare(documents, { trainExamples: 20, positives: 5, testExamples: 5 });
    expect(larger.test).toEqual(corpus.test);
    expect(larger.train.filter(({ relation }) => relation !== null)).toHaveLength(5);
    expect(larger.train.filter(({ relation }) => relation === null)).toHaveLength(10);
  });

  it('names the limit where it leaves a relation too few examples', async () => {
    const rare = lines([...Array.from({ length: 3 }, (): Line => ({ relation: 'rare' })), { split: 'dev' }]);
    await expect(prepare(rare, { positives: 3 })).rejects.toThrow(
      /"rare" has 1 training example, .* allow more training examples \(corpus\.trainExamples, corpus\.positives\)/,
    );
  });

  it('warns of what its parts have in common', async () => {
    const { notes } = await prepare(
      lines([
        { text: 'never HEAD TAIL', split: 'dev' },
        { text: 'HEAD x0 y0 TAIL', split: 'test', document: '3' },
      ]),
    );
    expect(notes).toEqual([
      'leakage from train into test: 1 document, 1 example with the same masked sentence (see dare data inspect)',
    ]);
  });

  it('tells of placeholders that sentences hold, and does with them as it is told', async () => {
    const own = lines([{ text: 'DRUG HEAD TAIL', relation: 'r' }]);
    const settings = { givenSplits: false, testFraction: 0.1 };
    const texts = ({ train, validation, test }: PreparedCorpus) =>
      [...train, ...validation, ...test].map(({ text }) => text);
    const lower = await prepare(own, settings);
    expect(texts(lower.corpus)).toContain('drug DRUG DISEASE');
    expect(lower.notes).toEqual([
      '1 sentences hold a placeholder such as DRUG as a word of their own (put in lower case; see corpus.ownPlaceholders)',
    ]);
    expect(texts((await prepare(own, { ...settings, ownPlaceholders: 'keep' })).corpus)).toContain('DRUG DRUG DISEASE');
    expect(texts((await prepare(own, { ...settings, ownPlaceholders: 'drop' })).corpus)).toHaveLength(10);
  });

  it('masks each example by its own types', async () => {
    const mixed = await prepare(lines([{ text: 'HEAD or TAIL', headType: 'Gene' }]));
    expect(mixed.corpus.placeholders).toEqual([typed, { head: 'PROTEIN', tail: 'DISEASE' }]);
    expect(mixed.corpus.types.map(({ head, tail }) => `${head}:${tail}`)).toEqual(['Chemical:Disease', 'Gene:Disease']);
    const texts = [...mixed.corpus.train, ...mixed.corpus.validation, ...mixed.corpus.test].map(({ text }) => text);
    expect(texts).toContain('PROTEIN or DISEASE');
    expect(texts).toContain('DRUG x1 y1 DISEASE');
    const named = await prepare(lines([{ text: 'HEAD or TAIL', headType: 'Gene' }]), { typeWords: ['Gene=DRUG'] });
    expect(named.corpus.placeholders).toEqual([typed]);
  });

  it('knows the placeholders of each relation, the most frequent first', async () => {
    const { corpus } = await prepare(
      lines([
        ...Array.from({ length: 12 }, (): Line => ({ text: 'HEAD or TAIL', headType: 'Gene', relation: 's' })),
        ...Array.from({ length: 12 }, (): Line => ({ text: 'HEAD or TAIL', headType: 'Gene', relation: 'r' })),
      ]),
    );
    expect(relationPlaceholders(corpus, 's').map(({ head }) => head)).toEqual(['PROTEIN']);
    expect(relationPlaceholders(corpus, 'r').map(({ head }) => head)).toEqual(['PROTEIN', 'DRUG']);
  });

  it('counts the relations that it is told to', async () => {
    const two = lines([
      { relation: 's', text: 'HEAD or TAIL' },
      { relation: 's', text: 'HEAD and TAIL' },
    ]);
    await expect(prepare(two, { relations: ['r'] })).resolves.toMatchObject({ corpus: { relations: ['r'] } });
  });

  it.each<[string, Line[], object, string]>([
    ['no relation at all', lines().slice(4), {}, 'no training example has a relation'],
    ['too few documents', lines().slice(3, 5), {}, 'too few documents: nothing is left for'],
    ['a test split alone', [{ split: 'test', relation: 'r' }], {}, 'the corpus has no training data'],
    [
      'a relation that only the test data have',
      lines([{ split: 'test', relation: 's', text: 'HEAD or TAIL' }]),
      {},
      's is in the validation or test data but not in the training data (name the relations that count',
    ],
  ])('refuses %s', async (_, of, settings, message) => {
    await expect(prepare(of, settings)).rejects.toThrow(message);
  });
});

/** PubTator documents, each with a sentence on a drug and a disease; the even ones state that the drug induces it, and something no sentence holds. */
async function writeDocuments(path: string, count: number, from: number): Promise<void> {
  const documents = Array.from({ length: count }, (_, i) => {
    const id = from + i;
    const text = `Lithium number${id} may cause tremor.`;
    const disease = text.indexOf('tremor');
    const mentions = [
      [id, 0, 7, 'Lithium', 'Chemical', 'D008094'],
      [id, disease, disease + 6, 'tremor', 'Disease', 'D014202'],
    ];
    const stated = [
      [id, 'CID', 'D008094', 'D014202'],
      [id, 'CID', 'D008094', 'D000001'],
    ];
    const rows = [...mentions, ...(id % 2 === 0 ? stated : [])].map((row) => row.join('\t'));
    return [`${id}|t|${text}`, `${id}|a|`, ...rows, '', ''].join('\n');
  });
  await writeFile(path, documents.join(''));
}

describe('facts of the test documents', () => {
  it('are those of the split that is tested on, with the ones that no sentence holds', async () => {
    await writeDocuments(join(folder, 'train.txt'), 40, 100);
    await writeDocuments(join(folder, 'dev.txt'), 6, 200);
    const { corpus: settings } = runConfigurationSchema.parse({ corpus: { path: folder } });
    const corpus = await prepareCorpus({ ...settings, seed: 1 }, new Monitor(() => {}));
    expect(corpus.testFacts).toEqual({
      directed: false,
      documents: ['200', '201', '202', '203', '204', '205'],
      facts: ['200', '202', '204'].flatMap((document) => [
        { document, relation: 'CID', head: 'D008094', tail: 'D014202' },
        { document, relation: 'CID', head: 'D008094', tail: 'D000001' },
      ]),
    });
    expect(corpus.test[0]?.concepts).toEqual({ head: ['D008094'], tail: ['D014202'] });
    const store = join(folder, 'prepared');
    await mkdir(store);
    await writePreparedCorpus(store, corpus);
    expect(await readPreparedCorpus(store)).toEqual(corpus);
  });

  it('are those of the documents taken out of the training data, and none where sentences were', async () => {
    await writeDocuments(join(folder, 'train.txt'), 60, 100);
    const prepared = async (divideBy: 'document' | 'example') => {
      const { corpus } = runConfigurationSchema.parse({ corpus: { path: folder, divideBy } });
      return prepareCorpus({ ...corpus, seed: 1 }, new Monitor(() => {}));
    };
    const { testFacts, test } = await prepared('document');
    expect(testFacts?.documents.toSorted()).toEqual(test.map(({ document }) => document).toSorted());
    expect((await prepared('example')).testFacts).toBeUndefined();
  });
});
