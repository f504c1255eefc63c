import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles, readingError } from '../../../tests/support/corpus-files.ts';
import { SPLITS, type Example } from '../example.ts';
import { writtenExamples } from '../write-examples.ts';

const read = async (content: string): Promise<Example[]> =>
  (await readFiles({ 'x.jsonl': content }, { format: 'jsonl' })).examples;

/** What is written of examples. */
const written = (examples: readonly Example[]): Promise<string> =>
  text(Readable.from(writtenExamples(Readable.from(examples), 'jsonl')));

const good = {
  id: 'a',
  text: 'Aspirin cured pain.',
  head: { start: 0, end: 7, type: 'Chemical', text: 'Aspirin' },
  tail: { start: 14, end: 18, type: 'Disease', text: 'pain' },
  relation: 'treats',
};
const line = (changes: object = {}): string => JSON.stringify({ ...good, ...changes }) + '\n';

describe('jsonl', () => {
  it('reads what was written, unchanged', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      fc.constantFrom('\u2028', '\r', '\u{1D6C2}', 'a\u0301', '"'),
    );
    const examples = fc.array(
      fc
        .tuple(
          piece,
          piece,
          piece,
          fc.option(piece),
          fc.option(fc.constantFrom(...SPLITS), { nil: undefined }),
          fc.boolean(),
        )
        .map(([before, head, tail, relation, split, others]): Omit<Example, 'id'> => {
          const text = before + head + tail;
          const at = (start: number, part: string) => ({ start, end: start + part.length, type: 'X', text: part });
          return {
            document: before,
            text,
            head: at(before.length, head),
            tail: at(before.length + head.length, tail),
            relation,
            ...(split && { split }),
            ...(others && { others: [at(0, before)] }),
          };
        }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(examples, async (made) => {
        const numbered = made.map((example, i) => ({ id: `e${i}`, ...example }));
        expect(await read(await written(numbered))).toEqual(numbered);
      }),
      { numRuns: 50 },
    );
  });

  it('takes an example without document for a document of its own, and numbers for ids', async () => {
    expect(await read(line({ id: 7 }))).toEqual([{ ...good, id: '7', document: '7' }]);
  });

  it.each([
    ['dev', 'development'],
    ['Validation', 'development'],
    ['training', 'train'],
    ['test', 'test'],
  ])('knows the split %s', async (written, split) => {
    expect((await read(line({ split: written })))[0]?.split).toBe(split);
  });

  it.each<[string, string, string]>([
    ['no JSON', '{"id":', 'x.jsonl:1: not valid JSON'],
    ['a missing text', line({ text: undefined }), 'x.jsonl:1: text: must be a string'],
    [
      'a missing relation',
      line({ relation: undefined }),
      'x.jsonl:1: relation: must be a relation name, or null where no relation holds',
    ],
    [
      'an empty relation',
      line({ relation: '' }),
      'x.jsonl:1: relation: must not be empty: write null where no relation holds',
    ],
    [
      'a fractional offset',
      line({ head: { ...good.head, start: 0.5 } }),
      'x.jsonl:1: head.start: must be a whole number',
    ],
    ['a negative offset', line({ head: { ...good.head, start: -1 } }), 'x.jsonl:1: head.start: must not be negative'],
    [
      'offsets beyond the text',
      line({ tail: { ...good.tail, end: 99 } }),
      'x.jsonl:1: tail: end 99 lies beyond the text, which has 19 UTF-16 code units',
    ],
    [
      'start after end',
      line({ tail: { ...good.tail, start: 18, end: 14 } }),
      'x.jsonl:1: tail: start 18 is not before end 14',
    ],
    [
      'offsets at other text',
      line() + line({ id: 'b', head: { ...good.head, text: 'Aspirine' } }),
      'x.jsonl:2: head: text is "Aspirine", but offsets 0 to 7 hold "Aspirin"',
    ],
    [
      'a wrong other mention',
      line({ others: [{ ...good.head, end: 6 }] }),
      'x.jsonl:1: others.0: text is "Aspirin", but offsets 0 to 6 hold "Aspiri"',
    ],
    ['one mention twice', line({ tail: good.head }), 'x.jsonl:1: head and tail are the same mention'],
    ['an unknown split', line({ split: 'all' }), 'x.jsonl:1: split: "all" is no split: write train, development, test'],
    ['an id twice', line() + '\n' + line(), 'x.jsonl:3: example a was met at x.jsonl:1 already'],
  ])('refuses %s', async (_, content, message) => {
    const error = await readingError({ 'x.jsonl': content }, { format: 'jsonl' });
    expect(error.message).toContain(message);
  });
});
