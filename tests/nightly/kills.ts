/**
 * Kills `dare run` at 30 random moments of all its stages, and compares what comes out with an undisturbed run, byte for byte. Runs have judges
 * and classifiers that are trained anew; every third one has adapters, and every third one a generator for all relations, sentences from elsewhere and
 * verdicts. Then the other commands that take long, each at 2 moments: pretrainings, a distillation, folds, a sweep, a data set, runs that cut their batches or share a store.
 *
 *   npm run nightly:kills [-- --kills 30 --command-kills 2 --seed 1]
 *
 * Another seed, other moments. Ends with exit code 1 where a byte differs, where something was damaged, where fewer were killed than asked for, and where
 * a stage never was, though there were kills enough for each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/foundation/random.ts';
import { killCommand, tinyCommands } from '../support/command-kills.ts';
import { killRuns, missingKills, stagesOf } from '../support/kills.ts';
import type { Variant } from '../support/kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    'command-kills': { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});

const VARIANTS: readonly Variant[] = ['judged', 'adapters', 'shared'];

async function main(): Promise<void> {
  for (const name of ['kills', 'command-kills'] as const) {
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
    const problems = [...different, ...damage, ...missingKills(kills, wanted)];
    const count = Number(values['command-kills']);
    const commands = count > 0 ? await tinyCommands(join(root, 'commands')) : {};
    for (const [name, command] of Object.entries(commands)) {
      const random = RandomStream.named(Number(values.seed), 'kills of commands', name);
      const found = await killCommand(command, { count, random, tell: (line) => tell(`${name}: ${line}`) });
      console.log(`${name}: ${found.kills} kills`);
      problems.push(...[...found.different, ...found.damage].map((line) => `${name}: ${line}`));
      if (found.kills < count) problems.push(`${name}: ${found.kills} kills, and ${count} were asked for`);
    }
    console.log(`${problems.length} problems`);
    for (const line of problems) console.log(line);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

void main();
