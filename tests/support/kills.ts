/**
 * `dare run` killed at random moments of chosen stages (SIGKILL, which nothing can catch), carried on, and compared byte for byte with a run that nothing
 * disturbed. Used by tests/run/kills.test.ts (a few kills) and tests/nightly/kills.ts (many).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { RandomStream } from '../../src/foundation/random.ts';
import { sentenceId } from '../../src/generation/pool.ts';
import { carryOut, carryOutAndKill } from './killed-process.ts';
import { hashResults } from './results.ts';
import { tinyConfiguration, writeTinyCorpus } from './tiny-corpus.ts';

/** How progress names the stages, in the order in which a run comes to them (to a given pool it may come earlier). */
const NAMES = {
  corpus: /^corpus/,
  random: /^random /,
  generator: /generator/,
  judge: /judge/,
  pool: /^pool /,
  'given pool': /^given pool /,
  'reviewed pool': /^reviewed /,
  quality: /^quality /,
  member: / member /,
  scores: /^scores/,
};
export type Stage = keyof typeof NAMES;
export const STAGES = Object.keys(NAMES) as Stage[];

/** Stages that report on their steps: they are killed after some of these, so that there is something to go on from. */
const WITH_STEPS: readonly Stage[] = ['generator', 'judge', 'pool', 'member'];

const judged = ({ filter, ensemble, ...rest }: RunConfiguration): RunConfiguration => ({
  ...rest,
  // Classifiers this small learn little more than how rare relations are. They would drop every sentence at a lower threshold, and are trained anew.
  filter: { ...filter, consistency: 'drop', consistencyThreshold: 0.95, judges: 2 },
  ensemble: { ...ensemble, retries: 1 },
});

const GIVEN = ['severe DISEASE was caused by DRUG in all rats of the group', 'DISEASE followed DRUG within a day'];

/** A pool from elsewhere, and what a person says of it. */
function withGivenSentences(tiny: RunConfiguration, root: string): RunConfiguration {
  const [pool, verdicts] = [join(root, 'given.jsonl'), join(root, 'verdicts.jsonl')];
  writeFileSync(pool, GIVEN.map((text) => JSON.stringify({ relation: 'CID', text })).join('\n'));
  writeFileSync(verdicts, JSON.stringify({ relation: 'CID', id: sentenceId(GIVEN[0]!), verdict: 'accept' }));
  return { ...tiny, pool: { path: pool }, verdicts: { path: verdicts } };
}

/** What runs that are killed have beside the tiny configuration. Files go into the root folder. */
export const VARIANTS = {
  plain: (tiny) => tiny,
  judged,
  adapters: (tiny) => {
    const { generator, ...rest } = judged(tiny);
    // Kept, to be compared; the others' weights are deleted when all sentences are written.
    return { ...rest, generator: { ...generator, keepWeights: true, lora: { ...generator.lora, rank: 4 } } };
  },
  /** One generator for all relations, and sentences from elsewhere. */
  shared: (tiny, root) => {
    const { generator, ...rest } = judged(tiny);
    return withGivenSentences({ ...rest, generator: { ...generator, keepWeights: true, shared: true } }, root);
  },
} satisfies Record<string, (tiny: RunConfiguration, root: string) => RunConfiguration>;
export type Variant = keyof typeof VARIANTS;

/** In which a variant can be killed, of those that are wanted. */
export const stagesOf = (variant: Variant, stages: readonly Stage[] = STAGES): readonly Stage[] =>
  stages.filter((stage) => {
    if (stage === 'judge') return variant !== 'plain';
    return variant === 'shared' || (stage !== 'given pool' && stage !== 'reviewed pool');
  });

/** Kills of one run's folder before it is finished and compared, at most. */
const KILLS_A_RUN = 5;

