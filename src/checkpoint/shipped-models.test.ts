import { expect, test } from 'vitest';
import { resolveModel } from './hub.ts';
import { shippedModelFolder } from './shipped-models.ts';

test('a name of ours that is no model says which there are; other names are the hub’s', async () => {
  await expect(resolveModel('dare/gpt3', { offline: true })).rejects.toThrow(/ships.*dare\/gpt2-small-pubmed/);
  expect(await shippedModelFolder('gpt2')).toBeUndefined();
});
