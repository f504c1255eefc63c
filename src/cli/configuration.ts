/**
 * A command's configuration from its four sources, the later the stronger: the schema's defaults, a preset, a configuration file, flags.
 *
 * All that is given is collected setting by setting, together with who gave it; the schema then checks the whole, and what it refuses is said in one
 * line that names the flag or the file's line, the value, and what is allowed.
 */
import { existsSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { memberOf, readConfigurationFile } from './configuration-file.ts';
import type { GivenValue } from './configuration-file.ts';
import { nearest } from './did-you-mean.ts';
import { parseText, settingsOf, showValue } from './settings.ts';
import type { ConfigurationSchema, Setting, Shape } from './settings.ts';

/** Named parts of a configuration; a preset states what differs from the defaults. */
export type Presets = Readonly<Record<string, object>>;

/** Gives a command a flag for every setting of the schema, `--config` and (where there are presets) `--preset`. */
export function addConfigurationFlags(
  command: Command,
  schema: ConfigurationSchema<unknown>,
  presets: Presets = {},
): Command {
  command.optionsGroup('Options:');
  command.option('--config <file>', 'settings from a YAML file; flags go before it');
  const names = Object.keys(presets);
  if (names.length) command.option('--preset <name>', `settings to start from: ${names.join(', ')}`);
  return addSettingFlags(command, schema);
}

/** Gives a command a flag for every setting of the schema, and no other. */
export function addSettingFlags(command: Command, schema: ConfigurationSchema<unknown>): Command {
  // Where a command has arguments of its own, the words behind a list's flag may be those.
  const takesWords = command.registeredArguments.length === 0;
  for (const setting of settingsOf(schema)) {
    for (const option of optionsOf(setting)) {
      option.variadic = takesWords && setting.shape.type === 'array';
      command.addOption(option.helpGroup(headingOf(setting)));
    }
  }
  return command;
}

function headingOf({ path, section, heading }: Setting): string {
  const name = [...path.slice(0, -1).map(words), ...(heading === undefined ? [] : [heading])].join(', ');
  if (name === '') return 'Options:';
  return `${name[0]!.toUpperCase()}${name.slice(1)}${section && heading === undefined ? ` – ${section}` : ''}:`;
}

const words = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A setting's options: one, or for a switch `--x` and `--no-x`, which the help shows as one. */
function optionsOf({ flag, shape, description, allowed, defaultValue, required, placeholder }: Setting): Option[] {
  if (shape.type === 'boolean') {
    const on = new Option(`--${flag}`, `${description} (default ${defaultValue === true ? 'on' : 'off'})`);
    on.flags = `--[no-]${flag}`;
    return [on, new Option(`--no-${flag}`).hideHelp()];
  }
  const hasDefault = defaultValue !== undefined && defaultValue !== '';
  const details = [
    shape.type === 'string' && !shape.enum ? '' : allowed,
    required ? 'required' : hasDefault ? `default ${showValue(defaultValue)}` : '',
  ].filter(Boolean);
  const option = new Option(
    `--${flag} ${placeholder}`,
    `${description}${details.length ? ` (${details.join('; ')})` : ''}`,
  );
  if (shape.type !== 'array') return [option];
  return [option.argParser((text, previous: string[] | undefined) => [...(previous ?? []), text])];
}

/**
 * The configuration that a command was called with.
 * @throws UserError naming the flag or file:line, the value and what is allowed.
 */
export async function readConfiguration<T>(
  command: Command,
  schema: ConfigurationSchema<T>,
  presets: Presets = {},
): Promise<T> {
  const settings = settingsOf(schema);
  const { config, preset }: { config?: string; preset?: string } = command.opts();
  const file = config === undefined ? undefined : await readConfigurationFile(config, settings);
  const chosen = preset === undefined ? file?.preset : { value: preset, where: '--preset' };
  const given = new Map([
    ...(chosen ? presetValues(chosen, presets, settings) : []),
    ...(file?.values ?? []),
    ...flagValues(command, settings),
  ]);

  const parsed = schema.safeParse(nested(settings, given));
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error.issues[0]!, command, settings, given);
}

