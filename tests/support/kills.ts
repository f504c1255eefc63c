/**
 * `dare run` killed at random moments of chosen stages (SIGKILL, which nothing can catch), carried on, and compared byte for byte with a run that nothing
 * disturbed. Used by tests/run/kills.test.ts (a few kills) and tests/nightly/kills.ts (many).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { RandomStream } from '../../src/foundation/random.ts';
import { hashResults } from './results.ts';
import { tinyConfiguration, writeTinyCorpus } from './tiny-corpus.ts';

const DARE = fileURLToPath(new URL('../../bin/dare', import.meta.url));

/** Stages as progress names them, in the order in which a run comes to them. */
export const STAGES = ['corpus', 'random', 'generator', 'judge', 'pool', 'quality', 'member', 'scores'] as const;
export type Stage = (typeof STAGES)[number];

/** Stages that report on their steps: they are killed after some of these, so that there is something to go on from. */
const WITH_STEPS: readonly Stage[] = ['generator', 'judge', 'pool', 'member'];

const judged = ({ generator, filter, ensemble, ...rest }: RunConfiguration): RunConfiguration => ({
  ...rest,
  // Kept, to be compared.
  generator: { ...generator, keepWeights: true },
  // Classifiers this small learn little more than how rare relations are. They would drop every sentence at a lower threshold, and are trained anew.
  filter: { ...filter, consistency: 'drop', consistencyThreshold: 0.95, judges: 2 },
  ensemble: { ...ensemble, retries: 1 },
});

/** What runs that are killed have beside the tiny configuration. */
export const VARIANTS = {
  plain: (tiny) => tiny,
  judged,
  adapters: (tiny) => {
    const { generator, ...rest } = judged(tiny);
    return { ...rest, generator: { ...generator, lora: { ...generator.lora, rank: 4 } } };
  },
} satisfies Record<string, (tiny: RunConfiguration) => RunConfiguration>;
export type Variant = keyof typeof VARIANTS;

/** Kills of one run's folder before it is finished and compared, at most. */
const KILLS_A_RUN = 5;

export interface Kill {
  readonly variant: Variant;
  readonly stage: Stage;
  /** Steps that the stage reported before the kill. */
  readonly events: number;
  readonly milliseconds: number;
  readonly workers: number;
}

export interface KillReport {
  readonly kills: readonly Kill[];
  /** Files that differ from those of the undisturbed run. */
  readonly different: readonly string[];
  /** Notes of damage: a kill must leave nothing damaged that was meant to be whole. */
  readonly damage: readonly string[];
}

export interface KillOptions {
  /** Kills wanted. */
  readonly count: number;
  readonly seed: number;
  /** Runs of these in turn. */
  readonly variants?: readonly Variant[];
  /** In which to kill, in the order of `STAGES`: first where a variant was killed least often. */
  readonly stages?: readonly Stage[];
  readonly tell?: (line: string) => void;
}

