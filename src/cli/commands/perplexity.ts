/** `dare perplexity`: how probable a GPT-2 finds lines of text. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withModel } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { readLines } from '../text-lines.ts';

const schema = z.object({
  ...modelSettings,
  file: z.string().describe('texts, one a line; - for standard input').meta({ placeholder: 'file' }),
});

const EXAMPLES = `
Examples:
  dare perplexity --model gpt2 --file sentences.txt
  echo "The cat sat on the mat." | dare perplexity --model ./gpt2 --file - --json

Prints a line for each line: its perplexity, exp(loss per token), and its tokens; with --json
{"tokens":n,"negativeLogLikelihood":x}, the sum in nats over the tokens after the first.`;

export function addPerplexityCommand(program: Command): void {
  const command = program.command('perplexity').description('how probable a GPT-2 finds lines of text');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { file, batch, ...model } = await readConfiguration(command, schema);
        const lines = await readLines(file);
        const { perplexities } = await import('../../generation/perplexity.ts');
        await withModel(model, monitor, async (device, folder) => {
          for (const result of await perplexities(device, folder, lines, { batchSize: batch, monitor })) {
            const { tokens, negativeLogLikelihood } = result;
            await print(
              json ? JSON.stringify(result) : `${showPerplexity(tokens, negativeLogLikelihood)}\t${tokens} tokens`,
            );
          }
        });
      }),
    );
}

/** A text of one token predicts nothing. */
function showPerplexity(tokens: number, negativeLogLikelihood: number): string {
  return tokens < 2 ? '-' : Math.exp(negativeLogLikelihood / (tokens - 1)).toFixed(2);
}
