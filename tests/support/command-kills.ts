/**
 * Any `dare` command killed at random moments (SIGKILL), carried on, and compared byte for byte with itself undisturbed: pretrainings, a distillation, folds, a sweep, a data
 * set, a run with a store of its own. `dare run`, stage by stage and with its workers, is kills.ts's.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RandomStream } from '../../src/foundation/random.ts';
import { carryOut, carryOutAndKill, isProgress } from './killed-process.ts';
import { hashResults } from './results.ts';
import { tinyConfiguration, writeTinyCorpus } from './tiny-corpus.ts';

type Hashes = Record<string, string>;

export interface KilledCommand {
  readonly args: readonly string[];
  /** What it writes; deleted before it begins anew. */
  readonly out: string;
  /** What must be equal; all files but those that tell of times unless given. */
  readonly comparable?: (out: string) => Promise<Hashes>;
}

export interface CommandKills {
  readonly kills: number;
  /** Files that differ from those of the undisturbed command. */
  readonly different: readonly string[];
  /** Notes of damage: a kill must leave nothing damaged that was meant to be whole. */
  readonly damage: readonly string[];
}

/** Kills of what one command writes before it is finished and compared, at most. */
const KILLS_A_FOLDER = 2;

/** Kills a command until `count` of it have been killed, or most of them came to their end before. */
export async function killCommand(
  { args, out, comparable = hashResults }: KilledCommand,
  { count, random, tell }: { count: number; random: RandomStream; tell: (line: string) => void },
): Promise<CommandKills> {
  const undisturbed = await carryOut(args);
  const whole = await comparable(out);
  const damage = [...undisturbed.damage];
  const different: string[] = [];
  let kills = 0;
  for (let attempts = 0; kills < count && attempts < 4 * count;) {
    rmSync(out, { recursive: true });
    let remaining = undisturbed.progress;
    for (let inFolder = 0; inFolder < KILLS_A_FOLDER && kills < count; inFolder++) {
      attempts++;
      const moment = { events: 1 + random.integer(remaining), milliseconds: random.integer(200) };
      const found = await carryOutAndKill(args, { ...moment, isAwaited: isProgress });
      damage.push(...found.damage);
      // It came to its end.
      if (!found.killed) break;
      kills++;
      tell(`killed after ${moment.events} of ${remaining} events and ${moment.milliseconds} ms`);
      remaining = Math.max(1, remaining - moment.events);
    }
    damage.push(...(await carryOut(args)).damage);
    const found = await comparable(out);
    const paths = new Set([...Object.keys(whole), ...Object.keys(found)]);
    different.push(...[...paths].filter((path) => whole[path] !== found[path]));
    tell(`finished and compared, ${different.length} files differ`);
  }
  return { kills, different, damage };
}

/** Hashes of the model's files, and the learning curve without its times: all but what the card and the picture show of these. */
async function modelOf(out: string): Promise<Hashes> {
  const model = join(out, 'model');
  const all = Object.entries(await hashResults(model)).filter(([path]) => !/README|learning-curve/.test(path));
  const curve = await readFile(join(model, 'learning-curve.jsonl'), 'utf8');
  return { ...Object.fromEntries(all), 'learning-curve.jsonl': curve.replaceAll(/"seconds":[\d.]+,/g, '') };
}

/** Commands that write tiny things into a folder, by what they are. Makes there what they begin with. */
export async function tinyCommands(root: string): Promise<Record<string, KilledCommand>> {
  mkdirSync(root, { recursive: true });
  const text = join(root, 'texts.txt');
  const lines = Array.from({ length: 200 }, (_, index) => `Patient ${index} took aspirin for ${index % 9} days.`);
  writeFileSync(text, lines.join('\n'));
  const pretraining = (objective: string, start: readonly string[], out: string): KilledCommand => ({
    args: [
      ...['pretrain', '--objective', objective, '--text', text, ...start, '--length', '32', '--batch-size', '4'],
      ...['--tokens', '20000', '--evaluations', '3', '--samples', '1', '--held-out', '5'],
      ...['--micro-batch', '3', '--checkpoint-seconds', '0.01', '--out', out],
    ],
    out,
    comparable: modelOf,
  });
  const fromNothing = async (objective: string, kind: string): Promise<KilledCommand> => {
    const tokenizer = join(root, kind);
    await carryOut(['tokenizer', 'train', '--kind', kind, '--vocabulary', '300', text, '--out', tokenizer]);
    const size = ['--layers', '1', '--hidden-size', '16', '--heads', '2'];
    return pretraining(objective, ['--tokenizer', tokenizer, ...size], join(root, objective));
  };
  const causal = await fromNothing('causal', 'byte-level-bpe');
  await carryOut([...causal.args.slice(0, -1), join(root, 'start')]);

  const configuration = join(root, 'run.yaml');
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  // A checkpoint after nearly every update, so that kills meet them half-written.
  writeFileSync(configuration, stringify({ ...tiny, threads: null, checkpointSeconds: 0.01 }));
  const run = join(root, 'run');
  await carryOut(['run', '--config', configuration, '--out', run]);
  const configured = (name: string, command: readonly string[], ...flags: readonly string[]): KilledCommand => ({
    args: [...command, '--config', configuration, ...flags, '--out', join(root, name)],
    out: join(root, name),
  });
  const sharing = configured('sharing', ['run'], '--store', join(root, 'sharing', 'store'));
  return {
    'pretraining, causal': causal,
    'pretraining, masked': await fromNothing('masked', 'wordpiece'),
    'pretraining from a model': pretraining('causal', ['--model', join(root, 'start', 'model')], join(root, 'adapted')),
    distillation: {
      args: ['export', run, '--distil', '--to', join(root, 'exported')],
      out: join(root, 'exported'),
    },
    folds: configured('folds', ['run'], '--cv', '2', '--ensemble-arms', 'gold'),
    sweep: configured('sweep', ['sweep'], '--ratios', '0.5,1'),
    'data set': configured('data', ['augment']),
    'batches in parts': configured('parts', ['run'], '--generator-micro-batch', '3', '--classifier-micro-batch', '5'),
    'run with a store': { ...sharing, args: [...sharing.args.slice(0, -1), join(root, 'sharing', 'run')] },
  };
}
