/** `dare data convert`: examples of any corpus as JSON Lines or CSV. */
import type { Command } from 'commander';
import { z } from 'zod';
import { ExampleStream } from '../../../corpus/examples.ts';
import { candidateSettings, DEFAULT_SETTINGS, readingSettings } from '../../../corpus/settings.ts';
import { WRITTEN_FORMATS, writtenExamples } from '../../../corpus/write-examples.ts';
import { describeWarning } from '../../../corpus/readers/warnings.ts';
import type { Example } from '../../../corpus/example.ts';
import { streamFileAtomically } from '../../../foundation/files.ts';
import { addConfigurationFlags, readConfiguration } from '../../configuration.ts';
import { addSessionOptions, withSession } from '../../session.ts';
import { corpusPresets } from './corpus-presets.ts';

export const convertSchema = z.object({
  to: z.enum(WRITTEN_FORMATS).describe('format to write').meta({ placeholder: 'format' }),
  ...readingSettings,
  ...candidateSettings,
});

const EXAMPLES = `
Examples:
  dare data convert PATH/TO/CDR --to jsonl -o cdr.jsonl
  dare data convert PATH/TO/CDR --to csv --mesh-tree 2017MeshTree.txt -o cdr.csv
  dare data convert PATH/TO/ChemProt --preset paper --to jsonl -o chemprot.jsonl
  dare data convert cdr.csv --to jsonl | head -1

Documents become examples under the candidate rules; what is left out is counted (see dare data inspect).`;

export function addConvertCommand(data: Command): void {
  const command = data
    .command('convert')
    .description('write the examples of a corpus as JSON Lines or CSV')
    .argument('<path>', 'file or folder of the corpus')
    .option('-o, --out <file>', 'file to write (standard output when left out)');
  addConfigurationFlags(command, convertSchema, corpusPresets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((path: string) =>
      withSession(command, async ({ monitor, json, print }) => {
        const { to, ...settings } = await readConfiguration(command, convertSchema, corpusPresets);
        const { out } = command.opts<{ out?: string }>();
        const stream = await ExampleStream.open(path, { ...DEFAULT_SETTINGS, ...settings });
        let examples = 0;
        const counted = async function* (): AsyncGenerator<Example> {
          for await (const example of stream.examples()) {
            examples++;
            monitor.checkpoint();
            yield example;
          }
        };
        const pieces = writtenExamples(counted(), to);
        if (out === undefined) for await (const piece of pieces) await print(piece.replace(/\n$/, ''));
        else await streamFileAtomically(out, pieces);

        const { warnings, dropped } = stream.tally();
        for (const warning of warnings) monitor.note(describeWarning(warning));
        if (out === undefined) return;
        if (json) await print(JSON.stringify({ examples, out, dropped, warnings }));
        else await print(`${examples} examples written to ${out}`);
      }),
    );
}
