import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addConfigurationFlags, readConfiguration } from '../../cli/configuration.ts';
import { corpusSettingsSchema } from '../../corpus/settings.ts';
import { inspectCommand } from './inspect-command.ts';

const settingsOf = (given: object) => corpusSettingsSchema.parse(given);

/** What the command line makes of the settings in a command. */
async function readBack(line: string) {
  const command = addConfigurationFlags(new Command('inspect').argument('<path>'), corpusSettingsSchema);
  const words = [...line.matchAll(/'((?:[^']|'\\'')*)'|\S+/g)].map(
    ([word, quoted]) => quoted?.replaceAll(String.raw`'\''`, "'") ?? word,
  );
  await command.action(() => undefined).parseAsync(words.slice(3), { from: 'user' });
  return { path: command.args[0], settings: await readConfiguration(command, corpusSettingsSchema) };
}

it('names nothing but the path where all settings are the defaults', () => {
  expect(inspectCommand({ ...settingsOf({}), path: 'mine.csv' })).toBe('dare data inspect mine.csv');
});

it('names columns of other names, and quotes what a shell would take apart', () => {
  const settings = settingsOf({ columns: ['text=sentence', 'relation=the label'] });
  expect(inspectCommand({ ...settings, path: "Anna's data/side effects.csv" })).toBe(
    String.raw`dare data inspect 'Anna'\''s data/side effects.csv' --columns 'text=sentence,relation=the label'`,
  );
});

it('is read as the settings that it was made of, whatever their kind', async () => {
  const settings = settingsOf({
    ...{ format: 'csv', strict: true, givenSplits: false, nullLabels: [], columns: ['text=my text'] },
    ...{ window: 2, testFraction: 0.25, meshTree: 'mesh tree.txt', relations: ['CID', 'other one'], types: ['A:B'] },
  });
  const path = 'data/$HOME/x.csv';
  expect(await readBack(inspectCommand({ ...settings, path }))).toEqual({ path, settings });
});
