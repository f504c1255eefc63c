import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { drawCurve, writeModelCard } from './model-card.ts';
import type { CardContents } from './model-card.ts';

const point = (tokens: number, loss: number, heldOut?: number) => ({
  update: tokens,
  tokens,
  seconds: 1,
  learningRate: 1e-3,
  loss,
  ...(heldOut !== undefined && { heldOut: { loss: heldOut } }),
});

test('the plot is a picture by itself, the same every time', async () => {
  const curve = [point(0, 9, 9), point(1e6, 7), point(2e6, 6, 6.5)];
  const svg = await drawCurve(curve);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain('million tokens');
  // A dot for each measurement on held-out text.
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toContain('NaN');
  expect(await drawCurve(curve)).toBe(svg);
});

/** The card of a model, as it is written. */
async function cardOf(contents: Partial<CardContents>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dare-card-'));
  try {
    await writeModelCard(folder, {
      title: 'Tiny',
      command: 'dare pretrain …',
      config: parseModelConfig({ model_type: 'gpt2', vocab_size: 100 }, 'config'),
      objective: 'causal',
      settings: { objective: 'causal', learningRate: 1e-3 },
      parameters: 1000,
      corpus: {
        ...{ files: ['text.txt'], separator: 'line', heldOut: 1, hash: 'abc', documentsByFile: [2] },
        ...{ documents: 1, words: 10, heldOutTexts: ['held out'], isHeldOut: () => false },
      },
      statistics: { tokens: 100, textTokens: 98, unknown: 0, cutDocuments: 0 },
      base: undefined,
      devices: ['cpu: one'],
      seconds: 1,
      curve: [point(0, 9, 9), point(100, 7, 8)],
      samples: [],
      ...contents,
    });
    return await readFile(join(folder, 'README.md'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('what a model writes is shown in its card without a terminal’s commands', async () => {
  const card = await cardOf({ samples: ['it *caused*\u001b[31m\u0007 a\r\nline'] });
  expect(card).toContain(String.raw`> it \*caused\*\\x1b\[31m\\x07 a line`);
  expect(card).not.toMatch(/(?!\n)\p{Cc}/u);
});
