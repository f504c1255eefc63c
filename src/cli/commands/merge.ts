/** `dare merge`: a LoRA adapter and its base as one plain model folder. */
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveModel } from '../../checkpoint/hub.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withDevice } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';

const schema = z.object({
  adapter: z
    .string()
    .min(1)
    .describe('folder of the adapter, as dare or peft wrote it')
    .meta({ placeholder: 'folder' }),
  base: z
    .string()
    .min(1)
    .optional()
    .describe('the model it was trained on, a folder or hub name; what the adapter says when left out')
    .meta({ placeholder: 'model' }),
  out: z.string().min(1).describe('folder to write the model to').meta({ placeholder: 'folder' }),
  offline: modelSettings.offline,
});

const EXAMPLES = `
Examples:
  dare merge --adapter runs/cdr/tasks/generator-CID-0123456789ab/model --out models/cid
  dare merge --adapter my-peft-adapter --base gpt2-large --out models/mine

Prints the folder, with --json {"folder":"…","layers":n}.`;

export function addMergeCommand(program: Command): void {
  const command = program.command('merge').description('make one model folder of a LoRA adapter and its base');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { adapter, base, out, offline } = await readConfiguration(command, schema);
        const { modelChain, resolveBase } = await import('../../checkpoint/peft-adapter.ts');
        const { mergeAdapter } = await import('../../nn/merge-adapter.ts');
        const options = { offline, monitor };
        const found = base === undefined ? await resolveBase(adapter, options) : await resolveModel(base, options);
        await modelChain(found, options);
        // Weights are added to one another where they are read: a GPU would have nothing to do.
        await withDevice({ device: 'cpu' }, monitor, async (device) => {
          const { layers } = await mergeAdapter(device, adapter, out, { base: found });
          await print(json ? JSON.stringify({ folder: out, layers }) : `${out}: ${layers} layers merged`);
        });
      }),
    );
}
