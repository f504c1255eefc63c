/** `dare augment`: the synthetic data set alone. */
import type { Command } from 'commander';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets } from '../../dare/presets.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { plainTable } from '../table.ts';

const EXAMPLES = `
Examples:
  dare augment --corpus PATH/TO/CDR --generator-model gpt2 --out data/cdr-synthetic
  dare augment --corpus PATH/TO/CDR --preset small --ensemble-ratio 2 --out data/cdr-small

Fine-tunes a generator for each relation, samples it and filters the sentences, as dare run does, and trains no classifier. Writes
synthetic.jsonl (the accepted sentences, with their provenance), rejected.jsonl and README.md, the data set's card. An interrupted
command goes on where it stopped when it is given again.`;

export function addAugmentCommand(program: Command): void {
  const command = program
    .command('augment')
    .description('write a synthetic data set: generators and their filtered sentences alone')
    .requiredOption('--out <folder>', 'where the data set is written')
    .option('--offline', 'take named models from the cache only');
  addConfigurationFlags(command, runConfigurationSchema, presets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out, offline = false } = command.opts<{ out: string; offline?: boolean }>();
        const configuration = await readConfiguration(command, runConfigurationSchema, presets);
        const { augment } = await import('../../deployment/augment.ts');
        const written = await augment(configuration, { folder: out, monitor, offline });
        if (json) return print(JSON.stringify(written));
        const table = plainTable(['', 'accepted', 'written', 'missing']);
        for (const { relation, accepted, attempts, missing } of written.pools) {
          table.push([relation, accepted, attempts, missing]);
        }
        await print(`${table.toString()}\n\n${written.examples} synthetic sentences written to ${out}`);
      }),
    );
}
