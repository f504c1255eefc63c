/**
 * Kills `dare run` at 30 random moments of all its stages, and compares what comes out with an undisturbed run, byte for byte.
 *
 *   npm run nightly:kills [-- --kills 30 --seed 1]
 *
 * Another seed, other moments. Ends with exit code 1 where a byte differs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRuns, STAGES } from '../support/kills.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'dare-kills-'));
  try {
    const { kills, different, damage } = await killRuns(
      root,
      Number(values.kills),
      Number(values.seed),
      STAGES,
      (line) => console.error(line),
    );
    const stages = STAGES.map((stage) => `${stage} ${kills.filter((kill) => kill.stage === stage).length}`);
    console.log(`${kills.length} kills (${stages.join(', ')}): ${different.length} files differ`);
    for (const line of [...different, ...damage]) console.log(line);
    if (different.length > 0 || damage.length > 0) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

void main();
