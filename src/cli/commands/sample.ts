/** `dare sample`: sentences from a GPT-2. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { UserError } from '../../foundation/errors.ts';
import { tokenChoiceSettings } from '../../generation/token-sampler.ts';
import { modelSettings, withModel } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { readLines } from '../text-lines.ts';

const schema = z.object({
  ...modelSettings,
  count: z.int().min(1).default(10).describe('sentences to write, for each prompt'),
  seed: z.int().min(0).default(0).describe('the same seed gives the same sentences'),
  ...tokenChoiceSettings,
  maxWords: z.int().min(1).default(100).describe('a sentence ends after this many words'),
  maxTokens: z.int().min(1).default(256).describe('a sentence ends after this many tokens'),
  prompt: z.string().default('').describe('what every sentence begins with'),
  prompts: z
    .string()
    .optional()
    .describe('several beginnings, one a line, taken in turn; - for standard input')
    .meta({ placeholder: 'file' }),
  batch: z
    .int()
    .min(2)
    .optional()
    .describe(
      'sentences written at once; as many as memory allows when left out (on a processor it does not change them)',
    ),
});

const EXAMPLES = `
Examples:
  dare sample --model gpt2 --count 5 --prompt "Aspirin"
  dare sample --model gpt2 --top-k 0 --top-p 0.9 --prompts beginnings.txt
  dare sample --model runs/cdr/generator --count 100 --seed 7 --json > sentences.jsonl

Prints a sentence a line (line breaks inside a sentence as blanks), with --json
{"index":i,"text":"…","tokens":n,"ending":"end-of-text"|"words"|"tokens"}.`;

export function addSampleCommand(program: Command): void {
  const command = program.command('sample').description('write sentences with a GPT-2');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const {
          model,
          offline,
          device: choice,
          threads,
          precision,
          batch,
          count,
          prompt,
          prompts,
          ...sampling
        } = await readConfiguration(command, schema);
        const beginnings = prompts === undefined ? [prompt] : await readPrompts(prompts, prompt);
        const { sampleTexts } = await import('../../generation/sample.ts');
        await withModel({ model, offline, device: choice, threads, precision }, monitor, async (device, folder) => {
          const total = count * beginnings.length;
          const options = { ...sampling, count: total, prompts: beginnings, batchSize: batch, monitor };
          for await (const sentence of sampleTexts(device, folder, options)) {
            await print(json ? JSON.stringify(sentence) : sentence.text.replaceAll(/\s*\n\s*/g, ' '));
          }
        });
      }),
    );
}

async function readPrompts(file: string, prompt: string): Promise<string[]> {
  if (prompt !== '') {
    throw new UserError('--prompt and --prompts are both given', { remedy: 'give one of them' });
  }
  return readLines(file);
}
