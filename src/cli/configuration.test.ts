import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { addConfigurationFlags, readConfiguration } from './configuration.ts';
import { writeConfigurationFile } from './configuration-file.ts';
import { settingsOf } from './settings.ts';

const schema = z.object({
  corpus: z.object({ path: z.string().min(1).describe('the corpus') }),
  generator: z
    .object({
      epochs: z.int().min(1).max(100).default(5).describe('passes over the data'),
      learningRate: z.number().positive().default(3e-5).describe('highest learning rate'),
      topK: z.int().min(0).nullable().default(null).describe('tokens drawn from'),
      adapt: z.boolean().default(true).describe('adapt to the domain first'),
      warmup: z
        .union([z.literal('auto'), z.number().min(0).max(1)])
        .default('auto')
        .describe('warm-up'),
    })
    .prefault({})
    .describe('writes sentences'),
  masks: z.enum(['exactly-once', 'at-least-once']).default('exactly-once').describe('how often each mask stands'),
  ratios: z.array(z.number().min(0)).default([1]).describe('ratios to try'),
  note: z
    .string()
    .optional()
    .describe('a remark')
    .refine((text) => text !== 'wrong', 'choose another remark'),
});

const presets = { paper: { generator: { epochs: 50 } }, small: { generator: { epochs: 2, topK: 5 }, ratios: [1, 2] } };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dare-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function commandFor(): Command {
  const command = new Command('example').exitOverride().configureOutput({ writeErr: () => undefined });
  return addConfigurationFlags(command, schema, presets);
}

/** Reads the configuration of a command line, with an optional `run.yaml`. */
async function read(args: string[], yaml?: string): Promise<z.infer<typeof schema>> {
  const path = join(folder, 'run.yaml');
  if (yaml !== undefined) writeFileSync(path, yaml);
  const command = commandFor();
  command.parse([...(yaml === undefined ? [] : ['--config', path]), ...args], { from: 'user' });
  return readConfiguration(command, schema, presets);
}

/** The error's line, with the file's folder left out. */
async function refusalOf(args: string[], yaml?: string): Promise<string> {
  const message = await read(args, yaml).then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );
  expect(message).not.toContain('\n');
  return message.replaceAll(`${folder}/`, '');
}

test('settings that are not given have their defaults', async () => {
  expect(await read(['--corpus', 'cdr'])).toEqual({
    corpus: { path: 'cdr' },
    generator: { epochs: 5, learningRate: 3e-5, topK: null, adapt: true, warmup: 'auto' },
    masks: 'exactly-once',
    ratios: [1],
  });
});

test('flags of every kind are read', async () => {
  const args =
    '--corpus=cdr --generator-epochs 7 --generator-learning-rate 1e-4 --generator-top-k 40 --no-generator-adapt ' +
    '--generator-warmup 0.1 --masks at-least-once --ratios 0.5,1 --ratios 3 --note 12';
  expect(await read(args.split(' '))).toEqual({
    corpus: { path: 'cdr' },
    generator: { epochs: 7, learningRate: 1e-4, topK: 40, adapt: false, warmup: 0.1 },
    masks: 'at-least-once',
    ratios: [0.5, 1, 3],
    note: '12',
  });
});

describe('a list is given with commas, as words or by its flag again', () => {
  test.each([
    ['--ratios 0.5 1 3 --note x'],
    ['--ratios 0.5,1 3 --note x'],
    ['--note x --ratios 0.5 --ratios 1 3'],
    ['--ratios=0.5,1,3 --note x'],
  ])('%s', async (line) => {
    expect(await read(['--corpus', 'cdr', ...line.split(' ')])).toMatchObject({ ratios: [0.5, 1, 3], note: 'x' });
  });

  it('takes a file with a comma in its name as one', async () => {
    const withFiles = z.object({ text: z.array(z.string().meta({ placeholder: 'file' })).describe('texts') });
    const paths = ['Smith,2001.txt', 'Lee.txt'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, 'a text');
    const read = async (...words: string[]) => {
      const command = addConfigurationFlags(new Command('example').exitOverride(), withFiles);
      command.parse(['--text', ...words], { from: 'user' });
      return (await readConfiguration(command, withFiles)).text;
    };
    expect(await read(...paths)).toEqual(paths);
    expect(await read(paths[0]!, 'other,more')).toEqual([paths[0], 'other', 'more']);
    expect(await read(`${paths[1]!},${paths[1]!}`)).toEqual([paths[1], paths[1]]);
  });

  it('leaves a command’s own arguments to it', async () => {
    const command = new Command('example').exitOverride().argument('<files...>');
    addConfigurationFlags(command, schema);
    command.parse(['--corpus', 'cdr', '--ratios', '0.5,1', 'a.txt', 'b.txt'], { from: 'user' });
    expect(command.args).toEqual(['a.txt', 'b.txt']);
    expect(await readConfiguration(command, schema)).toMatchObject({ ratios: [0.5, 1] });
  });
});

