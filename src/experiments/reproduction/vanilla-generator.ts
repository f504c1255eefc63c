/** A generator that never learned anything, beside one that did: the same shape and tokenizer, random weights. */
import { join } from 'node:path';
import { resolveModel } from '../../checkpoint/hub.ts';
import { writeModelFolder } from '../../checkpoint/write-model-folder.ts';
import { kindAt } from '../../foundation/files.ts';
import type { Monitor } from '../../foundation/progress.ts';
import { gpt2Training } from '../../nn/gpt2.ts';
import { initialValues } from '../../nn/initialize.ts';
import { openGpt2, specificationsOf } from '../../nn/model.ts';

const SEED = 1;

/** Writes it, unless it is there. @returns its folder. @throws UserError when the model is not to be had, or no GPT-2. */
export async function randomTwin(
  of: string,
  folder: string,
  options: { offline: boolean; monitor?: Monitor },
): Promise<string> {
  if ((await kindAt(join(folder, 'config.json'))) === 'file') return folder;
  const { config, rawConfig, tokenizer } = await openGpt2(await resolveModel(of, options));
  const { graph } = gpt2Training(config);
  const tensors = specificationsOf(graph).map((specification) => ({
    ...specification,
    data: () => Promise.resolve(initialValues(specification, config, SEED)),
  }));
  await writeModelFolder(folder, { config: { ...rawConfig, vocab_size: config.vocab_size }, tensors, tokenizer });
  return folder;
}
