import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readJson } from '../foundation/files.ts';
import { loadTokenizer } from './load-tokenizer.ts';

const FIXTURES = fileURLToPath(new URL('../../tests/fixtures/tokenizers/', import.meta.url));
const PUBLIC = fileURLToPath(new URL('../../../shared/corpora/tokenizers/', import.meta.url));
const ids = z.array(z.int());

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'dare-tokenizer-'));
});
afterEach(() => rm(scratch, { recursive: true }));

const FOLDERS = ['bert-vocab-txt', 'bert-cased', 'bert-added', 'gpt2-vocab-merges', 'gpt2-added'];

describe('the ids and texts that Python gives', () => {
  const vectors = z.array(z.object({ text: z.string(), ids, framed: ids, decoded: z.string() }));
  test.each(FOLDERS)('%s', async (name) => {
    const expected = await readJson(join(FIXTURES, name, 'vectors.json'), vectors);
    const loaded = await loadTokenizer(join(FIXTURES, name));
    await loaded.save(scratch);
    for (const tokenizer of [loaded, await loadTokenizer(scratch)]) {
      // Twice: the second time from memory.
      for (const vector of [...expected, ...expected]) {
        const { text } = vector;
        expect({
          text,
          ids: tokenizer.encode(text),
          framed: tokenizer.encode(text, { addSpecialTokens: true }),
          decoded: tokenizer.decode(vector.ids),
        }).toEqual(vector);
      }
    }
  });

  test('a pair', async () => {
    const schema = z.object({ a: z.string(), b: z.string(), ids, tokenTypeIds: ids });
    const { a, b, ...expected } = await readJson(join(FIXTURES, 'bert-vocab-txt', 'pair.json'), schema);
    expect((await loadTokenizer(join(FIXTURES, 'bert-vocab-txt'))).encodePair(a, b)).toEqual(expected);
  });
});

test('kinds, sizes and special tokens', async () => {
  const bert = await loadTokenizer(join(FIXTURES, 'bert-vocab-txt'));
  expect(bert).toMatchObject({ kind: 'wordpiece', pad: 0, unknown: 1, cls: 2, sep: 3, mask: 4, endOfText: undefined });
  expect(bert.tokenToId('[MASK]')).toBe(4);
  expect(bert.idToToken(bert.vocabularySize - 1)).toBe('##or');
  const gpt2 = await loadTokenizer(join(FIXTURES, 'gpt2-vocab-merges'));
  expect(gpt2).toMatchObject({ kind: 'byte-level-bpe', cls: undefined, pad: undefined });
  expect(gpt2.endOfText).toBe(gpt2.vocabularySize - 1);
  expect(gpt2.decode([gpt2.endOfText!, ...gpt2.encode(' a')], { skipSpecialTokens: true })).toBe(' a');
  expect(gpt2.decode([])).toBe('');
});

test('GPT-2 writes every text back as it was', async () => {
  const gpt2 = await loadTokenizer(join(FIXTURES, 'gpt2-added'));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => gpt2.decode(gpt2.encode(text)) === text));
});

describe('tokens added here', () => {
  test.each(['bert-vocab-txt', 'gpt2-vocab-merges'])('%s', async (name) => {
    const before = await loadTokenizer(join(FIXTURES, name));
    const known = before.idToToken(before.encode('the')[0]!)!;
    const { tokenizer, added } = before.withAddedTokens(['$ENTITYA$', 'DRUG', known, 'DRUG']);
    expect(added.map(({ token }) => token)).toEqual(['$ENTITYA$', 'DRUG']);
    const [entity, drug] = added.map(({ id }) => id);
    expect([entity, drug]).toEqual([before.vocabularySize, before.vocabularySize + 1]);
    expect(tokenizer.vocabularySize).toBe(before.vocabularySize + 2);
    expect(added[1]?.pieces).toEqual(before.encode('DRUG'));

    expect(tokenizer.encode('DRUG')).toEqual([drug]);
    expect(tokenizer.encode('($ENTITYA$)')).toContain(entity);
    for (const other of ['drug', 'DRUGS', 'xDRUG', 'DRUG_', 'DRUGÉ', 'DRUG2']) {
      expect(tokenizer.encode(other), other).toEqual(before.encode(other));
    }
    await tokenizer.save(scratch);
    expect((await loadTokenizer(scratch)).encode('the DRUG of $ENTITYA$ DRUGS')).toEqual(
      tokenizer.encode('the DRUG of $ENTITYA$ DRUGS'),
    );
    expect(tokenizer.decode(tokenizer.encode('the DRUG'))).toBe('the DRUG');
  });
});

