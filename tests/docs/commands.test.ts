/**
 * Every command that the documentation shows is one that the program takes: it is read by the real program, with its real schemas, so that an
 * unknown flag or a wrong value fails here. Those that need no network, no GPU and no hours are also carried out, with tiny models in place of those
 * that they name, in a folder that holds what their paths stand for.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Configuration from '../../src/cli/configuration.ts';
import { dareHere } from '../support/command-here.ts';
import { commandsIn, documentedCommands, ROOT, type DocumentedCommand } from '../support/documented-commands.ts';
import { writeTinyCorpus } from '../support/tiny-corpus.ts';

/** Thrown where a command has read its settings and would begin its work. */
class WouldBegin extends Error {}

const mode = vi.hoisted(() => ({ onlyRead: false }));
vi.mock('../../src/cli/configuration.ts', async (original) => {
  const module = await original<typeof Configuration>();
  const readConfiguration: typeof module.readConfiguration = async (...given) => {
    const configuration = await module.readConfiguration(...given);
    if (mode.onlyRead) throw new WouldBegin();
    return configuration;
  };
  return { ...module, readConfiguration };
});

/** In place of the models and sizes that a command names. */
const TINY_RUN =
  '--generator-model random --generator-layers 1 --generator-hidden-size 16 --generator-heads 2 --generator-vocabulary 300 ' +
  '--generator-epochs 1 --generator-max-length 48 --sampling-max-tokens 24 --sampling-attempts 2 --sampling-pool-factor 1 ' +
  '--classifier-model random --classifier-layers 1 --classifier-hidden-size 16 --classifier-heads 2 --classifier-vocabulary 300 ' +
  '--classifier-epochs 1 --classifier-max-length 48 --ensemble-size 1 --ensemble-retries 0 --arms-class-weighting-size 1 ' +
  '--arms-balanced-bagging-size 1 --generator-keep-weights --threads 1 --workers 1 --device cpu';
const TINY_TRAINING =
  '--tokens 500 --layers 1 --hidden-size 16 --heads 2 --batch-size 4 --held-out 2 --length 32 --device cpu';
const TINY: Readonly<Record<string, string>> = {
  ...{ run: TINY_RUN, augment: TINY_RUN, sweep: TINY_RUN, quickstart: `${TINY_RUN} --corpus PATH/TO/CDR` },
  ...{ pretrain: TINY_TRAINING, sample: '--count 2 --device cpu', predict: '--device cpu', classify: '--device cpu' },
};

/** Smaller where a size is part of what a command shows. */
const SMALLER: Readonly<Record<string, string>> = { '--cv': '2', '--ratios': '1', '--positives': '20' };

/** A command with tiny models. Runs share what is equal, where no later command looks for it in their own folders. */
function tinyOf(args: readonly string[]): string[] {
  const [name] = args;
  const smaller = args.map((word, place) => SMALLER[args[place - 1]!] ?? word);
  const keepsOwn = args.some((word) => ['runs/cdr', 'runs/cdr-lora', '--store'].includes(word));
  const store = ['run', 'sweep', 'augment', 'quickstart'].includes(name!) && !keepsOwn ? ['--store', 'runs/cdr'] : [];
  return [...smaller, ...(TINY[name!]?.split(' ') ?? []), ...store];
}

/** Models that only the hub has; a GPU; hours. */
const HUB =
  /^(?!doctor).*(?:--model|--tokenizer|--base) (?:gpt2|bert-|microsoft\/|michiyasunaga\/|dmis-lab\/|stanford-crfm\/)/;
const OUT_OF_REACH = new RegExp(`${HUB.source}|--device webgpu|^reproduce`);

const INCOMPLETE = ['commander.missingArgument', 'commander.missingMandatoryOptionValue', 'commander.help'];

const commands = documentedCommands();
const nameOf = ({ where, args }: DocumentedCommand): string => `${where}: dare ${args.join(' ')}`;
const line = ({ args }: DocumentedCommand): string => args.join(' ');
const isFromPage = ({ where }: DocumentedCommand): boolean => !where.startsWith('src/');
const canRun = (command: DocumentedCommand): boolean =>
  command.isWhole && isFromPage(command) && !OUT_OF_REACH.test(line(command));

let folder: string;
const before = process.cwd();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dare-docs-'));
  process.chdir(folder);
  await writeWhatPathsStandFor();
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

