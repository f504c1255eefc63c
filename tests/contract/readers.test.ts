/** What every reader of corpora owes: the same suite over a small corpus in each format. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CorpusItem } from '../../src/corpus/readers/reader.ts';
import { READERS } from '../../src/corpus/readers/readers.ts';
import { readFiles, readingError, type Files } from '../support/corpus-files.ts';
import { CORPUS_SAMPLES, type CorpusSample } from '../support/corpus-samples.ts';

/** What an item says, as `head tail label`. */
function factsOf(item: CorpusItem): string[] {
  if (item.kind === 'example') {
    const { head, tail, relation } = item.example;
    return [`${head.text} ${tail.text} ${relation ?? 'null'}`];
  }
  const { relations, mentionRelations = [], pairs = [] } = item.document;
  return [
    ...[...relations, ...mentionRelations].map(({ head, tail, type }) => `${head} ${tail} ${type}`),
    ...pairs.map(({ head, tail, relation }) => `${head} ${tail} ${relation ?? 'null'}`),
  ];
}

/** Every mention's words are what its offsets hold, and its parts lie in it. */
function expectMentionsInPlace(item: CorpusItem): void {
  const { text } = item.kind === 'example' ? item.example : item.document;
  const mentions = item.kind === 'example' ? [item.example.head, item.example.tail] : item.document.mentions;
  for (const { start, end, text: words, parts = [{ start, end }] } of mentions) {
    expect(words.length).toBeGreaterThan(0);
    expect(text.slice(start, end)).toBe(words);
    expect([parts[0]!.start, parts.at(-1)!.end]).toEqual([start, end]);
  }
}

const named = CORPUS_SAMPLES.map((sample): [string, CorpusSample] => [
  sample.format + (sample.variant ? ` (${sample.variant})` : ''),
  sample,
]);
const withMain = ({ files, main }: CorpusSample, change: (content: string) => string | Uint8Array): Files => ({
  ...files,
  [main]: change(String(files[main])),
});

it('has a sample for every format', () => {
  expect(new Set(CORPUS_SAMPLES.map(({ format }) => format))).toEqual(new Set(READERS.map(({ format }) => format)));
});

describe.each(named)('%s', (_, sample) => {
  const { format, files, main, facts, lines } = sample;

  it('is recognised, and read', async () => {
    const read = await readFiles(files);
    expect(read.format).toBe(format);
    expect(read.items.flatMap(factsOf)).toEqual(facts);
    expect(read.items.map(({ place }) => place.line)).toEqual(lines);
    expect(read.warnings).toEqual([]);
    read.items.forEach(expectMentionsInPlace);
    expect(new Set(read.items.map((item) => (item.kind === 'example' ? item.example.id : item.document.id))).size).toBe(
      2,
    );
  });

  it('is read by its name, in strict mode', async () => {
    const read = await readFiles(files, { format, strict: true });
    expect(read.items.flatMap(factsOf)).toEqual(facts);
  });

  it('takes Windows line ends, a byte order mark and a missing last line end', async () => {
    const changed = withMain(sample, (content) => `\uFEFF${content.replace(/\n$/, '').replaceAll('\n', '\r\n')}`);
    const read = await readFiles(changed);
    expect(read.items.flatMap(factsOf)).toEqual(facts);
    expect(read.items.map(({ place }) => place.line)).toEqual(lines);
    read.items.forEach(expectMentionsInPlace);
  });

  it('takes the split from the name of the file, or of a folder', async () => {
    const inFolder = Object.fromEntries(Object.entries(files).map(([name, content]) => [`dev/${name}`, content]));
    const splits = (await readFiles({ ...inFolder, 'README.md': 'x' })).items.map((item) =>
      item.kind === 'example' ? item.example.split : item.split,
    );
    expect(splits).toEqual(['development', 'development']);
  });

  it('refuses what is not UTF-8, naming the line', async () => {
    const wrong = withMain(sample, (content) =>
      Buffer.from(content.replace(/tremor|Lithium|patients/, 'Sjögren'), 'latin1'),
    );
    const error = await readingError(wrong, { format });
    expect(error.message).toMatch(/:\d+: the text is not UTF-8 \(convert it/);
    expect(error.where).toContain(main);
  });

  it('refuses UTF-16', async () => {
    const wrong = withMain(sample, (content) => Buffer.from(`\uFEFF${content}`, 'utf16le'));
    expect((await readingError(wrong, { format })).message).toMatch(/is (UTF-16, )?not UTF-8/);
  });

  it('either reads a damaged file or says what is wrong, and never misplaces a mention', async () => {
    const content = String(files[main]);
    const pieces = [
      '',
      '\t',
      '\n',
      '|',
      '"',
      '<',
      '>',
      '&x;',
      '\\',
      '{',
      ']',
      ',',
      '0',
      '-1',
      '99999',
      'T1',
      'e1>',
      '@',
      '$',
      '\r',
      '\uD800',
      '𝛂',
      '\u0301',
      '\0',
    ];
    const damage = fc.tuple(fc.nat(content.length), fc.nat(8), fc.constantFrom(...pieces));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const damaged = withMain(sample, () =>
          damages.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), content),
        );
        const outcome = await readFiles(damaged, { format }).catch((error: unknown) => error);
        if (!(outcome instanceof Error)) {
          (outcome as Awaited<ReturnType<typeof readFiles>>).items.forEach(expectMentionsInPlace);
          return;
        }
        expect(outcome.name, outcome.stack).toBe('UserError');
        expect(outcome.message).toMatch(/^[^\n]+: .+ \(.+\)$/);
      }),
      { numRuns: 150 },
    );
  });

  it('says what is wrong with any text', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json());
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const outcome = await readFiles(
          withMain(sample, () => content),
          { format },
        ).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome.name, outcome.stack).toBe('UserError');
      }),
      { numRuns: 50 },
    );
  });
});

// ChemProt's files are read side by side, in places: they cannot be packed.
describe.each(named.filter(([, { format }]) => format !== 'chemprot' && format !== 'brat'))(
  '%s',
  (_, { files, facts }) => {
    it('is read from gzipped files', async () => {
      const packed = Object.entries(files).map(([name, content]): [string, string | Uint8Array] =>
        name === 'rel2id.json' ? [name, content] : [`${name}.gz`, gzipSync(content)],
      );
      expect((await readFiles(Object.fromEntries(packed))).items.flatMap(factsOf)).toEqual(facts);
    });
  },
);
