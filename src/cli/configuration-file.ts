/**
 * Configuration files: YAML with the nesting of the schema. Every value keeps the line it stands on, for error messages.
 *
 *     preset: small
 *     seed: 7
 *     generator:
 *       epochs: 3
 */
import { isAlias, isMap, isScalar, LineCounter, parse, parseDocument } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';
import { UserError } from '../foundation/errors.ts';
import { readText } from '../foundation/files.ts';
import { nearest } from './did-you-mean.ts';
import { showValue, type Setting } from './settings.ts';

export interface GivenValue {
  readonly value: unknown;
  /** Who gave it: `run.yaml:3`, `--seed`, `preset small`. */
  readonly where: string;
}

/** What a configuration file says, by setting name. */
export interface ConfigurationFile {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly preset: GivenValue | undefined;
}

/** The key that names a preset, beside the schema's own. */
const PRESET = 'preset';

/** @throws UserError with `file:line` for what is not YAML, and for keys that are no setting. */
export async function readConfigurationFile(path: string, settings: readonly Setting[]): Promise<ConfigurationFile> {
  return parseConfigurationFile(await readText(path), path, settings);
}

/** See `readConfigurationFile`; `path` is for messages. */
export function parseConfigurationFile(text: string, path: string, settings: readonly Setting[]): ConfigurationFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) {
    throw new UserError(`not valid YAML: ${problem.message.split(';')[0]}`, {
      where: `${path}:${lines.linePos(problem.pos[0]).line}`,
    });
  }
  const values = new Map<string, GivenValue>();
  const placeOf = (pair: Pair): string => {
    const range = isScalar(pair.key) ? pair.key.range : undefined;
    return range ? `${path}:${lines.linePos(range[0]).line}` : path;
  };
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { values, preset: undefined };
  if (!isMap(root)) {
    throw new UserError('is not a configuration', {
      where: path,
      remedy: 'write settings as "name: value", one a line',
    });
  }
  let preset: GivenValue | undefined;
  const read = (map: YAMLMap, prefix: string): void => {
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : 'a key that is no text';
      const name = `${prefix}${key}`;
      const node = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
      const setting = settings.find((candidate) => candidate.name === name);
      if (setting) {
        values.set(name, { value: normalized(setting, valueOf(node, document)), where: placeOf(pair) });
      } else if (name === PRESET) {
        preset = { value: valueOf(node, document), where: placeOf(pair) };
      } else if (settings.some((candidate) => candidate.name.startsWith(`${name}.`))) {
        if (isMap(node)) read(node, `${name}.`);
        else if (valueOf(node, document) !== null) {
          throw new UserError(`'${name}' is a section, not a setting`, {
            where: placeOf(pair),
            remedy: `put its settings below it, indented: ${keysBelow(settings, `${name}.`).join(', ')}`,
          });
        }
      } else {
        throw unknownKey(name, prefix, settings, placeOf(pair));
      }
    }
  };
  read(root, '');
  return { values, preset };
}

function valueOf(node: unknown, document: Document): unknown {
  const hasValue = typeof node === 'object' && node !== null && 'toJS' in node && typeof node.toJS === 'function';
  const value: unknown = hasValue ? (node as { toJS: (document: Document) => unknown }).toJS(document) : node;
  return value ?? null;
}

/** `none` is the absence of a value, on the command line and in files alike. */
function normalized({ shape }: Setting, value: unknown): unknown {
  return value === 'none' && shape.anyOf?.some(({ type }) => type === 'null') ? null : value;
}

function unknownKey(name: string, prefix: string, settings: readonly Setting[], where: string): UserError {
  const siblings = keysBelow(settings, prefix).map((key) => `${prefix}${key}`);
  const names = settings.map((setting) => setting.name);
  const meant =
    nearest(name, prefix ? siblings : [...siblings, PRESET]) ??
    names.find((candidate) => candidate.endsWith(`.${name}`) || candidate.replaceAll('.', '-') === name) ??
    nearest(name, names);
  const remedy = meant ? `did you mean ${meant}?` : `known here: ${siblings.join(', ')}`;
  return new UserError(`there is no setting '${name}'`, { where, remedy });
}

/** The keys directly below a section: settings and further sections. */
function keysBelow(settings: readonly Setting[], prefix: string): string[] {
  const below = settings.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length));
  return [...new Set(below.map((name) => name.split('.')[0]!))];
}

/**
 * A configuration as a file that says the same, each setting under its description.
 * @param configuration as parsed by the schema that the settings come from.
 */
export function writeConfigurationFile(configuration: unknown, settings: readonly Setting[]): string {
  const lines: string[] = [];
  let section: readonly string[] = [];
  for (const { path, section: about, description, allowed } of settings) {
    const folder = path.slice(0, -1);
    const shared = folder.findIndex((key, depth) => section[depth] !== key);
    if (shared >= 0) {
      if (about) lines.push('', `${indent(folder.length - 1)}# ${about}`);
      folder.slice(shared).forEach((key, depth) => lines.push(`${indent(shared + depth)}${key}:`));
    }
    section = folder;
    const value = path.reduce<unknown>((object, key) => memberOf(object, key), configuration);
    const space = indent(folder.length);
    lines.push(`${space}# ${description} (${allowed})`);
    lines.push(`${space}${value === undefined ? `# ${path.at(-1)}: ` : `${path.at(-1)}: ${inlineYaml(value)}`}`);
  }
  return `${lines.join('\n')}\n`;
}

const indent = (depth: number): string => '  '.repeat(depth);

export function memberOf(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
}

/** JSON is YAML; texts that are plain words in YAML too go without quotes. */
function inlineYaml(value: unknown): string {
  if (value === null) return showValue(value);
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  const isWord = typeof value === 'string' && /^[A-Za-z0-9/.][\w/.-]*$/.test(value) && parse(value) === value;
  return isWord ? value : JSON.stringify(value);
}
