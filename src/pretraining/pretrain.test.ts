/** Pretraining tiny models on made-up text: what it learns, what it says, and what it goes on from. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { openSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts';
import { Interrupted } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import { elementCount } from '../graph/tensor.ts';
import { pretrainingSchema } from './configuration.ts';
import { pretrain } from './pretrain.ts';
import {
  OF_THE_MODEL,
  CARD,
  device,
  folder,
  inputs,
  into,
  noting,
  run,
  stoppingAt,
  textFiles,
  updates,
  weightsOf,
} from '../../tests/support/tiny-pretraining.ts';
import type { Settings } from '../../tests/support/tiny-pretraining.ts';

test('a GPT-2 learns the text, and writes sentences of its kind', async () => {
  const result = await run('causal', { tokens: 60_000 });
  const curve = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n');
  const points = curve.map((line) => JSON.parse(line) as { heldOut?: { perplexity: number; bitsPerByte: number } });
  const first = points[0]!.heldOut!;
  expect(first.perplexity).toBeGreaterThan(250);
  expect(result.heldOut.perplexity).toBeLessThan(4);
  expect(result.heldOut.bitsPerByte).toBeLessThan(first.bitsPerByte / 3);
  const samples = (await readFile(join(folder, 'samples.jsonl'), 'utf8')).trim().split('\n');
  expect(samples.at(-1)).toMatch(/caused|report|patients/);

  const card = await readFile(join(result.model, 'README.md'), 'utf8');
  expect(card).toContain('# Tiny\n');
  expect(card).toContain('A GPT-2 of 1 layers, width 32, 4 attention heads, a vocabulary of 320 and 24 positions');
  expect(card).toContain('Made-up text.');
  expect(card).toContain('cpu: ');
  expect(card.match(/^\| [\d,]+ \| [\d,]+ \| /gm)).toHaveLength(5);
  const { texts } = JSON.parse(samples.at(-1)!) as { texts: string[] };
  expect(card).toContain(`> ${texts[0]!.slice(0, 20)}`);
  expect(await readFile(join(result.model, 'learning-curve.svg'), 'utf8')).toMatch(/^<svg /);
  expect(await readFile(join(result.model, 'learning-curve.jsonl'), 'utf8')).toBe(`${curve.join('\n')}\n`);
});

test('a BERT learns the text', async () => {
  const { heldOut } = await run('masked', { tokens: 60_000 });
  expect(heldOut.accuracy).toBeGreaterThan(0.6);
  // What it shows as it learns: its guesses in brackets, most of them right in the end.
  const samples = (await readFile(join(folder, 'samples.jsonl'), 'utf8')).trim().split('\n');
  const { texts } = JSON.parse(samples.at(-1)!) as { texts: string[] };
  expect(texts).toHaveLength(2);
  for (const text of texts)
    expect(text).toMatch(/^(?:[\w.]+ |\[(?:##)?[\w.]+(?:, not (?:##)?[\w.]+)?\] )*(?:[\w.]+|\[.*\])$/);
  expect(texts.join(' ')).toMatch(/report|caused|patients/);
});

describe('what is said of the text', () => {
  const notesOf = async (objective: 'causal' | 'masked', settings: Settings): Promise<string> => {
    const { monitor, notes } = noting();
    await run(objective, { tokens: 300, evaluations: 1, heldOut: 2, ...settings }, { monitor });
    return notes.join('\n');
  };

  test('documents longer than a row are cut, and counted', async () => {
    const notes = await notesOf('causal', {});
    expect(notes).toMatch(
      /^\d+ tokens a pass, \d\.\d\d a word; \d\.\d passes; \d+ of 118 documents are longer than 24 /,
    );
  });

  test('characters that the vocabulary lacks are counted, and warned of where they are many', async () => {
    const text = [join(inputs, 'greek.txt')];
    await writeFile(text[0]!, ['αβγ aspirin', 'aspirin δεζ', 'ηθι caused', 'bleeding in κλμ'].join('\n'));
    const notes = await notesOf('masked', { text });
    expect(notes).toMatch(/\d+ of \d+ tokens \(\d+%\) are unknown to the vocabulary: it was made for other text/);
  });
});

test('bytes that a vocabulary lacks are told of', async () => {
  const bpe = join(folder, 'trimmed');
  await cp(join(inputs, 'bpe'), bpe, { recursive: true });
  const path = join(bpe, 'tokenizer.json');
  const json = JSON.parse(await readFile(path, 'utf8')) as { model: { vocab: Record<string, number> } };
  // Bytes of no character of the text; the last entries keep their numbers.
  const vocab = Object.fromEntries(Object.entries(json.model.vocab).filter(([token]) => !['ÿ', 'þ'].includes(token)));
  await writeFile(path, JSON.stringify({ ...json, model: { ...json.model, vocab } }));
  const { monitor, notes } = noting();
  await run(
    'causal',
    { tokenizer: bpe, tokens: 300, evaluations: 1, samples: 0 },
    { monitor, into: join(folder, 'x') },
  );
  expect(notes).toContain(
    'the vocabulary lacks 2 of the 256 bytes: characters written with them are left out of the text',
  );
});

test('settings that would do nothing are refused', () => {
  const issuesOf = (objective: 'causal' | 'masked', settings: Settings): string[] => {
    const given = { objective, text: ['text.txt'], tokens: 1, ...settings };
    return pretrainingSchema.safeParse(given).error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  expect(issuesOf('masked', { model: 'bert', layers: 2, heads: 4, positions: 64 })).toEqual(
    ['layers', 'heads', 'positions'].map((name) => `${name}: a model folder has its own: leave this out`),
  );
  expect(issuesOf('causal', { tokenizer: 'bpe', maskedShare: 0.3 })).toEqual([
    'maskedShare: the causal objective masks nothing: leave this out',
  ]);
});

test('a time budget ends the training, with a learning rate of zero', async () => {
  await run('masked', { tokens: null, hours: 1 / 3600 });
  const curve = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n');
  const last = JSON.parse(curve.at(-1)!) as { seconds: number; learningRate: number };
  expect(last.learningRate).toBe(0);
  expect(last.seconds).toBeGreaterThanOrEqual(1);
});

test('where measuring takes much of the hours, it says so once', async () => {
  const saidOf = async (settings: Settings, into: string): Promise<string[]> => {
    const notes: string[] = [];
    const stopping = stoppingAt(2, updates);
    const monitor = new Monitor((event) => {
      if (event.kind === 'note') notes.push(event.text);
      stopping.report(event);
    }, stopping.signal);
    const outcome = run('masked', { tokens: null, samples: 0, ...settings }, { monitor, into: join(folder, into) });
    await expect(outcome).rejects.toBeInstanceOf(Interrupted);
    return notes.filter((note) => note.includes('measuring'));
  };
  expect(await saidOf({ hours: 1, evaluations: 1e6 }, 'often')).toEqual([
    expect.stringMatching(
      /^pretrain: measuring will take (about \d+%|nearly all) of the hours: fewer --evaluations or --held-out documents leave more for learning$/,
    ),
  ]);
  expect(await saidOf({ hours: 10, evaluations: 2 }, 'seldom')).toEqual([]);
});

test('goes on from a model folder', async () => {
  const { model } = await run('causal', { tokens: 6000 });
  const into = join(folder, 'second');
  const options = { model, ...OF_THE_MODEL, tokens: 1000, learningRate: 1e-4 };
  await run('causal', options, { into });
  const [first] = (await readFile(join(into, 'curve.jsonl'), 'utf8')).split('\n');
  const [last] = (await readFile(join(folder, 'curve.jsonl'), 'utf8')).trim().split('\n').reverse();
  const heldOutOf = (line: string) => (JSON.parse(line) as { heldOut: { loss: number } }).heldOut;
  expect(heldOutOf(first!).loss).toBeCloseTo(heldOutOf(last!).loss, 5);
});

test('a BERT goes on from a model folder, and from one without a head for hidden words', async () => {
  const { model, heldOut } = await run('masked', { tokens: 3000, evaluations: 1 });
  const further = { ...OF_THE_MODEL, tokens: 300, evaluations: 1, samples: 0, learningRate: 1e-5 };
  const whole = noting();
  const second = await run('masked', { ...further, model }, { monitor: whole.monitor, ...into('second') });
  expect(whole.notes.join('\n')).not.toContain('from random weights');
  expect(second.heldOut.loss).toBeCloseTo(heldOut.loss!, 1);

  const bare = join(folder, 'bare');
  await cp(model, bare, { recursive: true });
  const weights = join(bare, 'model.safetensors');
  const source = await openSafetensors(weights);
  const kept = source.names().filter((name) => !name.startsWith('cls.'));
  const tensors = await Promise.all(
    kept.map(async (name) => {
      const shape = source.shape(name);
      const data = new Float32Array(elementCount(shape));
      await source.readInto(name, data);
      return { name, shape, data };
    }),
  );
  await source.close();
  await writeSafetensors(weights, tensors, 'float32');
  const { monitor, notes } = noting();
  const third = await run('masked', { ...further, model: bare }, { monitor, ...into('third') });
  expect(notes).toContainEqual(expect.stringMatching(/^not in the model, from random weights: cls\.predictions\./));
  expect(third.heldOut.loss).toBeGreaterThan(second.heldOut.loss!);
});

test('a GPT-2 that cannot be sampled from is refused before the text is read, and learns without samples', async () => {
  const narrow = { heads: 8, tokens: 500, evaluations: 1 };
  const stages: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'stage' && stages.push(event.stage));
  await expect(run('causal', narrow, { monitor })).rejects.toThrow(
    /^--heads: a GPT-2 with heads of width 4 cannot write samples \(.* --samples 0\)$/,
  );
  const { model, heldOut } = await run('causal', { ...narrow, samples: 0 });
  expect(heldOut.perplexity).toBeLessThan(320);
  const further = { model, ...OF_THE_MODEL, tokens: 300, evaluations: 1 };
  const into = join(folder, 'further');
  await expect(run('causal', further, { monitor, into })).rejects.toThrow(
    `${model}: a GPT-2 with heads of width 4 cannot write samples (train without them: --samples 0)`,
  );
  expect(stages).toEqual([]);
  await run('causal', { ...further, samples: 0 }, { into });
});

test('what does not fit into memory is run in parts, or refused with what to do', async () => {
  const { monitor, notes } = noting();
  const large = { batchSize: 2048, layers: 2, heldOut: 2, tokens: 100, evaluations: 1, samples: 0 };
  const message =
    /^pretrain: a batch of 2048 takes about [\d.]+ GB of memory to train on; \d+ at a time \(0\.\d GB\) fit into 0\.5 GB$/;
  const { updates: done } = await run('causal', { ...large, memory: 0.5 }, { monitor, ...into('parts') });
  expect(done).toBe(1);
  expect(notes).toContainEqual(expect.stringMatching(message));
  await expect(run('causal', { ...large, memory: 0.01 }, into('refused'))).rejects.toThrow(
    /pretrain: training needs about 0\.\d GB of memory for a single example, and may take 0\.0 GB \(use --gradient-checkpointing, or /,
  );
});

test('a card has all settings that decide the weights: they give them again', async () => {
  const settings = { tokens: 400, evaluations: 1, samples: 0, learningRate: null, microBatch: 3, maskedShare: 0.25 };
  const first = await run('masked', settings, into('first'));
  const further = { model: first.model, ...OF_THE_MODEL, tokens: 200, evaluations: 1, samples: 0, dropout: 0.2 };
  const second = await run('masked', further, into('second'));
  const settingsIn = async ({ model }: { model: string }): Promise<Settings> =>
    parse(/```yaml\n([^`]*)```/.exec(await readFile(join(model, 'README.md'), 'utf8'))![1]!) as Settings;
  const shown = await settingsIn(first);
  expect(shown).toMatchObject({ layers: 1, learningRate: 1e-3, dropout: 0.1, maskedShare: 0.25, seed: 1 });
  const again = { ...shown, tokenizer: join(inputs, 'wordpiece'), text: textFiles() };
  const options = { folder: join(folder, 'again'), device, monitor: new Monitor(), offline: true, card: CARD };
  const repeated = await pretrain(pretrainingSchema.parse(again), options);
  expect((await weightsOf(repeated)).equals(await weightsOf(first))).toBe(true);
  const ofModel = await settingsIn(second);
  expect(ofModel).toMatchObject({ model: first.model, learningRate: 5e-3, dropout: 0.2, warmup: 0.02, length: 24 });
  expect(pretrainingSchema.safeParse({ ...ofModel, text: textFiles() }).success).toBe(true);
});