/** Kills runs until `count` of them have been killed, or most of them came to their end before. */
export async function killRuns(
  root: string,
  { count, seed, variants = ['plain'], stages = STAGES, tell = () => undefined }: KillOptions,
): Promise<KillReport> {
  const random = RandomStream.named(seed, 'kills');
  mkdirSync(root, { recursive: true });
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  const undisturbed = new Map<Variant, Record<string, string>>();
  const configurationOf = (variant: Variant): string => join(root, `${variant}.yaml`);
  const prepare = async (variant: Variant): Promise<void> => {
    if (undisturbed.has(variant)) return;
    // A checkpoint after nearly every update, so that kills meet them half-written.
    const settings = { ...VARIANTS[variant](tiny), threads: null, checkpointSeconds: 0.01 };
    writeFileSync(configurationOf(variant), stringify(settings));
    await carryOut(configurationOf(variant), join(root, variant), 2);
    undisturbed.set(variant, await comparable(join(root, variant)));
  };

  const kills: Kill[] = [];
  const damage: string[] = [];
  const different: string[] = [];
  const folder = join(root, 'killed');
  const finish = async (variant: Variant): Promise<void> => {
    damage.push(...(await carryOut(configurationOf(variant), folder, 1 + random.integer(2))));
    const [whole, found] = [undisturbed.get(variant)!, await comparable(folder)];
    const paths = new Set([...Object.keys(whole), ...Object.keys(found)]);
    different.push(...[...paths].filter((path) => whole[path] !== found[path]).map((path) => `${variant}: ${path}`));
    rmSync(folder, { recursive: true });
    tell(`${variant}: finished and compared, ${different.length} files differ`);
  };
  const leastKilled = (variant: Variant): Stage => {
    const timesOf = (stage: Stage) => kills.filter((kill) => kill.variant === variant && kill.stage === stage).length;
    return stages.reduce((least, stage) => (timesOf(stage) < timesOf(least) ? stage : least));
  };

  let attempts = 0;
  for (let run = 0; kills.length < count && attempts < 4 * count; run++) {
    const variant = variants[run % variants.length]!;
    await prepare(variant);
    let last = -1;
    for (let inFolder = 0; inFolder < KILLS_A_RUN && kills.length < count && attempts < 4 * count; inFolder++) {
      const stage = leastKilled(variant);
      // A run that has passed a stage does not come to it again.
      if (STAGES.indexOf(stage) <= last) break;
      last = STAGES.indexOf(stage);
      const kill = {
        variant,
        stage,
        events: WITH_STEPS.includes(stage) ? 1 + random.integer(12) : 0,
        milliseconds: random.integer(80),
        workers: 1 + random.integer(2),
      };
      attempts++;
      const { killed, notes } = await carryOutAndKill(configurationOf(variant), folder, kill);
      damage.push(...notes);
      // It came to its end.
      if (!killed) break;
      kills.push(kill);
      tell(`${kills.length}: killed, ${JSON.stringify(kill)}`);
    }
    await finish(variant);
  }
  return { kills, different, damage };
}

/**
 * Kills that were asked for and not made, in words. Where fewer are asked for than there are stages and variants, stages may be left out.
 */
export function missingKills(
  kills: readonly Kill[],
  { count, variants = ['plain'], stages = STAGES }: Pick<KillOptions, 'count' | 'variants' | 'stages'>,
): string[] {
  const wasKilled = (variant: Variant, stage: Stage): boolean =>
    kills.some((kill) => kill.variant === variant && kill.stage === stage);
  const never = variants.flatMap((variant) =>
    stages.filter((stage) => !wasKilled(variant, stage)).map((stage) => `${variant}: never killed in ${stage}`),
  );
  return [
    ...(kills.length < count ? [`${kills.length} kills, and ${count} were asked for`] : []),
    ...(count < variants.length * stages.length ? [] : never),
  ];
}

/** Hashes of what must be equal: all but what says how the run was carried out. */
async function comparable(folder: string): Promise<Record<string, string>> {
  const results = await hashResults(folder);
  return Object.fromEntries(Object.entries(results).filter(([path]) => path !== 'configuration.yaml'));
}

const isDamage = (line: string): boolean => /damaged|not whole/.test(line);

function start(configuration: string, folder: string, workers: number, onLine: (line: string) => void) {
  const args = [DARE, 'run', '--config', configuration, '--out', folder, '--workers', String(workers), '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    lines.forEach(onLine);
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

/** @returns lines that tell of damage. */
async function carryOut(configuration: string, folder: string, workers: number): Promise<string[]> {
  const lines: string[] = [];
  const status = await start(configuration, folder, workers, (line) => lines.push(line)).ended;
  if (status !== 0) throw new Error(`dare run ended with ${status}: ${lines.slice(-3).join('\n')}`);
  return lines.filter(isDamage);
}

async function carryOutAndKill(
  configuration: string,
  folder: string,
  { stage, events, milliseconds, workers }: Kill,
): Promise<{ killed: boolean; notes: string[] }> {
  const notes: string[] = [];
  const awaited = WITH_STEPS.includes(stage) ? 'step' : 'stage';
  let seen = 0;
  let isDue = false;
  const { child, ended } = start(configuration, folder, workers, (line) => {
    if (isDamage(line)) notes.push(line);
    const { kind, stage: name = '' } = parse(line);
    if (kind !== awaited || !name.includes(stage) || isDue || ++seen < events) return;
    isDue = true;
    void delay(milliseconds).then(() => child.kill('SIGKILL'));
  });
  await ended;
  return { killed: child.signalCode === 'SIGKILL', notes };
}

function parse(line: string): { kind?: string; stage?: string } {
  try {
    return JSON.parse(line) as { kind?: string; stage?: string };
  } catch {
    return {};
  }
}
