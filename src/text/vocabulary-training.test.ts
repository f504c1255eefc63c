import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { compareCodePoints, learnMerges, type Merge } from './pair-merging.ts';
import { trainByteLevelBpe, trainWordPiece } from './vocabulary-training.ts';

/** Algorithm 1 of Sennrich et al. as it is written: counts everything anew for each merge. */
function learnMergesPlainly(words: { symbols: string[]; count: number }[], limit: number): Merge[] {
  const current = words.map(({ symbols, count }) => ({ symbols: [...symbols], count }));
  const merges: Merge[] = [];
  const symbolsByAge = ['a', 'b', 'c'];
  const age = (symbol: string) => symbolsByAge.indexOf(symbol);
  while (new Set(merges.map(({ merged }) => merged)).size < limit) {
    const counts = new Map<string, { left: string; right: string; count: number }>();
    for (const { symbols, count } of current) {
      for (let i = 1; i < symbols.length; i++) {
        const [left, right] = [symbols[i - 1]!, symbols[i]!];
        const pair = counts.get(`${left} ${right}`) ?? { left, right, count: 0 };
        counts.set(`${left} ${right}`, { ...pair, count: pair.count + count });
      }
    }
    const [best] = [...counts.values()].sort(
      (a, b) => b.count - a.count || age(a.left) - age(b.left) || age(a.right) - age(b.right),
    );
    if (!best || best.count < 2) break;
    const merged = best.left + best.right;
    merges.push({ left: best.left, right: best.right, merged });
    if (!symbolsByAge.includes(merged)) symbolsByAge.push(merged);
    for (const { symbols } of current) {
      for (let i = 1; i < symbols.length; i++) {
        if (symbols[i - 1] === best.left && symbols[i] === best.right) symbols.splice(i - 1, 2, merged);
      }
    }
  }
  return merges;
}

test('counts kept up to date give what counting anew gives', () => {
  const word = fc.record({
    symbols: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 }),
    count: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: 0, max: 12 }), (words, limit) => {
      const join = (left: string, right: string) => left + right;
      const learning = learnMerges({ words, firstSymbols: ['a', 'b', 'c'], limit, join });
      let step = learning.next();
      while (!step.done) step = learning.next();
      expect(step.value).toEqual(learnMergesPlainly(words, limit));
    }),
    { numRuns: 500 },
  );
});

test('code points are compared as Python compares them', () => {
  const sorted = ['', 'a', 'ab', 'b', '\uE000', '\uFFFD', '\u{10000}', '\u{10000}a', '\u{10FFFF}'];
  expect(RandomStream.named(1).shuffle(sorted).sort(compareCodePoints)).toEqual(sorted);
});

describe('the vocabularies of Hugging Face’s tokenizers (tests/fixtures/make/vocabularies.py)', () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../tests/fixtures/vocabularies/${name}`, import.meta.url), 'utf8');
  const lines = fixture('texts.txt').trimEnd().split('\n');

  test('byte-level BPE: the same merges in the same order', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dare-vocabulary-'));
    await trainByteLevelBpe(lines, { vocabularySize: 900 }).save(folder);
    const merges = readFileSync(join(folder, 'merges.txt'), 'utf8').trimEnd().split('\n').slice(1);
    await rm(folder, { recursive: true });
    const expected = JSON.parse(fixture('byte-level-bpe.json')) as [string, string][];
    expect(merges).toEqual(expected.map((pair) => pair.join(' ')));
  });

  // Their order among ## characters is that of a hash table, and with it the choice between equally frequent pairs.
  test.each([
    ['uncased', true],
    ['cased', false],
  ])('WordPiece, %s: the same pieces, but for ties', (name, lowercase) => {
    const expected = JSON.parse(fixture(`wordpiece-${name}.json`)) as string[];
    const tokenizer = trainWordPiece(lines, { vocabularySize: 300, lowercase });
    const missing = expected.filter((piece) => tokenizer.tokenToId(piece) === undefined);
    expect(tokenizer.vocabularySize).toBe(expected.length);
    expect(missing.length).toBeLessThanOrEqual(2);
  });
});

const texts = [
  'The inhibitor reverses the effect of the receptor.',
  'The effect of naloxone on the receptor was reversed; the inhibitor was not.',
  'Café: 5 µg of the inhibitor, in 日本.',
];

describe('byte-level BPE', () => {
  const tokenizer = trainByteLevelBpe(texts, { vocabularySize: 280 });

  test('has the size asked for, ends with <|endoftext|>, and writes every text back', () => {
    expect(tokenizer).toMatchObject({ kind: 'byte-level-bpe', vocabularySize: 280, endOfText: 279 });
    for (const text of [...texts, 'Ünseen — ☃ 𝒳']) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode(' the').length).toBe(1);
  });

  test('the order of the texts does not matter', () => {
    const again = trainByteLevelBpe(texts.toReversed(), { vocabularySize: 280 });
    const all = (of: typeof tokenizer) => Array.from({ length: 280 }, (_, id) => of.idToToken(id));
    expect(all(again)).toEqual(all(tokenizer));
  });

  test('ends early when no pair occurs twice', () => {
    expect(trainByteLevelBpe(['ab'], { vocabularySize: 1000 }).vocabularySize).toBe(257);
    expect(() => trainByteLevelBpe(texts, { vocabularySize: 100 })).toThrow(/does not hold the 256 bytes/);
  });
});

describe('WordPiece', () => {
  test('BERT’s special tokens first; frequent words whole; uncased', () => {
    const tokenizer = trainWordPiece(texts, { vocabularySize: 120, lowercase: true });
    expect(tokenizer).toMatchObject({
      kind: 'wordpiece',
      pad: 0,
      unknown: 1,
      cls: 2,
      sep: 3,
      mask: 4,
    });
    expect(tokenizer.encode('THE Inhibitor')).toEqual([tokenizer.tokenToId('the'), tokenizer.tokenToId('inhibitor')]);
    expect(tokenizer.decode(tokenizer.encode('the café receptor.'))).toBe('the cafe receptor.');
    expect(tokenizer.encode('☃')).toEqual([1]);
    expect(trainWordPiece(texts, { vocabularySize: 55, lowercase: true }).vocabularySize).toBe(55);
  });

  test('cased on demand', () => {
    const tokenizer = trainWordPiece(texts, { vocabularySize: 120, lowercase: false });
    expect(tokenizer.tokenToId('The')).toBeDefined();
    expect(tokenizer.encode('The')).not.toEqual(tokenizer.encode('the'));
  });

  test('a size that does not hold the characters', () => {
    expect(() => trainWordPiece(texts, { vocabularySize: 20, lowercase: true })).toThrow(/choose \d+ or more/);
  });
});

test.each([
  ['a byte-level BPE', () => trainByteLevelBpe([...texts, 'ACGT'.repeat(100_000)], { vocabularySize: 300 })],
  ['a WordPiece', () => trainWordPiece([...texts, 'acgt'.repeat(100_000)], { vocabularySize: 100, lowercase: true })],
])('%s learns nothing from a word without end', (_, train) => {
  const tokenizer = train();
  expect(['gtac', '##gtac', 'acgt', 'ACGT', 'GTAC'].map((piece) => tokenizer.tokenToId(piece))).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
});
