/** `dare classify`: labels and probabilities for lines of text, from any BERT classifier. */
import type { Command } from 'commander';
import { z } from 'zod';
import { UserError } from '../../foundation/errors.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withModel } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { nameOf, readLines } from '../text-lines.ts';

const schema = z.object({
  ...modelSettings,
  file: z
    .string()
    .describe('texts, one a line; a tab separates the two texts of a pair; - for standard input')
    .meta({ placeholder: 'file' }),
  maxLength: z.int().min(3).optional().describe("tokens read of a line; the model's limit when left out"),
});

const EXAMPLES = `
Examples:
  dare classify --model runs/cdr/tasks/dare-member-1-*/classifier --file sentences.txt
  echo 'Severe $ENTITYB$ was induced by $ENTITYA$ .' | dare classify --model models/cdr/members/1 --file - --json

Prints a line for each line: the label and its probability, with --json {"logits":[…],"probabilities":[…]}.`;

export function addClassifyCommand(program: Command): void {
  const command = program.command('classify').description('label lines of text with a BERT classifier');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { file, batch, maxLength, ...model } = await readConfiguration(command, schema);
        const lines = await readPairs(file);
        const { classifyTexts } = await import('../../classification/classify-texts.ts');
        await withModel(model, monitor, async (device, folder) => {
          const options = { batchSize: batch, monitor, ...(maxLength !== undefined && { maxLength }) };
          for await (const { label, logits, probabilities } of classifyTexts(device, folder, lines, options)) {
            const best = Math.max(...probabilities);
            await print(json ? JSON.stringify({ logits, probabilities }) : `${label}\t${best.toFixed(4)}`);
          }
        });
      }),
    );
}

async function readPairs(file: string): Promise<string[]> {
  const lines = await readLines(file);
  const wrong = lines.findIndex((line) => line.split('\t').length > 2);
  if (wrong < 0) return lines;
  throw new UserError('the line has more than two texts', {
    where: `${nameOf(file)}:${wrong + 1}`,
    remedy: 'separate two texts by one tab',
  });
}
