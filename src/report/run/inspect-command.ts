/** The command that inspects a run's corpus as the run read it: its path, and every setting of the corpus that is not the default. */
import { corpusSettingsSchema, DEFAULT_SETTINGS, type CorpusSettings } from '../../corpus/settings.ts';
import { kebab } from '../../foundation/names.ts';
import { shellLine } from '../../foundation/shell.ts';

/** For a shell. */
export function inspectCommand({ path, ...settings }: CorpusSettings & { readonly path: string }): string {
  const names = Object.keys(corpusSettingsSchema.shape) as (keyof CorpusSettings)[];
  const given = names.filter((name) => String(settings[name]) !== String(DEFAULT_SETTINGS[name]));
  return shellLine(['dare', 'data', 'inspect', path, ...given.flatMap((name) => flagOf(name, settings[name]))]);
}

/** As the command line takes it: switches without a value, lists with commas. */
function flagOf(name: string, value: CorpusSettings[keyof CorpusSettings]): string[] {
  const flag = kebab(name);
  if (typeof value === 'boolean') return [value ? `--${flag}` : `--no-${flag}`];
  return [`--${flag}`, value === null ? 'none' : String(value)];
}
