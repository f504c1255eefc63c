/** An adapter and its base as one plain model folder. */
import { realpath } from 'node:fs/promises';
import { UserError } from '../foundation/errors.ts';
import { kindAt, requireReplaceable } from '../foundation/files.ts';
import { writeUnfinished } from '../foundation/unfinished.ts';
import { isModelFolder } from '../checkpoint/write-model-folder.ts';
import type { Device } from '../runtime/device.ts';
import { gpt2Scoring } from './gpt2.ts';
import { loadWeights, openGpt2, saveModel } from './model.ts';

/**
 * Writes the model that an adapter makes of its base, which may be an adapter's folder in turn.
 * @param options.base the base's folder, where it is not the one that the adapter names.
 * @returns how many layers were changed.
 * @throws UserError when the folder is no adapter's, or the base is another, or the output holds something else, is one of these, or is being written.
 */
export async function mergeAdapter(
  device: Device,
  folder: string,
  output: string,
  options: { base?: string } = {},
): Promise<{ layers: number }> {
  await requireReplaceable(output, { what: 'a model', isOwn: isModelFolder, flag: '--out' });
  const model = await openGpt2(folder, options);
  if (model.adapters.length === 0) {
    throw new UserError('is not the folder of an adapter', {
      where: folder,
      remedy: 'name one with adapter_config.json',
    });
  }
  await requireOther(output, [model.folder, ...model.adapters.map((adapter) => adapter.folder)]);
  await writeUnfinished(output, { what: 'a model', flag: '--out' }, async () => {
    const { parameters } = await loadWeights(device, model, gpt2Scoring(model.config), { trainable: false });
    try {
      await saveModel(output, model, parameters, { architecture: 'GPT2LMHeadModel' });
    } finally {
      await parameters.dispose();
    }
  });
  return { layers: new Set(model.adapters.flatMap(({ layers }) => [...layers.keys()])).size };
}

/** @throws UserError when what is to be written would replace what is read: the adapter would be added once more the next time, or be gone. */
async function requireOther(output: string, folders: readonly string[]): Promise<void> {
  if ((await kindAt(output)) === undefined) return;
  const written = await realpath(output);
  for (const folder of folders) {
    if ((await realpath(folder)) !== written) continue;
    throw new UserError('is one of the folders that are merged', {
      where: output,
      remedy: 'name a new or empty folder with --out',
    });
  }
}