test('tokens of the older added_tokens.json and special_tokens_map.json', async () => {
  await cp(join(FIXTURES, 'gpt2-vocab-merges'), scratch, { recursive: true });
  await writeFile(join(scratch, 'added_tokens.json'), '{"<pad>": 400, "DRUG": 401}');
  await writeFile(join(scratch, 'special_tokens_map.json'), '{"pad_token": {"content": "<pad>", "lstrip": false}}');
  const tokenizer = await loadTokenizer(scratch);
  expect(tokenizer.pad).toBe(400);
  expect(tokenizer.vocabularySize).toBe(402);
  expect(tokenizer.decode([400, 401], { skipSpecialTokens: true })).toBe('DRUG');
});

describe('folders without a tokenizer that is understood: one line that names the file', () => {
  test.each([
    ['nothing', {}, /no tokenizer: neither tokenizer\.json, nor vocab\.txt/],
    ['vocabulary without merges', { 'vocab.json': '{}' }, /no tokenizer/],
    [
      'malformed merges',
      { 'vocab.json': '{}', 'merges.txt': '#version: 0.2\na b c\n' },
      /merges\.txt:2: expected two tokens/,
    ],
    ['not JSON', { 'tokenizer.json': '{' }, /tokenizer\.json: not valid JSON/],
    ['no model', { 'tokenizer.json': '{}' }, /tokenizer\.json: holds no tokenizer model/],
    [
      'another model',
      { 'tokenizer.json': '{"model":{"type":"Unigram"}}' },
      /tokenizer\.json: tokenizer model "Unigram" is not supported/,
    ],
    [
      'another normaliser',
      {
        'tokenizer.json':
          '{"model":{"type":"BPE","vocab":{},"merges":[]},"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel"}}',
      },
      /tokenizer\.json: normalizer: .*not the form of a GPT-2 tokenizer/,
    ],
    ['no unknown token', { 'vocab.txt': 'a\nb\n' }, /vocab\.txt: the unknown token \[UNK\] is not in the vocabulary/],
    [
      'malformed settings',
      { 'vocab.txt': '[UNK]\n', 'tokenizer_config.json': '{"do_lower_case":"yes"}' },
      /do_lower_case/,
    ],
  ])('%s', async (_, files: Record<string, string>, message) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(scratch, name), content);
    const error: unknown = await loadTokenizer(scratch).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UserError' });
    expect(String(error)).toMatch(message);
  });
});

describe.skipIf(!existsSync(PUBLIC))(
  'the public vocabularies (skipped where ../shared/corpora/tokenizers is absent)',
  () => {
    test('BERT: 10,570 questions', async () => {
      const bert = await loadTokenizer(join(PUBLIC, 'bert-uncased'));
      const questions = z.array(z.object({ original: z.string() }));
      const texts = await readJson(join(PUBLIC, 'bert-uncased/question_tokens.json'), questions);
      const expected = await readJson(join(PUBLIC, 'bert-uncased/tokenized_questions.json'), z.array(ids));
      expect(texts.map(({ original }) => bert.encode(original))).toEqual(expected);
      expect(bert.vocabularySize).toBe(30522);
    });

    test('GPT-2: a page of French', async () => {
      await cp(join(PUBLIC, 'gpt2/encoder.json'), join(scratch, 'vocab.json'));
      await cp(join(PUBLIC, 'gpt2/vocab.bpe'), join(scratch, 'merges.txt'));
      const gpt2 = await loadTokenizer(scratch);
      const { text, token_ids: expected } = await readJson(
        join(PUBLIC, 'gpt2/encoded_tokens.json'),
        z.object({ text: z.string(), token_ids: ids }),
      );
      expect(gpt2.encode(text)).toEqual(expected);
      expect(gpt2.decode(expected)).toBe(text);
      expect(gpt2).toMatchObject({ vocabularySize: 50257, endOfText: 50256 });
    });
  },
);
