/** `dare sample`: sentences from a GPT-2. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withModel } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';

const schema = z.object({
  ...modelSettings,
  count: z.int().min(1).default(10).describe('sentences to write'),
  seed: z.int().min(0).default(0).describe('the same seed gives the same sentences'),
  temperature: z.number().gt(0).default(1).describe('below 1 safer, above 1 more surprising'),
  topK: z.int().min(0).default(5).describe('draw from this many of the likeliest tokens; 0 for all'),
  maxWords: z.int().min(1).default(100).describe('a sentence ends after this many words'),
  maxTokens: z.int().min(1).default(256).describe('a sentence ends after this many tokens'),
  prompt: z.string().default('').describe('what every sentence begins with'),
});

const EXAMPLES = `
Examples:
  dare sample --model gpt2 --count 5 --prompt "Aspirin"
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
        const { model, offline, threads, batch, ...sampling } = await readConfiguration(command, schema);
        const { sampleTexts } = await import('../../generation/sample.ts');
        await withModel({ model, offline, threads }, monitor, async (device, folder) => {
          for await (const sentence of sampleTexts(device, folder, { ...sampling, batchSize: batch, monitor })) {
            await print(json ? JSON.stringify(sentence) : sentence.text.replaceAll(/\s*\n\s*/g, ' '));
          }
        });
      }),
    );
}
