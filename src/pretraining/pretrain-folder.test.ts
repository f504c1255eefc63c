/** The folder of a pretraining: what may be done in it again, and what is refused so that nothing is lost. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Interrupted } from '../foundation/errors.ts';
import {
  OF_THE_MODEL,
  folder,
  inputs,
  into,
  noting,
  run,
  stoppingAt,
  TEXTS,
  updates,
  weightsOf,
} from '../../tests/support/tiny-pretraining.ts';

test('another training in the same folder is refused, and what was there stays', async () => {
  await expect(run('causal', {}, { monitor: stoppingAt(3, updates) })).rejects.toBeInstanceOf(Interrupted);
  await expect(run('causal', { learningRate: 1e-3, layers: 2 })).rejects.toThrow(
    'holds a training with other settings: --layers was 1, now 2; --learning-rate was 0.005, now 0.001',
  );
  await expect(run('causal', { tokens: 24_000 })).rejects.toThrow(
    /--tokens was 12000, now 24000 \(give its settings again to go on; when it has ended, to train its model further give --model \S+model and another folder\)/,
  );
  await expect(run('causal', { text: [join(inputs, 'text.txt')] })).rejects.toThrow('the text is another');
  await expect(run('causal', {}, { monitor: stoppingAt(1, updates) })).rejects.toBeInstanceOf(Interrupted);
});

test('a setting that was left out may be given as what it was, when a training goes on', async () => {
  const leftOut = { learningRate: null, dropout: null, positions: null, tokens: 2000, evaluations: 1, samples: 0 };
  await expect(run('causal', leftOut, { monitor: stoppingAt(3, updates) })).rejects.toBeInstanceOf(Interrupted);
  await expect(run('causal', { ...leftOut, dropout: 0.2 })).rejects.toThrow('--dropout was not given, now 0.2 (');
  const given = { ...leftOut, learningRate: 1e-3, dropout: 0.1, positions: 24 };
  const result = await run('causal', given);
  const undisturbed = await run('causal', leftOut, into('undisturbed'));
  expect((await weightsOf(result)).equals(await weightsOf(undisturbed))).toBe(true);
  // Now its model is there to go on from.
  await expect(run('causal', { ...given, tokens: 4000 })).rejects.toThrow(
    /--tokens was 2000, now 4000 \(it is finished; to train its model further give --model \S+model and another folder\)/,
  );
});

test('a batch that is run in parts gives the weights of a whole one but for rounding', async () => {
  const settings = { dropout: 0.1, tokens: 2000, samples: 0, evaluations: 1, learningRate: 1e-3 };
  for (const objective of ['causal', 'masked'] as const) {
    const whole = await run(objective, settings, into(`${objective}-whole`));
    const parts = await run(objective, { ...settings, microBatch: 3 }, into(`${objective}-parts`));
    expect(parts.heldOut.loss).toBeCloseTo(whole.heldOut.loss!, 3);
    expect((await weightsOf(parts)).equals(await weightsOf(whole))).toBe(false);
    const checkpointed = { ...settings, gradientCheckpointing: true };
    const again = await run(objective, checkpointed, into(`${objective}-checkpointed`));
    expect((await weightsOf(again)).equals(await weightsOf(whole))).toBe(true);
  }
});

test('where memory was short a training goes on with smaller parts of a batch, which is told of', async () => {
  const settings = { tokens: 2000, samples: 0, evaluations: 1, microBatch: 4 };
  await expect(run('causal', settings, { monitor: stoppingAt(3, updates) })).rejects.toBeInstanceOf(Interrupted);
  const { monitor, notes } = noting();
  const result = await run('causal', { ...settings, microBatch: 2 }, { monitor });
  expect(notes).toContain('rows at once were 4, now 2: the weights will differ in their last digits');
  const undisturbed = await run('causal', settings, into('undisturbed'));
  expect(result.heldOut.loss).toBeCloseTo(undisturbed.heldOut.loss!, 3);
});

test('a file that is not read of the tokenizer’s folder changes nothing; other files of the same text do', async () => {
  const tokenizer = join(folder, 'tokenizer');
  const into = join(folder, 'training');
  await cp(join(inputs, 'bpe'), tokenizer, { recursive: true });
  await expect(run('causal', { tokenizer }, { monitor: stoppingAt(3, updates), into })).rejects.toBeInstanceOf(
    Interrupted,
  );
  await writeFile(join(tokenizer, '.DS_Store'), 'x');
  const joined = join(folder, 'joined.txt');
  await writeFile(joined, TEXTS.join('\n'));
  await expect(run('causal', { tokenizer, text: [joined] }, { into })).rejects.toThrow(
    'holds a training with other settings: the text is divided into files in another way (',
  );
  await expect(run('causal', { tokenizer }, { monitor: stoppingAt(1, updates), into })).rejects.toBeInstanceOf(
    Interrupted,
  );
});

test('settings that were refused may be corrected in the same folder', async () => {
  await expect(run('causal', { tokenizer: join(inputs, 'wordpiece') })).rejects.toThrow('does not fit the causal');
  const { tokens } = await run('causal', { tokens: 500, evaluations: 1 });
  expect(tokens).toBeGreaterThanOrEqual(500);
});

test('a card that is not there is written again, with the title that is given now', async () => {
  const { model } = await run('causal', { tokens: 500, evaluations: 1 });
  const path = join(model, 'README.md');
  const before = await readFile(path, 'utf8');
  await writeFile(path, 'mine');
  await run('causal', { tokens: 500, evaluations: 1 });
  expect(await readFile(path, 'utf8')).toBe('mine');
  await rm(path);
  const { monitor, notes } = noting();
  await run('causal', { tokens: 500, evaluations: 1 }, { monitor });
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(notes.join('\n')).toContain('its card was not there and is written again');
  // The model keeps its number format, and the card says which.
  expect(before).toContain('dtype: float32');
  await rm(path);
  await run('causal', { tokens: 500, evaluations: 1, dtype: 'float16' });
  expect(await readFile(path, 'utf8')).toBe(before);
});

test('a budget of a few updates is told of', async () => {
  const { monitor, notes } = noting();
  await run('causal', { tokens: 500, evaluations: 1 }, { monitor });
  expect(notes.join('\n')).toMatch(/500 tokens are some \d updates: next to nothing is learned/);
});

test('an attempt that learned nothing leaves no trace in the model of the next', async () => {
  const attempt = { tokens: 500, evaluations: 1, samples: 2 };
  await expect(run('causal', attempt, { monitor: stoppingAt(1, updates) })).rejects.toBeInstanceOf(Interrupted);
  // As a process leaves it that is killed before its first checkpoint, or while it writes that.
  await rm(join(folder, 'checkpoints'), { recursive: true });
  await mkdir(join(folder, 'checkpoints', 'update-000000001.partial-12345678'), { recursive: true });
  expect(await readFile(join(folder, 'samples.jsonl'), 'utf8')).not.toBe('');
  await writeFile(join(folder, 'devices.json'), '["abacus"]');
  const { monitor, notes } = noting();
  const { model } = await run('masked', { ...attempt, samples: 0 }, { monitor });
  const card = await readFile(join(model, 'README.md'), 'utf8');
  expect(card).not.toContain('abacus');
  expect(card).not.toContain('## Sentences it writes');
  expect(notes.join('\n')).not.toContain('abacus');
});

test('a folder that holds something else is refused, and what is there stays', async () => {
  const { model } = await run('causal', { tokens: 500, evaluations: 1 });
  const work = join(folder, 'work');
  await cp(model, join(work, 'model'), { recursive: true });
  const settings = { model: join(work, 'model'), ...OF_THE_MODEL, tokens: 500 };
  await expect(run('causal', settings, { into: work })).rejects.toThrow(
    `${work}: the folder holds other files than a pretraining (name a new or empty folder with --out)`,
  );
  expect(await readdir(work)).toEqual(['model']);
});
