/** `dare tokenizer train`: a vocabulary learned from plain text. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { addSessionOptions, withSession } from '../session.ts';

const settings = z.object({
  kind: z.enum(['byte-level-bpe', 'wordpiece']).describe('byte-level-bpe, as GPT-2 reads, or wordpiece, as BERT reads'),
  vocabulary: z.int().min(1).describe('entries of the vocabulary, special tokens included'),
  documents: z
    .enum(['line', 'blank-line'])
    .default('line')
    .describe('what ends a document: every line, or a blank line'),
  cased: z.boolean().default(false).describe('wordpiece: keep upper case and accents'),
  out: z.string().min(1).describe('folder for the tokenizer').meta({ placeholder: 'folder' }),
});

const schema = settings.superRefine(({ kind, cased }, context) => {
  if (kind === 'wordpiece' || !cased) return;
  const message = 'a byte-level vocabulary has upper case and accents as they are: leave this out';
  context.addIssue({ code: 'custom', path: ['cased'], message });
});

const EXAMPLES = `
Examples:
  dare tokenizer train --kind byte-level-bpe --vocabulary 8000 abstracts.txt.gz --out tokenizers/bpe
  dare tokenizer train --kind wordpiece --vocabulary 8000 abstracts.txt.gz more.txt --out tokenizers/wordpiece

Files are UTF-8 text, plain or gzip. Writes tokenizer.json and the vocabulary files that transformers reads; prints what it learned from.`;

export function addTokenizerCommand(program: Command): void {
  const tokenizer = program.command('tokenizer').description('vocabularies for models of one’s own');
  const command = tokenizer
    .command('train')
    .description('learn a vocabulary from plain text')
    .argument('<files...>', 'text files, plain or gzip');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((files: string[]) =>
      withSession(command, async ({ monitor, json, print }) => {
        const { kind, vocabulary, documents, cased, out } = await readConfiguration(command, schema);
        const { trainTokenizer } = await import('../../pretraining/train-tokenizer.ts');
        const options = { kind, vocabularySize: vocabulary, separator: documents, lowercase: !cased };
        const result = await trainTokenizer(files, options, out, monitor);
        if (json) await print(JSON.stringify(result));
        else {
          const { vocabularySize, documents: read, words } = result;
          await print(`${vocabularySize} entries, learned from ${read} documents of ${words} words; kept in ${out}`);
        }
      }),
    );
}
