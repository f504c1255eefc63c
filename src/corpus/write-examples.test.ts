import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamFileAtomically } from '../foundation/files.ts';
import { readCorpus } from './corpus.ts';
import { SPLITS, type Example, type Mention } from './example.ts';
import { COMMON_NULL_LABELS } from './readers/labels.ts';
import { WRITTEN_FORMATS, writtenExamples, type WrittenFormat } from './write-examples.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'written-'))));
afterAll(() => rm(folder, { recursive: true }));

async function* stream(examples: readonly Example[]): AsyncGenerator<Example> {
  yield* await Promise.resolve(examples);
}

/** Written, and read back. */
async function throughFile(examples: readonly Example[], format: WrittenFormat): Promise<Example[]> {
  const path = join(folder, `examples.${format}`);
  await streamFileAtomically(path, writtenExamples(stream(examples), format));
  const { examples: read } = await readCorpus(path, { format, nullLabels: 'auto' });
  const order = new Map(examples.map(({ id }, i) => [id, i]));
  return Object.values(read)
    .flat()
    .sort((a, b) => order.get(a.id)! - order.get(b.id)!);
}

/** Texts with all that makes trouble in files: quotes, separators, line ends, blanks, characters of two units. */
const piece = fc.oneof(
  fc.constantFrom('"', ',', ';', '\t', '\n', '\r\n', ' ', "'", '\\', '\u2028', '𐀀', 'é', '|', '<e1>', '@GENE$', '='),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const words = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => `x${pieces.join('')}`);
const name = fc.stringMatching(/^[A-Za-z][\w:,"; -]{0,8}[\w]$/);
const relation = name.filter((each) => !COMMON_NULL_LABELS.some((label) => label.toLowerCase() === each.toLowerCase()));

const example = fc
  .record({
    texts: fc.array(words, { minLength: 6, maxLength: 6 }),
    types: fc.array(name, { minLength: 3, maxLength: 3 }),
    document: name,
    relation: fc.option(relation),
    split: fc.constantFrom(undefined, ...SPLITS),
    inPieces: fc.boolean(),
    concepts: fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), { nil: undefined }),
    hasOthers: fc.boolean(),
    masked: fc.boolean(),
    swapped: fc.boolean(),
  })
  .map(({ texts, types, inPieces, concepts, hasOthers, masked, swapped, split, ...rest }): Omit<Example, 'id'> => {
    const text = texts.join(' ');
    const spans = texts.map((each, i) => {
      const start = texts.slice(0, i).join(' ').length + (i > 0 ? 1 : 0);
      return { start, end: start + each.length };
    });
    const mention = (type: string, ...places: number[]): Mention => {
      const parts = places.map((place) => spans[place]!);
      const [start, end] = [parts[0]!.start, parts.at(-1)!.end];
      const words = text.slice(start, end);
      return { start, end, type, text: words, ...(parts.length > 1 && { parts }), ...(concepts && { concepts }) };
    };
    const [a, b] = [inPieces ? mention(types[0]!, 0, 2) : mention(types[0]!, 0), mention(types[1]!, 3)];
    return {
      ...rest,
      text,
      head: swapped ? b : a,
      tail: swapped ? a : b,
      ...(split && { split }),
      ...(hasOthers && { others: [mention(types[2]!, 4), mention(types[2]!, 3, 5)] }),
      ...(masked && { masked: true as const }),
    };
  });

describe.each(WRITTEN_FORMATS)('examples written as %s', (format) => {
  it('are read back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(example, { minLength: 1, maxLength: 5 }), async (made) => {
        const examples = made.map((each, i) => ({ id: `e${i}`, ...each }));
        expect(await throughFile(examples, format)).toEqual(examples);
      }),
      { numRuns: 60 },
    );
  });
});

describe('CSV', () => {
  const one = (label: string): Example => ({
    id: '7',
    document: 'd',
    text: 'a b',
    head: { start: 0, end: 1, type: 'X', text: 'a' },
    tail: { start: 2, end: 3, type: 'Y', text: 'b' },
    relation: label,
  });

  it.each([
    [
      'Other',
      'example 7: the relation "Other" means no relation in a CSV file (convert to jsonl, or rename the relation)',
    ],
    ['r ', 'example 7: the relation "r " begins or ends with a blank, which CSV does not keep'],
  ])('refuses the relation %j, which would not be read back', async (label, message) => {
    await expect(throughFile([one(label)], 'csv')).rejects.toThrow(message);
    expect(await throughFile([one(label)], 'jsonl')).toEqual([one(label)]);
  });
});
