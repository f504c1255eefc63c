import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCorpus } from './corpus.ts';
import { splitInName } from './readers/source-files.ts';
import { UserError } from '../foundation/errors.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'corpus-'))));
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content);

const pubtator = (id: string): string =>
  [
    `${id}|t|Lead and zinc cause rash.`,
    `${id}|a|Always.`,
    `${id}\t0\t4\tLead\tChemical\tC1`,
    `${id}\t9\t13\tzinc\tChemical\tC2`,
    `${id}\t20\t24\trash\tDisease\tD1`,
    `${id}\tCID\tC1\tD1\n`,
  ].join('\n');

const jsonLine = (id: string, changes: object = {}): string =>
  `${JSON.stringify({
    id,
    text: 'Lead: rash',
    head: { start: 0, end: 4, type: 'Chemical', text: 'Lead' },
    tail: { start: 6, end: 10, type: 'Disease', text: 'rash' },
    relation: 'induces',
    ...changes,
  })}\n`;

describe('readCorpus', () => {
  it('reads a folder of PubTator files by split, and says which files it passed over', async () => {
    await put('CDR_TrainingSet.PubTator.txt', pubtator('1'));
    await put('CDR_DevelopmentSet.PubTator.txt', pubtator('2'));
    await put('CDR_TestSet.PubTator.txt', pubtator('3'));
    await put('CDR_TrainingSet.BioC.xml', '<?xml version="1.0"?>');
    await put('README.md', 'About.');
    const corpus = await readCorpus(folder);
    expect(
      Object.values(corpus.examples).map((examples) => examples.map(({ document, relation }) => [document, relation])),
    ).toEqual([
      [
        ['1', 'CID'],
        ['1', null],
      ],
      [
        ['2', 'CID'],
        ['2', null],
      ],
      [
        ['3', 'CID'],
        ['3', null],
      ],
    ]);
    expect({ ...corpus, examples: [], facts: [] }).toEqual({
      examples: [],
      facts: [],
      format: 'pubtator',
      types: [{ head: 'Chemical', tail: 'Disease' }],
      documents: 3,
      sentences: 6,
      dropped: {},
      warnings: [
        {
          code: 'file-not-read',
          count: 1,
          first: { what: 'it is not pubtator', where: join(folder, 'CDR_TrainingSet.BioC.xml') },
          remedy: 'name the corpus file itself, or take the file out of the folder',
        },
      ],
    });
  });

  it('knows a single file by its content, and takes it for training data', async () => {
    await put('my-corpus', pubtator('1'));
    await put('examples.txt', jsonLine('a'));
    expect((await readCorpus(join(folder, 'examples.txt'))).format).toBe('jsonl');
    const corpus = await readCorpus(join(folder, 'my-corpus'));
    expect(corpus.format).toBe('pubtator');
    expect(corpus.examples.train).toHaveLength(2);
  });

  it('reads example files; a split in the line counts before the one in the name', async () => {
    await put('train.jsonl', jsonLine('a') + jsonLine('b', { split: 'test', relation: null }));
    await put('dev.jsonl', jsonLine('c', { document: 'a' }));
    const corpus = await readCorpus(folder);
    expect(Object.values(corpus.examples).map((examples) => examples.map(({ id }) => id))).toEqual([
      ['a'],
      ['c'],
      ['b'],
    ]);
    expect(corpus).toMatchObject({ format: 'jsonl', documents: 2, sentences: 2 });
  });

  it('takes the types that the corpus relates, or those that the user names', async () => {
    await put('a.txt', pubtator('1').replaceAll('Chemical', 'Gene'));
    expect((await readCorpus(folder)).examples.train.map(({ head, tail }) => [head.type, tail.type])).toEqual([
      ['Gene', 'Disease'],
      ['Gene', 'Disease'],
    ]);
    const other = await readCorpus(folder, { types: ['Gene:Gene'] });
    expect(other.examples.train.map(({ head, tail }) => [head.text, tail.text])).toEqual([['Lead', 'zinc']]);
    expect(other.dropped).toEqual({ 'relation-of-other-types': { pairs: 1, related: 1 } });
  });

  it('keeps to the relations that count in ready examples too', async () => {
    await put('train.jsonl', jsonLine('a') + jsonLine('b', { relation: 'treats' }));
    const relations = ['induces'];
    const kept = await readCorpus(folder, { relations });
    expect(kept.examples.train.map(({ relation }) => relation)).toEqual(['induces', null]);
    const strict = await readCorpus(folder, { relations, otherRelations: 'drop' });
    expect(strict.examples.train).toHaveLength(1);
    expect(strict.dropped).toEqual({ 'relation-not-counted': { pairs: 1, related: 1 } });
  });

  it('takes the split from the folder where the file name has none', async () => {
    await mkdir(join(folder, 'test'));
    await put('test/part1.jsonl', jsonLine('a'));
    expect((await readCorpus(folder)).examples.test).toHaveLength(1);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an empty folder', {}, 'the corpus is empty'],
    ['an empty file', { 'train.jsonl': '' }, 'the corpus is empty'],
    ['an unknown format', { 'train.txt': 'Once upon a time.' }, 'no corpus is recognised here'],
    [
      'no pair of mentions',
      { 'train.txt': '1|t|Lead.\n1|a|\n1\t0\t4\tLead\tChemical\tC1\n' },
      'no examples were found',
    ],
  ])('refuses %s', async (_, files, message) => {
    for (const [name, content] of Object.entries(files)) await put(name, content);
    const error: unknown = await readCorpus(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`${folder}: ${message}`);
  });

  it.each<[string, Parameters<typeof readCorpus>[1], string]>([
    ['types', { types: ['Gene-Disease'] }, 'types: "Gene-Disease" is not of the form head:tail (write head:tail)'],
    ['columns', { columns: ['text'] }, 'columns: "text" is not of the form field=column (write field=column)'],
    ['fields', { columns: ['label=relation'] }, 'columns: there is no field "label" (fields are id, document, text, '],
    ['a MeSH tree', { meshTree: '/nowhere' }, '/nowhere: no such file or folder (check the path)'],
  ])('refuses %s', async (_, settings, message) => {
    await put('train.jsonl', jsonLine('a'));
    await expect(readCorpus(folder, settings)).rejects.toThrow(message);
  });

  it('refuses a path where nothing is', async () => {
    await expect(readCorpus(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: no such file or folder/);
  });
});

describe('splitInName', () => {
  it.each([
    ['CDR_TrainingSet.PubTator.txt', 'train'],
    ['CDR_DevelopmentSet.PubTator.txt', 'development'],
    ['valid.jsonl', 'development'],
    ['CDR_TestSet.PubTator.txt', 'test'],
    ['corpus.txt', undefined],
  ])('%s', (name, split) => {
    expect(splitInName(name)).toBe(split);
  });
});
