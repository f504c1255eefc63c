import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { matchTensors, type Architecture, type ExpectedTensor } from './matching.ts';
import { openModelFolder } from './model-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../tests/fixtures/checkpoints/', import.meta.url));

async function match(fixture: string, expected: ExpectedTensor[], architecture: Architecture, optional: RegExp[] = []) {
  const { tensors } = await openModelFolder(join(FIXTURES, fixture));
  try {
    return matchTensors(tensors, expected, architecture, { optional });
  } finally {
    await tensors.close();
  }
}

const wte = { name: 'transformer.wte.weight', shape: [40, 8] };
const query = { name: 'bert.encoder.layer.0.attention.self.query.weight', shape: [8, 8] };
const layerNorm = { name: 'bert.embeddings.LayerNorm.weight', shape: [8] };

test('GPT-2 without prefix: canonical names find the bare ones; mask buffers are nobody’s', async () => {
  const attention = { name: 'transformer.h.0.attn.c_attn.bias', shape: [24] };
  const { mapping, superfluous } = await match('gpt2-unprefixed', [wte, attention], 'gpt2');
  expect(mapping).toEqual(
    new Map([
      [wte.name, 'wte.weight'],
      [attention.name, 'h.0.attn.c_attn.bias'],
    ]),
  );
  expect(superfluous).not.toContain('h.0.attn.bias');
  expect(superfluous).not.toContain('h.0.attn.masked_bias');
  expect(superfluous).toContain('wpe.weight');
});

test('GPT-2: the tied output layer is read from the embeddings', async () => {
  const { mapping } = await match('gpt2-safetensors', [{ name: 'lm_head.weight', shape: [40, 8] }], 'gpt2');
  expect(mapping.get('lm_head.weight')).toBe('transformer.wte.weight');
});

test('BERT from TensorFlow: gamma and beta; pretraining heads are named as superfluous, tied and integer tensors are not', async () => {
  const expected = [query, layerNorm, { name: 'cls.predictions.bias', shape: [40] }];
  const { mapping, superfluous } = await match('bert-pretraining-legacy', expected, 'bert');
  expect(mapping.get(layerNorm.name)).toBe('bert.embeddings.LayerNorm.gamma');
  expect(superfluous).toContain('cls.seq_relationship.weight');
  expect(superfluous).not.toContain('bert.embeddings.position_ids');

  const embeddings = { name: 'bert.embeddings.word_embeddings.weight', shape: [40, 8] };
  const tied = await match('bert-pretraining-legacy', [embeddings], 'bert');
  expect(tied.superfluous).not.toContain('cls.predictions.decoder.weight');
});

test('BertModel without prefix, with a new classifier', async () => {
  const classifier = { name: 'classifier.weight', shape: [3, 8] };
  const { mapping, missing } = await match('bert-bare-sharded-bin', [query, classifier], 'bert', [/^classifier\./]);
  expect(mapping.get(query.name)).toBe('encoder.layer.0.attention.self.query.weight');
  expect(missing).toEqual(['classifier.weight']);
});

test('a classifier for another number of labels is missing where it is optional, an error where not', async () => {
  const classifier = { name: 'classifier.weight', shape: [5, 8] };
  expect((await match('bert-classifier', [classifier], 'bert', [/^classifier\./])).missing).toEqual([
    'classifier.weight',
  ]);
  await expect(match('bert-classifier', [classifier], 'bert')).rejects.toThrow(
    /model\.safetensors: tensor classifier\.weight has the shape \[3, 8\], config\.json asks for \[5, 8\]/,
  );
});

test('a tensor that is not there', async () => {
  const deeper = { name: 'bert.encoder.layer.7.attention.self.query.weight', shape: [8, 8] };
  await expect(match('bert-classifier', [deeper], 'bert')).rejects.toThrow(
    /model\.safetensors: tensor bert\.encoder\.layer\.7\.attention\.self\.query\.weight \[8, 8\] is missing/,
  );
  await expect(match('bert-bare-sharded-bin', [deeper], 'bert')).rejects.toThrow(
    /pytorch_model\.bin\.index\.json: tensor/,
  );
});
