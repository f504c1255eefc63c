import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TermDictionary } from './term-dictionary.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'terms-'))));
afterAll(() => rm(folder, { recursive: true }));

async function dictionaryOf(...lines: string[]): Promise<TermDictionary> {
  const path = join(folder, 'terms.tsv');
  await writeFile(path, lines.join('\n'));
  return TermDictionary.read(path);
}

describe('a dictionary', () => {
  test('marks whole words in any case, the longest term first, with type and ids', async () => {
    const dictionary = await dictionaryOf(
      'failure\tDisease',
      'renal failure\tDisease\tD051437',
      'aspirin\tChemical\tD001241',
      'ASPIRIN\tChemical\tCHEBI:15365',
      '(+)-pinene\tChemical',
    );
    const text = 'Aspirin, not aspirins, caused renal\n  Failure; heart failure after (+)-pinene.';
    expect(dictionary.find(text)).toEqual([
      { start: 0, end: 7, type: 'Chemical', text: 'Aspirin', ids: ['D001241', 'CHEBI:15365'] },
      { start: 30, end: 45, type: 'Disease', text: 'renal\n  Failure', ids: ['D051437'] },
      { start: 53, end: 60, type: 'Disease', text: 'failure', ids: [] },
      { start: 67, end: 77, type: 'Chemical', text: '(+)-pinene', ids: [] },
    ]);
  });

  test('marks nothing over what is marked already', async () => {
    const dictionary = await dictionaryOf('pain\tDisease');
    const text = 'chest pain and pain';
    expect(dictionary.find(text, [{ start: 0, end: 10 }]).map(({ start }) => start)).toEqual([15]);
  });

  test('finds terms however they stand in a text, and marks no stretch twice', async () => {
    const words = ['a', 'b', 'c', 'a b', 'b c a', 'C-b'];
    const dictionary = await dictionaryOf(...words.map((word) => `${word}\tT`));
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'B', 'c', 'ab', '-', ' ', '\n', 'é')), (parts) => {
        const text = parts.join('');
        let last = 0;
        for (const { start, end, text: found } of dictionary.find(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(text.slice(start, end)).toBe(found);
          expect(words.map((word) => word.toLowerCase())).toContain(found.toLowerCase().replaceAll(/\s+/g, ' '));
          expect(/[\p{L}\p{N}]$/u.test(text.slice(0, start)) || /^[\p{L}\p{N}]/u.test(text.slice(end))).toBe(false);
          last = end;
        }
      }),
    );
  });

  test('says which line is no term, and which term has two types', async () => {
    await expect(dictionaryOf('aspirin Chemical')).rejects.toThrow('terms.tsv:1: not a term of the dictionary');
    await expect(dictionaryOf('lead\tChemical', '', 'Lead\tGene')).rejects.toThrow(
      'terms.tsv:3: "Lead" is Chemical and Gene',
    );
    await expect(dictionaryOf('')).rejects.toThrow('the dictionary holds no terms');
  });
});
