/**
 * Kills `dare run` at 30 random moments of all its stages, and compares what comes out with an undisturbed run, byte for byte. Runs have judges,
 * classifiers that are trained anew and kept generators, every other one of them adapters.
 *
 *   npm run nightly:kills [-- --kills 30 --seed 1]
 *
 * Another seed, other moments. Ends with exit code 1 where a byte differs, where something was damaged, where fewer were killed than asked for, and where
 * a stage never was, though there were kills enough for each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRuns, missingKills, STAGES } from '../support/kills.ts';
import type { Variant } from '../support/kills.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});

const VARIANTS: readonly Variant[] = ['judged', 'adapters'];

async function main(): Promise<void> {
  if (!/^[1-9]\d*$/.test(values.kills)) throw new Error(`--kills ${values.kills}: not a number of kills`);
  const root = mkdtempSync(join(tmpdir(), 'dare-kills-'));
  const wanted = { count: Number(values.kills), variants: VARIANTS };
  try {
    const tell = (line: string): void => console.error(line);
    const { kills, different, damage } = await killRuns(root, { ...wanted, seed: Number(values.seed), tell });
    for (const variant of VARIANTS) {
      const own = kills.filter((kill) => kill.variant === variant);
      const stages = STAGES.map((stage) => `${stage} ${own.filter((kill) => kill.stage === stage).length}`);
      console.log(`${variant}: ${own.length} kills (${stages.join(', ')})`);
    }
    console.log(`${different.length} files differ`);
    const problems = [...different, ...damage, ...missingKills(kills, wanted)];
    for (const line of problems) console.log(line);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

void main();
