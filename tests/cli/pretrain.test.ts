/** `dare tokenizer train` and `dare pretrain` from outside: from text files to a model that the other commands use, and what they refuse. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTokenizer } from '../../src/text/load-tokenizer.ts';
import { dare, start, temporaryFolder } from './support.ts';
import { dareHere } from '../support/command-here.ts';

const TEXTS = Array.from(
  { length: 80 },
  (_, index) =>
    `Patient ${index % 7} was given aspirin; the ${index % 2 ? 'rash' : 'naïve pain'} was gone after ${index} days.`,
);

let folder: string;
let bpe: string;
let wordPiece: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at('text.txt.gz'), gzipSync(TEXTS.join('\n')));
  await writeFile(at('blocks.txt'), TEXTS.slice(0, 40).join('\n\n'));
  await writeFile(at('empty.txt'), '');
  await writeFile(at('binary.txt'), Uint8Array.of(0x41, 0x00, 0x0a));
  await writeFile(at('latin1.txt'), Uint8Array.of(0x41, 0xe4, 0x41, 0x0a));
  bpe = at('bpe');
  wordPiece = at('wordpiece');
  const train = (kind: string, out: string) =>
    dare(['tokenizer', 'train', '--kind', kind, '--vocabulary', '300', at('text.txt.gz'), '--out', out, '--quiet']);
  const [first, second] = [await train('byte-level-bpe', bpe), await train('wordpiece', wordPiece)];
  expect([first.code, second.code]).toEqual([0, 0]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SIZE = ['--layers', '1', '--hidden-size', '16', '--heads', '2', '--length', '32', '--batch-size', '4'];
const pretrain = (...args: string[]): string[] => {
  const fixed = ['--objective', 'causal', '--text', at('text.txt.gz'), '--tokenizer', bpe, '--held-out', '5'];
  return ['pretrain', ...fixed, ...SIZE, ...args];
};

test('a tokenizer’s folder reads back, and both kinds write texts back', async () => {
  const texts = [TEXTS[0]!, TEXTS[1]!];
  const [byteLevel, words] = [await loadTokenizer(bpe), await loadTokenizer(wordPiece)];
  expect([byteLevel.kind, words.kind]).toEqual(['byte-level-bpe', 'wordpiece']);
  for (const text of [...texts, '  Ünseen — ☃\n']) expect(byteLevel.decode(byteLevel.encode(text))).toBe(text);
  expect(words.decode(words.encode('the rash was gone'))).toBe('the rash was gone');
  expect(words.encode(texts.join(' '))).not.toContain(words.unknown);
});

test('a tokenizer from several files, told as JSON', async () => {
  const args = ['--kind', 'wordpiece', '--cased', '--documents', 'blank-line', '--vocabulary', '5000'];
  const { code, stdout, stderr } = await dare([
    ...['tokenizer', 'train', ...args, at('blocks.txt'), at('text.txt.gz')],
    ...['--out', at('cased'), '--json'],
  ]);
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as { documents: number; vocabularySize: number };
  expect(result.documents).toBe(41);
  expect(stderr).toContain(`the texts give no more than ${result.vocabularySize} entries`);
  expect((await loadTokenizer(at('cased'))).tokenToId('Patient')).toBeDefined();
});

test('a killed pretraining goes on to the bytes of one that was not, and other commands read its model', async () => {
  const budget = ['--tokens', '20000', '--evaluations', '2', '--samples', '1'];
  const whole = await dare([...pretrain(...budget, '--out', at('whole')), '--json']);
  expect(whole.code).toBe(0);
  const result = JSON.parse(whole.stdout) as { model: string; tokens: number; heldOut: { perplexity: number } };
  expect(result.tokens).toBeGreaterThanOrEqual(20_000);

  const killed = start([...pretrain(...budget, '--out', at('killed'), '--checkpoint-seconds', '0.05'), '--json']);
  let steps = 0;
  killed.process.stderr.on('data', (lines: string) => {
    steps += lines.split('"kind":"step"').length - 1;
    if (steps > 60) killed.process.kill('SIGKILL');
  });
  expect((await killed.ended).code).toBeNull();
  const resumed = await dare(pretrain(...budget, '--out', at('killed')));
  expect(resumed.stderr).toContain('going on from update');
  expect(resumed.stdout).toContain(`kept in ${at('killed')}/model`);
  const weights = (out: string) => readFile(join(at(out), 'model', 'model.safetensors'));
  expect((await weights('killed')).equals(await weights('whole'))).toBe(true);

  const written = await dare(['sample', '--model', result.model, '--count', '1', '--max-tokens', '8', '--quiet']);
  expect(written.code).toBe(0);
}, 60_000);

test('bad usage and bad input: one line on standard error, exit code 2', async () => {
  const train = ['tokenizer', 'train', '--kind', 'wordpiece', '--vocabulary', '300'];
  const tokens = ['--tokens', '100'];
  const cases = [
    train,
    ['tokenizer', 'train', '--kind', 'bpe', '--vocabulary', '300', at('text.txt.gz')],
    [...train, at('absent.txt')],
    [...train, at('empty.txt')],
    [...train, at('binary.txt')],
    [...train, at('latin1.txt')],
    ['tokenizer', 'train', '--kind', 'byte-level-bpe', '--vocabulary', '100', at('text.txt.gz')],
    ['tokenizer', 'train', '--kind', 'wordpiece', '--vocabulary', '20', at('text.txt.gz')],
    ['pretrain', '--text', at('text.txt.gz'), ...tokens],
    pretrain(),
    pretrain(...tokens, '--heads', '3'),
    pretrain(...tokens, '--heads', '4'),
    pretrain(...tokens, '--positions', '16'),
    pretrain(...tokens, '--tokenizer', wordPiece),
    pretrain(...tokens, '--tokenizer', at('absent')),
    pretrain(...tokens, '--model', bpe),
    pretrain(...tokens, '--held-out', '50'),
    pretrain(...tokens, '--text', at('empty.txt')),
    pretrain(...tokens, '--text', at('binary.txt')),
    ['pretrain', '--objective', 'masked', '--text', at('text.txt.gz'), ...tokens],
  ];
  const lines: string[] = [];
  for (const args of cases) {
    const { code, stdout, stderr } = await dareHere([...args, '--out', at('refused'), '--quiet']);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    lines.push(stderr.replaceAll(folder, 'FOLDER'));
  }
  expect(lines.join('')).toMatchInlineSnapshot(`
    "dare: missing required argument 'files'
    dare: --kind: 'bpe' is not allowed (allowed: byte-level-bpe or wordpiece)
    dare: FOLDER/absent.txt: no such file or folder (check the path)
    dare: FOLDER/empty.txt: there is no text in this file (leave it out, or check its content)
    dare: FOLDER/binary.txt:1: binary data, not text (name a text file)
    dare: FOLDER/latin1.txt:1: the text is not UTF-8 (convert it, for instance: iconv -f latin1 -t utf-8)
    dare: a vocabulary of 100 does not hold the 256 bytes and <|endoftext|> (choose 257 or more)
    dare: a vocabulary of 20 does not hold the 51 first pieces of the texts (choose 56 or more)
    dare: --objective is missing (give causal: a GPT-2 learns to predict the next token; masked: a BERT learns to predict hidden ones)
    dare: --tokens: a budget is missing: give --tokens or --hours
    dare: --heads: a width of 16 cannot be split into 3 attention heads
    dare: --heads: a GPT-2 with heads of width 4 cannot write samples (choose a width of heads (--hidden-size / --heads) that is a multiple of 8, or train without samples: --samples 0)
    dare: --positions: fewer than the 32 tokens of a row
    dare: FOLDER/wordpiece: a wordpiece tokenizer does not fit the causal objective (make one with dare tokenizer train --kind byte-level-bpe)
    dare: FOLDER/absent: no such file or folder (check the path)
    dare: --tokenizer: a model folder has its own: leave this out
    dare: the corpus has 80 documents, too few to hold 50 out (give --held-out 40 or less, or add text)
    dare: FOLDER/empty.txt: there is no text in this file (leave it out, or check its content)
    dare: FOLDER/binary.txt:1: binary data, not text (name a text file)
    dare: --tokenizer: a model from random weights needs one: make it with dare tokenizer train
    "
  `);
});
