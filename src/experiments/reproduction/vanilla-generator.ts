/** A generator that never learned anything, beside one that did: the same shape and tokenizer, random weights. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Gpt2Config } from '../../checkpoint/config.ts';
import { resolveModel } from '../../checkpoint/hub.ts';
import { writeModelFolder } from '../../checkpoint/write-model-folder.ts';
import { kindAt } from '../../foundation/files.ts';
import type { Monitor } from '../../foundation/progress.ts';
import { gpt2Training } from '../../nn/gpt2.ts';
import { initialValues } from '../../nn/initialize.ts';
import { openGpt2, specificationsOf } from '../../nn/model.ts';
import type { Model } from '../../nn/model.ts';

const SEED = 1;

/**
 * Writes it, unless it is there. One of another model that stands there is replaced.
 * @returns its folder.
 * @throws UserError when the model is not to be had, or no GPT-2.
 */
export async function randomTwin(
  of: string,
  folder: string,
  options: { offline: boolean; monitor?: Monitor },
): Promise<string> {
  const model = await openGpt2(await resolveModel(of, options));
  const isThere = (await kindAt(join(folder, 'config.json'))) === 'file';
  if (isThere && isDeepStrictEqual(likenessOf(model), likenessOf(await openGpt2(folder)))) return folder;
  const { config, rawConfig, tokenizer } = model;
  const { graph } = gpt2Training(config);
  const tensors = specificationsOf(graph).map((specification) => ({
    ...specification,
    data: () => Promise.resolve(initialValues(specification, config, SEED)),
  }));
  await writeModelFolder(folder, { config: { ...rawConfig, vocab_size: config.vocab_size }, tensors, tokenizer });
  return folder;
}

/** All that twins have in common: everything but the weights, and the number format of these. */
function likenessOf({ config, tokenizer }: Model<Gpt2Config>): object {
  const tokens = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.idToToken(id));
  return { config: { ...config, dtype: undefined, torch_dtype: undefined }, tokens };
}
