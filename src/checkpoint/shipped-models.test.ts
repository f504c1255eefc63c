import { expect, test } from 'vitest';
import { resolveModel } from './hub.ts';
import { openModelFolder } from './model-folder.ts';
import { SHIPPED_GPT2, shippedModelFolder } from './shipped-models.ts';

test('the GPT-2 that ships is found by name, offline, and opens', async () => {
  const { config, tensors } = await openModelFolder(await resolveModel(SHIPPED_GPT2, { offline: true }));
  expect(config.model_type).toBe('gpt2');
  await tensors.close();
});

test('a name of ours that is no model says which there are; other names are the hub’s', async () => {
  await expect(resolveModel('dare/gpt3', { offline: true })).rejects.toThrow(/ships.*dare\/gpt2-small-pubmed/);
  expect(await shippedModelFolder('gpt2')).toBeUndefined();
});
