/**
 * A configuration schema as a list of settings.
 *
 * One zod schema per configuration says everything: names, types, ranges, defaults, descriptions. It is read here once, through zod's own JSON
 * Schema, into a flat list; flags, configuration files, help texts and error messages are all made from that list.
 */
import { z } from 'zod';
import { kebab } from '../foundation/names.ts';

/** A schema that configures a command: an object of leaves and of sections (objects), whose leaves have descriptions and mostly defaults. */
export type ConfigurationSchema<T> = z.ZodType<T>;

/** One leaf of the schema. */
export interface Setting {
  /** Where it stands: `['generator', 'epochs']`. */
  readonly path: readonly string[];
  /** Its name in files and messages: `generator.epochs`. */
  readonly name: string;
  /** Its flag, without dashes: `generator-epochs`. The `path` of a section goes by the section's name: `corpus.path` is `--corpus`. */
  readonly flag: string;
  /** What its section is about. */
  readonly section: string | undefined;
  /** What it is about within its section, where that has parts: `.meta({ heading: 'candidates' })`. */
  readonly heading: string | undefined;
  readonly description: string;
  /** What stands for the value in help texts: `<n>`; a leaf chooses it with `.meta({ placeholder: 'file' })`. */
  readonly placeholder: string;
  readonly shape: Shape;
  /** What may be given, in words: "a whole number, 1 or more". */
  readonly allowed: string;
  /** `undefined` when there is none. */
  readonly defaultValue: unknown;
  readonly required: boolean;
}

/** The part of JSON Schema that zod's leaves come to. */
const shapeSchema = z.object({
  type: z.enum(['boolean', 'integer', 'number', 'string', 'array', 'null', 'object']).optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  const: z.union([z.string(), z.number(), z.boolean()]).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  minLength: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  placeholder: z.string().optional(),
  heading: z.string().optional(),
  required: z.array(z.string()).optional(),
  get items() {
    return shapeSchema.optional();
  },
  get anyOf() {
    return z.array(shapeSchema).optional();
  },
  get properties() {
    return z.record(z.string(), shapeSchema).optional();
  },
});
export type Shape = z.infer<typeof shapeSchema>;

/**
 * The settings of a schema, in its order.
 * @throws Error when a leaf is of a kind that no flag can express, or two leaves have one flag.
 */
export function settingsOf(schema: ConfigurationSchema<unknown>): Setting[] {
  const root = shapeSchema.parse(z.toJSONSchema(schema, { io: 'input' }));
  const settings = [...leaves(root, [])];
  const flags = new Set<string>();
  for (const { flag } of settings) {
    if (flags.has(flag)) throw new Error(`two settings have the flag --${flag}`);
    if (flag.startsWith('no-')) throw new Error(`--${flag}: flags that begin with "no-" mean negations`);
    flags.add(flag);
  }
  return settings;
}

function* leaves(section: Shape, path: readonly string[]): Generator<Setting> {
  for (const [key, shape] of Object.entries(section.properties ?? {})) {
    const place = [...path, key];
    if (shape.properties) {
      yield* leaves(shape, place);
      continue;
    }
    const flag = (key === 'path' && path.length ? path : place).map(kebab).join('-');
    if (!isExpressible(shape)) throw new Error(`--${flag}: no flag can express ${JSON.stringify(shape)}`);
    yield {
      path: place,
      name: place.join('.'),
      flag,
      section: path.length ? section.description : undefined,
      heading: shape.heading,
      description: shape.description ?? '',
      placeholder: `<${shape.placeholder ?? (key === 'path' ? key : placeholder(shape))}>`,
      shape,
      allowed: allowed(shape),
      defaultValue: shape.default,
      required: section.required?.includes(key) ?? false,
    };
  }
}

function isExpressible(shape: Shape): boolean {
  if (shape.anyOf) return shape.anyOf.every(isExpressible);
  if (shape.type === 'array') return shape.items !== undefined && isScalar(shape.items);
  return isScalar(shape);
}