function presetValues(
  { value, where }: GivenValue,
  presets: Presets,
  settings: readonly Setting[],
): Map<string, GivenValue> {
  const names = Object.keys(presets);
  const name = names.find((candidate) => candidate === value);
  if (name === undefined) {
    const meant = typeof value === 'string' ? nearest(value, names) : undefined;
    throw new UserError(`'${showValue(value)}' is no preset`, {
      where,
      remedy: meant ? `did you mean ${meant}?` : `known: ${names.join(', ')}`,
    });
  }
  return new Map(flatten(presets[name], '', settings, `preset ${name}`));
}

function* flatten(
  part: unknown,
  prefix: string,
  settings: readonly Setting[],
  where: string,
): Generator<[string, GivenValue]> {
  for (const [key, value] of Object.entries(part ?? {}) as [string, unknown][]) {
    const name = `${prefix}${key}`;
    if (value === undefined) continue;
    if (settings.some((setting) => setting.name === name)) yield [name, { value, where }];
    else if (settings.some((setting) => setting.name.startsWith(`${name}.`))) {
      yield* flatten(value, `${name}.`, settings, where);
    } else throw new Error(`${where}: the schema has no setting '${name}'`);
  }
}

function flagValues(command: Command, settings: readonly Setting[]): Map<string, GivenValue> {
  const values = new Map<string, GivenValue>();
  for (const { name, flag, shape } of settings) {
    const attribute = new Option(`--${flag}`).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    const raw: unknown = command.getOptionValue(attribute);
    values.set(name, {
      value: Array.isArray(raw)
        ? parseList(shape, raw.map(String))
        : typeof raw === 'string'
          ? parseText(shape, raw)
          : raw,
      where: raw === false ? `--no-${flag}` : `--${flag}`,
    });
  }
  return values;
}

/** A list may be given at once (a,b), as words (a b, which a shell makes of *.txt) or by repeating its flag; a file with a comma in its name is one item. */
function parseList(shape: Shape, words: readonly string[]): unknown {
  if (shape.items?.placeholder !== 'file' || !words.some((word) => word.includes(',') && existsSync(word)))
    return parseText(shape, words.join(','));
  return words.flatMap((word) => (existsSync(word) ? [word] : (parseText(shape, word) as unknown[])));
}

/** The values as the schema reads them; every section is there, so that its defaults apply. */
function nested(settings: readonly Setting[], given: ReadonlyMap<string, GivenValue>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, name } of settings) {
    let section = root;
    for (const key of path.slice(0, -1)) section = (section[key] ??= {}) as Record<string, unknown>;
    const value = given.get(name);
    if (value) section[path.at(-1)!] = value.value;
  }
  return root;
}

function refusal(
  issue: z.core.$ZodIssue,
  command: Command,
  settings: readonly Setting[],
  given: ReadonlyMap<string, GivenValue>,
): UserError {
  const setting = settings.find(({ path }) => path.every((key, depth) => issue.path[depth] === key));
  if (!setting) return new UserError(issue.message, { ...(issue.path.length && { where: issue.path.join('.') }) });
  const source = given.get(setting.name);
  if (!source) {
    if (issue.code === 'custom') return new UserError(issue.message, { where: `--${setting.flag}` });
    const inFile = command.getOptionValue('config') === undefined ? '' : `, or ${setting.name} in the --config file`;
    return new UserError(`--${setting.flag} is missing`, {
      remedy: `give ${setting.description || setting.allowed}${inFile}`,
    });
  }
  const { where, value } = source;
  const subject = where === `--${setting.flag}` || where === `--no-${setting.flag}` ? '' : `${setting.name}: `;
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    return new UserError(`${subject}${issue.message}`, { where });
  }
  const culprit = issue.path
    .slice(setting.path.length)
    .reduce<unknown>((object, key) => memberOf(object, String(key)), value);
  const meant = typeof culprit === 'string' ? nearest(culprit, choicesOf(setting)) : undefined;
  return new UserError(`${subject}${quoted(culprit)} is not allowed`, {
    where,
    remedy: meant ? `did you mean ${meant}? allowed: ${setting.allowed}` : `allowed: ${setting.allowed}`,
  });
}

function choicesOf({ shape }: Setting): string[] {
  return [shape, ...(shape.items ? [shape.items] : []), ...(shape.anyOf ?? [])]
    .flatMap(({ enum: choices }) => choices ?? [])
    .map(String);
}

function quoted(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
