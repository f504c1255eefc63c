/** `dare pretrain`: a language model from plain text. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readText } from '../../foundation/files.ts';
import { shellLine } from '../../foundation/shell.ts';
import { pretrainingSchema } from '../../pretraining/configuration.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { withDevice } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';

const EXAMPLES = `
Examples:
  dare tokenizer train --kind byte-level-bpe --vocabulary 8000 abstracts.txt.gz --out tokenizers/bpe
  dare pretrain --objective causal --text abstracts.txt.gz --tokenizer tokenizers/bpe --hours 3 --out models/gpt2-small
  dare pretrain --objective causal --text abstracts.txt.gz --model gpt2 --tokens 20000000 --out models/gpt2-pubmed

The folder gets the learning curve and sentences as it learns, and at the end the model. An interrupted training goes on where it
stopped when the same command is given again.`;

/** What the command is told beside the configuration. */
interface Invocation {
  readonly out: string;
  readonly offline?: boolean;
  readonly title?: string;
  readonly notes?: string;
}

export function addPretrainCommand(program: Command): void {
  const command = program
    .command('pretrain')
    .description('learn a GPT-2 or a BERT from plain text, from random weights or from another model')
    .option('--out <folder>', 'where the training and its model are kept', 'runs/pretrained')
    .option('--offline', 'take named models from the cache only')
    .option('--title <text>', 'title of the model card')
    .option(
      '--notes <file>',
      'Markdown for the model card: where the text is from, its licence, what the model is for',
    );
  addConfigurationFlags(command, pretrainingSchema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out, offline = false, title, notes: notesFile } = command.opts<Invocation>();
        const notes = notesFile === undefined ? undefined : await readText(notesFile);
        const card = { title: title ?? basename(out), command: commandLine(), notes };
        const configuration = await readConfiguration(command, pretrainingSchema);
        const { pretrain } = await import('../../pretraining/pretrain.ts');
        const { showHeldOut } = await import('../../pretraining/held-out.ts');
        await withDevice(configuration, monitor, async (device) => {
          const result = await pretrain(configuration, { folder: out, device, monitor, offline, card });
          const { updates, tokens, seconds, heldOut, model } = result;
          if (json) await print(JSON.stringify(result));
          else {
            await print(
              `${tokens} tokens in ${updates === 1 ? '1 update' : `${updates} updates`}, ${(seconds / 3600).toFixed(2)} hours`,
            );
            await print(`on held-out text: ${showHeldOut(heldOut)}`);
            await print(`kept in ${model}`);
          }
        });
      }),
    );
}

/** The command as it was given, for a shell. */
const commandLine = (): string => shellLine(['dare', ...process.argv.slice(2)]);