function isScalar(shape: Shape): boolean {
  if (shape.anyOf) return shape.anyOf.every(isScalar);
  if (shape.enum || shape.const !== undefined) return true;
  return shape.type !== undefined && shape.type !== 'array' && shape.type !== 'object';
}

function placeholder(shape: Shape): string {
  if (shape.anyOf) return [...new Set(shape.anyOf.filter(({ type }) => type !== 'null').map(placeholder))].join('|');
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum) return 'name';
  if (shape.type === 'array') return `${placeholder(shape.items ?? {})},…`;
  return shape.type === 'integer' ? 'n' : shape.type === 'number' ? 'x' : 'text';
}

/** What a shape admits, in words. */
function allowed(shape: Shape): string {
  if (shape.anyOf) {
    const kinds = shape.anyOf.filter(({ type }) => type !== 'null').map(allowed);
    return kinds.length < shape.anyOf.length ? `${anyOf(kinds)}, or none` : anyOf(kinds);
  }
  if (shape.enum) return anyOf(shape.enum.map(String));
  if (shape.const !== undefined) return String(shape.const);
  switch (shape.type) {
    case 'null':
      return 'none';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(wholeBounds(shape))}`;
    case 'number':
      return `a number${range(shape)}`;
    case 'array':
      return `a list, each ${allowed(shape.items ?? {})}`;
    default:
      return shape.minLength ? 'a text that is not empty' : 'a text';
  }
}

function anyOf(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

interface Bounds {
  minimum?: number | undefined;
  exclusiveMinimum?: number | undefined;
  maximum?: number | undefined;
  exclusiveMaximum?: number | undefined;
}

/** The bounds of a whole number as people say them: "above 0" is "1 or more", and what a double can hold is no bound. */
function wholeBounds({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Shape): Bounds {
  const low = exclusiveMinimum === undefined ? minimum : Math.floor(exclusiveMinimum) + 1;
  const high = exclusiveMaximum === undefined ? maximum : Math.ceil(exclusiveMaximum) - 1;
  return {
    minimum: low === Number.MIN_SAFE_INTEGER ? undefined : low,
    maximum: high === Number.MAX_SAFE_INTEGER ? undefined : high,
  };
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Bounds): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const low =
    minimum !== undefined ? `${minimum} or more` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : '';
  const high =
    maximum !== undefined ? `at most ${maximum}` : exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : '';
  const both = [low, high].filter(Boolean).join(' and ');
  return both && (minimum === undefined && low ? ` ${both}` : `, ${both}`);
}

/**
 * The value that a text on the command line stands for. A text that does not fit is returned as it is: the schema refuses it, and
 * there is one place where refusals are put into words.
 */
export function parseText(shape: Shape, text: string): unknown {
  if (shape.anyOf) {
    const values = shape.anyOf.map((alternative) => ({ alternative, value: parseText(alternative, text) }));
    return (values.find(({ alternative, value }) => fits(alternative, value)) ?? { value: text }).value;
  }
  if (shape.enum) return shape.enum.find((choice) => String(choice) === text) ?? text;
  if (shape.const !== undefined) return String(shape.const) === text ? shape.const : text;
  switch (shape.type) {
    case 'null':
      return text === 'none' ? null : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'integer':
    case 'number':
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'array':
      return text === '' ? [] : text.split(',').map((item) => parseText(shape.items ?? {}, item.trim()));
    default:
      return text;
  }
}

/** Whether a parsed value is of an alternative's kind, so that the alternative is the one that was meant. */
function fits(shape: Shape, value: unknown): boolean {
  if (shape.enum) return shape.enum.some((choice) => choice === value);
  if (shape.const !== undefined) return shape.const === value;
  if (shape.type === 'null') return value === null;
  if (shape.type === 'array') return Array.isArray(value);
  if (shape.type === 'boolean') return typeof value === 'boolean';
  return typeof value === (shape.type === 'string' ? 'string' : 'number');
}

/** A value as help texts and messages show it. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length ? value.map(showValue).join(',') : 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
