/**
 * Kills `dare run` at 30 random moments of all its stages, and compares what comes out with an undisturbed run, byte for byte. Runs have judges,
 * classifiers that are trained anew and kept generators; every third one has adapters, and every third one a generator for all relations, sentences from elsewhere and
 * verdicts. Then `dare pretrain`, at 6 moments of both objectives.
 *
 *   npm run nightly:kills [-- --kills 30 --pretraining-kills 6 --seed 1]
 *
 * Another seed, other moments. Ends with exit code 1 where a byte differs, where something was damaged, where fewer were killed than asked for, and where
 * a stage never was, though there were kills enough for each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRuns, missingKills, stagesOf } from '../support/kills.ts';
import type { Variant } from '../support/kills.ts';
import { killPretrainings } from '../support/pretraining-kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    'pretraining-kills': { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
  },
});

const VARIANTS: readonly Variant[] = ['judged', 'adapters', 'shared'];

async function main(): Promise<void> {
  for (const name of ['kills', 'pretraining-kills'] as const) {
    if (!/^\d+$/.test(values[name])) throw new Error(`--${name} ${values[name]}: not a number of kills`);
  }
  const root = mkdtempSync(join(tmpdir(), 'dare-kills-'));
  const wanted = { count: Number(values.kills), variants: VARIANTS };
  try {
    const tell = (line: string): void => console.error(line);
    const { kills, different, damage } = await killRuns(root, { ...wanted, seed: Number(values.seed), tell });
    for (const variant of VARIANTS) {
      const own = kills.filter((kill) => kill.variant === variant);
      const stages = stagesOf(variant).map((stage) => `${stage} ${own.filter((kill) => kill.stage === stage).length}`);
      console.log(`${variant}: ${own.length} kills (${stages.join(', ')})`);
    }
    const pretraining = { count: Number(values['pretraining-kills']), seed: Number(values.seed), tell };
    const pretrained = await killPretrainings(join(root, 'pretraining'), pretraining);
    const { causal, masked } = pretrained.kills;
    console.log(`pretraining: ${causal + masked} kills (causal ${causal}, masked ${masked})`);
    console.log(`${different.length + pretrained.different.length} files differ`);
    const problems = [
      ...[...different, ...damage, ...missingKills(kills, wanted)],
      ...[...pretrained.different, ...pretrained.damage],
      ...(causal + masked < pretraining.count ? [`${causal + masked} kills of pretrainings: too few`] : []),
      ...(pretraining.count >= 6 && Math.min(causal, masked) === 0 ? ['an objective was never killed'] : []),
    ];
    for (const line of problems) console.log(line);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

void main();
