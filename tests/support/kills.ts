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
import { RandomStream } from '../../src/foundation/random.ts';
import { hashResults } from './results.ts';
import { tinyConfiguration, writeTinyCorpus } from './tiny-corpus.ts';

const DARE = fileURLToPath(new URL('../../bin/dare', import.meta.url));

/** Stages as progress names them. */
export const STAGES = ['corpus', 'random', 'generator', 'pool', 'member', 'scores'] as const;
export type Stage = (typeof STAGES)[number];

/** Kills of one run's folder before it is finished and compared. */
const KILLS_A_RUN = 5;

export interface Kill {
  readonly stage: Stage;
  /** How often the stage was reported on before the kill. */
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

/**
 * Kills runs until `count` of them have been killed.
 * @param stages in which to kill, in turn.
 */
export async function killRuns(
  root: string,
  count: number,
  seed: number,
  stages: readonly Stage[] = STAGES,
  tell: (line: string) => void = () => undefined,
): Promise<KillReport> {
  const random = RandomStream.named(seed, 'kills');
  const configuration = join(root, 'run.yaml');
  mkdirSync(root, { recursive: true });
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  // A checkpoint after nearly every update, so that kills meet them half-written.
  writeFileSync(configuration, stringify({ ...tiny, threads: null, checkpointSeconds: 0.01 }));
  await carryOut(configuration, join(root, 'whole'), 2);
  const whole = await comparable(join(root, 'whole'));

  const kills: Kill[] = [];
  const damage: string[] = [];
  const different: string[] = [];
  const folder = join(root, 'killed');
  const finish = async (): Promise<void> => {
    damage.push(...(await carryOut(configuration, folder, 1 + random.integer(2))));
    const found = await comparable(folder);
    const paths = new Set([...Object.keys(whole), ...Object.keys(found)]);
    different.push(...[...paths].filter((path) => whole[path] !== found[path]));
    rmSync(folder, { recursive: true });
  };
  let inFolder = 0;
  for (let attempt = 0; kills.length < count && attempt < 4 * count; attempt++) {
    const stage = stages[attempt % stages.length]!;
    const plan = {
      stage,
      events: random.integer(12),
      milliseconds: random.integer(80),
      workers: 1 + random.integer(2),
    };
    const { killed, notes } = await carryOutAndKill(configuration, folder, plan);
    damage.push(...notes);
    if (killed) {
      kills.push(plan);
      inFolder++;
      tell(`${kills.length}: killed in ${stage}, ${JSON.stringify(plan)}`);
    }
    if (!killed || inFolder === KILLS_A_RUN) {
      await finish();
      tell(`finished and compared: ${different.length} files differ`);
      inFolder = 0;
    }
  }
  if (inFolder > 0) await finish();
  return { kills, different, damage };
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
  let seen = 0;
  let isDue = false;
  const { child, ended } = start(configuration, folder, workers, (line) => {
    if (isDamage(line)) notes.push(line);
    const { kind, stage: name = '' } = parse(line);
    // A stage without steps is killed some time after its beginning.
    const counts = (kind === 'stage' || kind === 'step') && name.includes(stage);
    if (!counts || isDue || ++seen <= (kind === 'step' ? events : 0)) return;
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