/** Files and folders that the documentation's paths name. */
async function writeWhatPathsStandFor(): Promise<void> {
  for (const path of ['PATH/TO/CDR', 'PATH/TO/CORPUS']) writeTinyCorpus(path);
  mkdirSync('examples');
  for (const path of ['few.jsonl', 'mine.jsonl', 'examples/drug-relations.jsonl']) {
    await carryOut(['data', 'convert', 'PATH/TO/CDR', '--to', 'jsonl', '-o', path]);
  }
  await carryOut(['data', 'convert', 'PATH/TO/CDR', '--to', 'csv', '-o', 'mine.csv']);
  const text = 'Lithium induced nephropathy in two patients . Warfarin was given for seizures .\n';
  writeFileSync('abstracts.txt', text);
  writeFileSync('sentences.txt', text);
  writeFileSync('abstracts.txt.gz', gzipSync(Array.from({ length: 60 }, (_, i) => `${i} ${text}`).join('')));
  writeFileSync('terms.tsv', 'lithium\tChemical\nwarfarin\tChemical\nnephropathy\tDisease\nseizures\tDisease\n');
  const given = { relation: 'CID', text: 'DRUG was followed by severe DISEASE in two of the patients .' };
  writeFileSync('sentences.jsonl', `${JSON.stringify(given)}\n`);
  writeFileSync('cdr.yaml', 'corpus:\n  path: PATH/TO/CDR\n');
  writeFileSync('paper.yaml', 'preset: paper\ncorpus:\n  path: PATH/TO/CDR\n');
  writeFileSync('notes.md', 'Notes.\n');
  mkdirSync('models', { recursive: true });
  writeFileSync('models/notes.md', 'Notes.\n');
  cpSync(join(ROOT, 'examples/side-effects.csv'), 'examples/side-effects.csv');
}

/** Runs a command line in this process. @returns what it prints. */
async function carryOut(args: readonly string[], input?: string): Promise<string> {
  const { stdout, error } = await dareHere(args, input === undefined ? {} : { input });
  if (error !== undefined && !(error instanceof CommanderError && error.exitCode === 0)) throw error;
  return stdout;
}

/** A path with stars as a shell expands it: the first that there is. */
function expanded(word: string): string {
  if (!word.includes('*')) return word;
  return word.split('/').reduce((path, part) => {
    const pattern = new RegExp(`^${part.replaceAll('*', '.*')}$`);
    const found = part.includes('*') ? readdirSync(path || '.').find((name) => pattern.test(name)) : part;
    return join(path, found ?? part);
  }, '');
}

describe('finding commands', () => {
  it('reads shell lines as a shell does', () => {
    const [command] = commandsIn("    echo 'a $B$' | bin/dare predict runs/cdr -   which asks", 'x:1');
    expect(command).toMatchObject({ args: ['predict', 'runs/cdr', '-'], input: 'a $B$', isWhole: true });
    expect(commandsIn('    npm ci && bin/dare quickstart > log.txt', 'x:1')).toMatchObject([
      { args: ['quickstart'], output: 'log.txt' },
    ]);
    expect(commandsIn('Say `dare run --plan`, or `dare status`.', 'x:1').map(line)).toEqual(['run --plan', 'status']);
  });

  it('finds them', () => {
    expect(commands.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(60);
    expect(commands.filter(({ isWhole }) => !isWhole).length).toBeGreaterThan(20);
  });
});

describe('commands in the documentation are read by the program', () => {
  it.each(commands.map((command) => [nameOf(command), command] as const))('%s', async (_, command) => {
    const args = [...command.args];
    const asksCorpus = ['run', 'augment', 'sweep'].includes(args[0]!) && !/--(corpus|config) /.test(line(command));
    if (!command.isWhole && asksCorpus) args.push('--corpus', 'PATH/TO/CDR');
    mode.onlyRead = true;
    const reading = carryOut(args).finally(() => (mode.onlyRead = false));
    await reading.catch((error: unknown) => {
      if (error instanceof WouldBegin) return;
      // A mention may leave out which run, file or corpus, or which of a group's commands.
      const isIncomplete = error instanceof CommanderError && INCOMPLETE.includes(error.code);
      const says = (pattern: RegExp): boolean => error instanceof Error && pattern.test(error.message);
      // A whole command may name a run that is not there.
      if (says(/no (finished )?run /)) return;
      if (command.isWhole || !(isIncomplete || says(/ is missing/))) throw error;
    });
  });
});

describe('commands in the documentation are carried out, with tiny models', { timeout: 240_000 }, () => {
  const runnable = commands.filter(canRun);
  const isOnce = (command: DocumentedCommand, place: number): boolean =>
    runnable.findIndex((other) => line(other) === line(command)) === place;

  it.each(runnable.filter(isOnce).map((command) => [nameOf(command), command] as const))(
    '%s',
    async (_, { args, input, output }) => {
      const text = await carryOut(tinyOf(args).map(expanded), input);
      if (output === undefined) return;
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, text);
    },
  );
});