describe('flags go before the file, the file before the preset, the preset before the defaults', () => {
  const yaml = 'preset: small\ncorpus:\n  path: cdr\ngenerator:\n  epochs: 3\n';

  it('takes each setting from the strongest source', async () => {
    expect(await read([], 'corpus: { path: cdr }')).toMatchObject({ generator: { epochs: 5, topK: null } });
    expect(await read(['--preset', 'small', '--corpus', 'x'])).toMatchObject({ generator: { epochs: 2, topK: 5 } });
    expect(await read([], yaml)).toMatchObject({ generator: { epochs: 3, topK: 5 }, ratios: [1, 2] });
    expect(await read(['--generator-epochs', '4', '--generator-top-k', 'none'], yaml)).toMatchObject({
      generator: { epochs: 4, topK: null },
    });
  });

  it('takes the preset of the flag, not of the file', async () => {
    expect(await read(['--preset', 'paper'], 'preset: small\ncorpus: { path: x }')).toMatchObject({
      generator: { epochs: 50, topK: null },
    });
  });

  it('turns a switch of the file back on', async () => {
    expect(await read(['--generator-adapt'], 'corpus: { path: x }\ngenerator: { adapt: false }')).toMatchObject({
      generator: { adapt: true },
    });
  });
});

describe('bad input is refused in one line', () => {
  const file = (yaml: string): [string[], string] => [['--corpus', 'x'], yaml];
  const flags = (...args: string[]): [string[]] => [['--corpus', 'x', ...args]];

  test('flags', async () => {
    const cases = [
      flags('--generator-epochs', '0'),
      flags('--generator-epochs', '2.5'),
      flags('--generator-epochs', 'many'),
      flags('--generator-epochs', ''),
      flags('--generator-learning-rate', '-1'),
      flags('--generator-learning-rate', '1e999'),
      flags('--generator-top-k', 'all'),
      flags('--generator-warmup', 'autom'),
      flags('--generator-warmup', '2'),
      flags('--masks', 'exactly-one'),
      flags('--masks', ''),
      flags('--ratios', '1,x,3'),
      flags('--ratios', '1,-1'),
      flags('--note', 'wrong'),
      flags('--preset', 'smal'),
      flags('--preset', 'enormous'),
      flags('--config', 'absent.yaml'),
      [['--corpus', '']],
      [[]],
    ] as [string[], string?][];
    const lines = await Promise.all(cases.map(([args, yaml]) => refusalOf(args, yaml)));
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "UserError: --generator-epochs: 0 is not allowed (allowed: a whole number from 1 to 100)
      UserError: --generator-epochs: 2.5 is not allowed (allowed: a whole number from 1 to 100)
      UserError: --generator-epochs: 'many' is not allowed (allowed: a whole number from 1 to 100)
      UserError: --generator-epochs: '' is not allowed (allowed: a whole number from 1 to 100)
      UserError: --generator-learning-rate: -1 is not allowed (allowed: a number above 0)
      UserError: --generator-learning-rate: '1e999' is not allowed (allowed: a number above 0)
      UserError: --generator-top-k: 'all' is not allowed (allowed: a whole number, 0 or more, or none)
      UserError: --generator-warmup: 'autom' is not allowed (allowed: auto or a number from 0 to 1)
      UserError: --generator-warmup: 2 is not allowed (allowed: auto or a number from 0 to 1)
      UserError: --masks: 'exactly-one' is not allowed (did you mean exactly-once? allowed: exactly-once or at-least-once)
      UserError: --masks: '' is not allowed (allowed: exactly-once or at-least-once)
      UserError: --ratios: 'x' is not allowed (allowed: a list, each a number, 0 or more)
      UserError: --ratios: -1 is not allowed (allowed: a list, each a number, 0 or more)
      UserError: --note: choose another remark
      UserError: --preset: 'smal' is no preset (did you mean small?)
      UserError: --preset: 'enormous' is no preset (known: paper, small)
      UserError: absent.yaml: no such file or folder (check the path)
      UserError: --corpus: '' is not allowed (allowed: a text that is not empty)
      UserError: --corpus is missing (give the corpus)"
    `);
  });

  test('files', async () => {
    const cases = [
      file('generator:\n  epochs: 0\n'),
      file('generator:\n  epochs: "5"\n'),
      file('generator:\n  epochs: five\n'),
      file('generator:\n  epoch: 5\n'),
      file('generator:\n  rhubarb: 5\n'),
      file('\ngenerater:\n  epochs: 5\n'),
      file('epochs: 5\n'),
      file('generator-epochs: 5\n'),
      file('generator: 5\n'),
      file('generator:\n  epochs: { a: 1 }\n'),
      file('masks: never\n'),
      file('ratios: 1\n'),
      file('ratios: [1, two]\n'),
      file('note: wrong\n'),
      file('corpus:\n  path:\n'),
      file('preset: huge\n'),
      file('preset: [paper]\n'),
      file('note: a\nnote: b\n'),
      file('note: "unclosed\n'),
      file('- a\n- b\n'),
      file('just words\n'),
      file('? [a, b]\n: 1\n'),
      file('a: &x [*x]\n'),
      file('<<: { note: a }\n'),
      file('generator:\n\tepochs: 5\n'),
      file('note: a\n---\nnote: b\n'),
      file('\u0000\u0001'),
    ];
    const lines: string[] = [];
    for (const [args, yaml] of cases) lines.push(await refusalOf(args, yaml));
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "UserError: run.yaml:2: generator.epochs: 0 is not allowed (allowed: a whole number from 1 to 100)
      UserError: run.yaml:2: generator.epochs: '5' is not allowed (allowed: a whole number from 1 to 100)
      UserError: run.yaml:2: generator.epochs: 'five' is not allowed (allowed: a whole number from 1 to 100)
      UserError: run.yaml:2: there is no setting 'generator.epoch' (did you mean generator.epochs?)
      UserError: run.yaml:2: there is no setting 'generator.rhubarb' (known here: generator.epochs, generator.learningRate, generator.topK, generator.adapt, generator.warmup)
      UserError: run.yaml:2: there is no setting 'generater' (did you mean generator?)
      UserError: run.yaml:1: there is no setting 'epochs' (did you mean generator.epochs?)
      UserError: run.yaml:1: there is no setting 'generator-epochs' (did you mean generator.epochs?)
      UserError: run.yaml:1: 'generator' is a section, not a setting (put its settings below it, indented: epochs, learningRate, topK, adapt, warmup)
      UserError: run.yaml:2: generator.epochs: {"a":1} is not allowed (allowed: a whole number from 1 to 100)
      UserError: run.yaml:1: masks: 'never' is not allowed (allowed: exactly-once or at-least-once)
      UserError: run.yaml:1: ratios: 1 is not allowed (allowed: a list, each a number, 0 or more)
      UserError: run.yaml:1: ratios: 'two' is not allowed (allowed: a list, each a number, 0 or more)
      UserError: run.yaml:1: note: choose another remark
      accepted
      UserError: run.yaml:1: 'huge' is no preset (known: paper, small)
      UserError: run.yaml:1: 'paper' is no preset (known: paper, small)
      UserError: run.yaml:2: not valid YAML: Map keys must be unique
      UserError: run.yaml:2: not valid YAML: Missing closing "quote
      UserError: run.yaml: is not a configuration (write settings as "name: value", one a line)
      UserError: run.yaml: is not a configuration (write settings as "name: value", one a line)
      UserError: run.yaml: there is no setting 'a key that is no text' (known here: corpus, generator, masks, ratios, note)
      UserError: run.yaml:1: there is no setting 'a' (known here: corpus, generator, masks, ratios, note)
      UserError: run.yaml:1: there is no setting '<<' (known here: corpus, generator, masks, ratios, note)
      UserError: run.yaml:2: not valid YAML: Tabs are not allowed as indentation
      UserError: run.yaml:2: not valid YAML: Source contains multiple documents
      UserError: run.yaml: is not a configuration (write settings as "name: value", one a line)"
    `);
  });

  test('an empty file, a file of comments and an empty section say nothing', async () => {
    for (const yaml of ['', '# nothing\n', 'generator:\n', '{}', '\uFEFFnote: a']) {
      expect(await refusalOf(['--corpus', 'x'], yaml)).toBe('accepted');
    }
  });
});

