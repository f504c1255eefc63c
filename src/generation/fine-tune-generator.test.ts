/** What a generator's training rows are made of. */
import { expect, test } from 'vitest';
import { trainByteLevelBpe } from '../text/vocabulary-training.ts';
import { controlOf } from './control.ts';
import { trainingRow } from './fine-tune-generator.ts';

const PLACEHOLDERS = { head: 'DRUG', tail: 'DISEASE' };
const TEXT = 'in two patients DRUG was found to have caused severe DISEASE within a week .';
const tokenizer = trainByteLevelBpe([TEXT, TEXT], { vocabularySize: 320 });
const decode = (ids: readonly number[]) => tokenizer.decode([...ids]);

test('a row is the sentence between two end-of-text tokens', () => {
  const row = trainingRow(tokenizer, { text: TEXT }, [PLACEHOLDERS], 128);
  expect([row[0], row.at(-1)]).toEqual([tokenizer.endOfText, tokenizer.endOfText]);
  expect(decode(row.slice(1, -1))).toBe(TEXT);
});

test('a control stands before the sentence as it stands before what it prompts for, also when the sentence is cut', () => {
  const control = controlOf('effect', ['advise', 'effect']);
  expect(control).toBe('<2>:');
  const prompt = [tokenizer.endOfText!, ...tokenizer.encode(control)];
  const row = trainingRow(tokenizer, { text: TEXT, control }, [PLACEHOLDERS], 128);
  expect(row.slice(0, prompt.length)).toEqual(prompt);
  expect(decode(row.slice(prompt.length, -1))).toBe(` ${TEXT}`);
  const cut = trainingRow(tokenizer, { text: TEXT, control }, [PLACEHOLDERS], 40);
  expect(cut.length).toBeLessThanOrEqual(40);
  expect(cut.slice(0, prompt.length)).toEqual(prompt);
  for (const placeholder of Object.values(PLACEHOLDERS)) expect(decode(cut)).toContain(placeholder);
});

test('null and every relation have a control of their own', () => {
  const controls = [null, 'a', 'b'].map((relation) => controlOf(relation, ['a', 'b']));
  expect(controls).toEqual(['<0>:', '<1>:', '<2>:']);
});
