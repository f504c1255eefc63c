import { expect, it } from 'vitest';
import type { AnnotatedDocument, Annotation } from '../document.ts';
import type { CorpusItem } from '../readers/reader.ts';
import { surveyTypes } from './survey.ts';

const mention = (id: string, type: string): Annotation => ({ id, start: 0, end: 1, type, text: 'x', ids: [`c${id}`] });

const document = (more: Partial<AnnotatedDocument>): CorpusItem => ({
  kind: 'document',
  place: { path: 'file', line: 1 },
  split: undefined,
  document: {
    id: 'd',
    text: 'x',
    passages: [],
    mentions: [mention('1', 'Gene'), mention('2', 'Drug'), mention('3', 'Disease')],
    relations: [],
    ...more,
  },
});

async function* stream(...items: CorpusItem[]): AsyncGenerator<CorpusItem> {
  yield* await Promise.resolve(items);
}

const relation = (head: string, tail: string) => ({ type: 'r', head, tail });

it('finds the types that relations have, by concept and by mention, most frequent first', async () => {
  const items = [
    document({ relations: [relation('c2', 'c3'), relation('c1', 'c9')] }),
    document({ mentionRelations: [relation('1', '2'), relation('1', '2')] }),
  ];
  expect(await surveyTypes(stream(...items), false)).toEqual([
    { head: 'Gene', tail: 'Drug' },
    { head: 'Drug', tail: 'Disease' },
  ]);
});

it('takes the more frequent order of two types for both, unless direction matters', async () => {
  const items = [document({ mentionRelations: [relation('1', '2'), relation('2', '1'), relation('2', '1')] })];
  const drugFirst = { head: 'Drug', tail: 'Gene' };
  expect(await surveyTypes(stream(...items), false)).toEqual([drugFirst]);
  expect(await surveyTypes(stream(...items), true)).toEqual([drugFirst, { head: 'Gene', tail: 'Drug' }]);
});

it('finds any where nothing is related, or pairs are listed', async () => {
  expect(await surveyTypes(stream(document({})), false)).toBe('any');
  expect(await surveyTypes(stream(document({ pairs: [], relations: [relation('c1', 'c2')] })), false)).toBe('any');
});