test('the help names every flag once, with its range and default', () => {
  expect(commandFor().configureHelp({ helpWidth: 110 }).helpInformation()).toMatchInlineSnapshot(`
    "Usage: example [options]

    Options:
      --config <file>                settings from a YAML file; flags go before it
      --preset <name>                settings to start from: paper, small
      --masks <name>                 how often each mask stands (exactly-once or at-least-once; default
                                     exactly-once)
      --ratios <x,…>                 ratios to try (a list, each a number, 0 or more; default 1)
      --note <text>                  a remark
      -h, --help                     display help for command

    Corpus:
      --corpus <path>                the corpus (required)

    Generator – writes sentences:
      --generator-epochs <n>         passes over the data (a whole number from 1 to 100; default 5)
      --generator-learning-rate <x>  highest learning rate (a number above 0; default 0.00003)
      --generator-top-k <n>          tokens drawn from (a whole number, 0 or more, or none; default none)
      --[no-]generator-adapt         adapt to the domain first (default on)
      --generator-warmup <auto|x>    warm-up (auto or a number from 0 to 1; default auto)
    "
  `);
});

test('a configuration written as a file reads as the same configuration', async () => {
  // What YAML reads as something else than a text, and white space that only some call so.
  const tricky = fc.constantFrom(
    '~',
    'null',
    'true',
    '1e3',
    '0x1F',
    '.inf',
    '...',
    '---',
    '- a',
    'a: b',
    '#',
    '\u2028',
    '\u00a0',
    '\n',
    'none',
  );
  const text = (minLength: number) => fc.oneof(tricky, fc.string({ unit: 'binary', minLength }));
  const configurations = fc.record({
    corpus: fc.record({ path: text(1) }),
    generator: fc.record({
      epochs: fc.integer({ min: 1, max: 100 }),
      learningRate: fc.double({ min: 1e-9, max: 1, noNaN: true }),
      topK: fc.option(fc.nat()),
      adapt: fc.boolean(),
      warmup: fc.oneof(fc.constant('auto' as const), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    masks: fc.constantFrom('exactly-once' as const, 'at-least-once' as const),
    ratios: fc.array(fc.double({ min: 0, max: 10, noNaN: true })),
    note: text(0).filter((note) => note !== 'wrong'),
  });
  await fc.assert(
    fc.asyncProperty(configurations, async (configuration) => {
      const written = writeConfigurationFile(configuration, settingsOf(schema));
      expect(JSON.stringify(await read([], written))).toBe(JSON.stringify(configuration));
    }),
    { numRuns: 100 },
  );
});

describe('a schema that flags cannot express is refused where it is written', () => {
  it.each([
    ['a record', z.object({ weights: z.record(z.string(), z.number()) })],
    ['a list of lists', z.object({ table: z.array(z.array(z.number())) })],
    ['two settings with one flag', z.object({ a: z.object({ bC: z.int() }), aB: z.object({ c: z.int() }) })],
    ['a name like a negation', z.object({ noDropout: z.boolean() })],
  ])('%s', (_, unusable) => {
    expect(() => settingsOf(unusable)).toThrow(/flag/);
  });

  it('refuses a preset with a setting that does not exist', async () => {
    const command = commandFor().parse(['--corpus', 'x', '--preset', 'small'], { from: 'user' });
    await expect(readConfiguration(command, schema, { small: { generator: { epoch: 1 } } })).rejects.toThrow(
      "no setting 'generator.epoch'",
    );
  });
});
