/** What people are shown of a BERT's guesses: pieces of words stand with their words, and guesses as the vocabulary has them. */
import { expect, test } from 'vitest';
import type { Program } from '../runtime/device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { fillIn } from './fill-in.ts';
import type { PreparedBatch } from './objective.ts';

const WORDS = ['[CLS]', '[SEP]', '[MASK]', 'lead', '##s', 'to', 'the', '##ed', 'rash'];
const id = (word: string): number => WORDS.indexOf(word);
const tokenizer = { idToToken: (at: number) => WORDS[at], sep: id('[SEP]') } as unknown as Tokenizer;

/** A row, of which the masked places are guessed as said. */
function guess(shown: readonly string[], guesses: Record<number, { guess: string; label: string }>) {
  const column = (values: readonly number[], shape: readonly number[]) => ({ data: Int32Array.from(values), shape });
  const places = Object.keys(guesses).map(Number);
  const feeds = {
    inputIds: column(shown.map(id), [shown.length, 1]),
    segments: column(
      shown.map(() => 1),
      [1, shown.length],
    ),
    predictedRows: column(places, [places.length]),
    labels: column(
      places.map((place) => id(guesses[place]!.label)),
      [places.length],
    ),
  };
  const best = column(
    places.map((place) => id(guesses[place]!.guess)),
    [places.length],
  );
  const program = { run: () => Promise.resolve({ best }) } as unknown as Program;
  return fillIn(program, { feeds: () => feeds } as unknown as PreparedBatch, tokenizer, 1);
}

test('pieces stand with their words, and guessed pieces as they are in the vocabulary', async () => {
  const row = ['[CLS]', 'lead', '##s', 'to', '[MASK]', '[MASK]', 'rash', '[SEP]'];
  const guesses = { 4: { guess: 'the', label: 'the' }, 5: { guess: '##ed', label: '##s' } };
  expect(await guess(row, guesses)).toEqual(['leads to [the] [##ed, not ##s] rash']);
});

test('a long text is cut, and says so', async () => {
  const row = ['[CLS]', ...new Array<string>(80).fill('lead')];
  expect(await guess(row, {})).toEqual([`${new Array<string>(60).fill('lead').join(' ')} …`]);
});
