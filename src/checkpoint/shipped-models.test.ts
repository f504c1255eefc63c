import { expect, test } from 'vitest';
import { resolveModel } from './hub.ts';
import { openModelFolder } from './model-folder.ts';
import { SHIPPED_MODELS, shippedModelFolder } from './shipped-models.ts';

test.each(['gpt2'] as const)('the %s that ships is found by name, offline, and opens', async (kind) => {
  const folder = await resolveModel(SHIPPED_MODELS[kind], { offline: true });
  const { config, tensors } = await openModelFolder(folder);
  expect(config.model_type).toBe(kind);
  await tensors.close();
});

test('a name of ours that is no model says which there are; other names are the hub’s', async () => {
  await expect(resolveModel('dare/gpt3', { offline: true })).rejects.toThrow(/ships.*dare\/gpt2-small-pubmed/);
  expect(await shippedModelFolder('gpt2')).toBeUndefined();
});
