import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveModel } from './hub.ts';
import { openModelFolder } from './model-folder.ts';
import { SHIPPED_BERT, SHIPPED_GPT2, shippedModelFolder } from './shipped-models.ts';

test.each([
  [SHIPPED_GPT2, 'gpt2'],
  [SHIPPED_BERT, 'bert'],
])('%s, which ships, is found by name, offline, and opens', async (name, type) => {
  const { config, tensors } = await openModelFolder(await resolveModel(name, { offline: true }));
  expect(config.model_type).toBe(type);
  await tensors.close();
});

test('together they take at most 40 MB', async () => {
  const folders = await Promise.all([SHIPPED_GPT2, SHIPPED_BERT].map((name) => resolveModel(name, { offline: true })));
  const sizes = folders.flatMap((folder) => readdirSync(folder).map((name) => statSync(join(folder, name)).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40e6);
});

test('a name of ours that is no model says which there are; other names are the hub’s', async () => {
  await expect(resolveModel('dare/gpt3', { offline: true })).rejects.toThrow(/ships.*dare\/gpt2-small-pubmed/);
  expect(await shippedModelFolder('gpt2')).toBeUndefined();
});