export interface Kill {
  readonly variant: Variant;
  readonly stage: Stage;
  /** Steps that the stage reported before the kill. */
  readonly events: number;
  readonly milliseconds: number;
  readonly workers: number;
  /** Killed together with the worker processes, or alone. */
  readonly withWorkers: boolean;
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

/**
 * Kills runs until `count` of them have been killed, and each stage of each variant once where there are kills enough for all; or until most of them came to their end
 * before.
 */
export async function killRuns(
  root: string,
  { count, seed, variants = ['plain'], stages = STAGES, tell = () => undefined }: KillOptions,
): Promise<KillReport> {
  const random = RandomStream.named(seed, 'kills');
  mkdirSync(root, { recursive: true });
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  const undisturbed = new Map<Variant, Record<string, string>>();
  const configurationOf = (variant: Variant): string => join(root, `${variant}.yaml`);
  const runOf = (variant: Variant, folder: string, workers: number): string[] => {
    return ['run', '--config', configurationOf(variant), '--out', folder, '--workers', String(workers)];
  };
  const prepare = async (variant: Variant): Promise<void> => {
    if (undisturbed.has(variant)) return;
    // A checkpoint after nearly every update, so that kills meet them half-written.
    const settings = { ...VARIANTS[variant](tiny, root), threads: null, checkpointSeconds: 0.01 };
    writeFileSync(configurationOf(variant), stringify(settings));
    await carryOut(runOf(variant, join(root, variant), 2));
    undisturbed.set(variant, await comparable(join(root, variant)));
  };

  const kills: Kill[] = [];
  const damage: string[] = [];
  const different: string[] = [];
  const folder = join(root, 'killed');
  const finish = async (variant: Variant): Promise<void> => {
    damage.push(...(await carryOut(runOf(variant, folder, 1 + random.integer(2)))).damage);
    const [whole, found] = [undisturbed.get(variant)!, await comparable(folder)];
    const paths = new Set([...Object.keys(whole), ...Object.keys(found)]);
    different.push(...[...paths].filter((path) => whole[path] !== found[path]).map((path) => `${variant}: ${path}`));
    rmSync(folder, { recursive: true });
    tell(`${variant}: finished and compared, ${different.length} files differ`);
  };
  const leastKilled = (variant: Variant): Stage => {
    const timesOf = (stage: Stage) => kills.filter((kill) => kill.variant === variant && kill.stage === stage).length;
    return stagesOf(variant, stages).reduce((least, stage) => (timesOf(stage) < timesOf(least) ? stage : least));
  };

  let attempts = 0;
  const goesOn = (): boolean => attempts < 4 * count && missingKills(kills, { count, variants, stages }).length > 0;
  const neverKilled = (variant: Variant): number =>
    stagesOf(variant, stages).filter((stage) => !wasKilled(kills, variant, stage)).length;
  while (goesOn()) {
    const variant = variants.reduce((most, other) => (neverKilled(other) > neverKilled(most) ? other : most));
    await prepare(variant);
    let last = -1;
    for (let inFolder = 0; inFolder < KILLS_A_RUN && goesOn(); inFolder++) {
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
        withWorkers: kills.length % 2 === 1,
      };
      attempts++;
      const found = await carryOutAndKill(runOf(variant, folder, kill.workers), {
        ...kill,
        isAwaited: ({ kind, stage: name = '' }) =>
          kind === (WITH_STEPS.includes(stage) ? 'step' : 'stage') && NAMES[stage].test(name),
      });
      damage.push(...found.damage);
      // It came to its end.
      if (!found.killed) break;
      kills.push(kill);
      tell(`${kills.length}: killed, ${JSON.stringify(kill)}`);
    }
    await finish(variant);
  }
  return { kills, different, damage };
}

const wasKilled = (kills: readonly Kill[], variant: Variant, stage: Stage): boolean =>
  kills.some((kill) => kill.variant === variant && kill.stage === stage);

/**
 * Kills that were asked for and not made, in words. Where fewer are asked for than there are stages and variants, stages may be left out.
 */
export function missingKills(
  kills: readonly Kill[],
  { count, variants = ['plain'], stages = STAGES }: Pick<KillOptions, 'count' | 'variants' | 'stages'>,
): string[] {
  const never = variants.flatMap((variant) =>
    stagesOf(variant, stages)
      .filter((stage) => !wasKilled(kills, variant, stage))
      .map((stage) => `${variant}: never killed in ${stage}`),
  );
  const possible = variants.reduce((sum, variant) => sum + stagesOf(variant, stages).length, 0);
  return [
    ...(kills.length < count ? [`${kills.length} kills, and ${count} were asked for`] : []),
    ...(count < possible ? [] : never),
  ];
}

/** Hashes of what must be equal: all but what says how the run was carried out. */
async function comparable(folder: string): Promise<Record<string, string>> {
  const results = await hashResults(folder);
  return Object.fromEntries(Object.entries(results).filter(([path]) => path !== 'configuration.yaml'));
}
