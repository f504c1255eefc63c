/** `dare clean`: frees what nobody needs of a run's folder. */
import type { Command } from 'commander';
import { addSessionOptions, withSession } from '../session.ts';
import { plainTable } from '../table.ts';

const NOTES = `
Example:
  dare clean runs/cdr --dry-run

Frees results that no run refers to any more (a setting was changed since), what killed processes left behind, and weights of generators
whose sentences are written. In a store that several runs share, what another run refers to stays. Nothing that is
freed has to be made again when the run goes on, unless --checkpoints is given.`;

export function addCleanCommand(program: Command): void {
  const command = program
    .command('clean')
    .description('free what nobody needs of a run')
    .argument('<run>', 'folder that dare run was given with --out')
    .option('--checkpoints', 'also checkpoints of unfinished steps, which then begin anew')
    .option('--dry-run', 'only say what would be freed');
  addSessionOptions(command)
    .addHelpText('after', NOTES)
    .action((run: string) =>
      withSession(command, async ({ json, print }) => {
        const { checkpoints = false, dryRun = false } = command.opts<{ checkpoints?: boolean; dryRun?: boolean }>();
        const { cleanRun } = await import('../../tasks/clean.ts');
        const freed = await cleanRun(run, { checkpoints, dryRun });
        if (json) return print(JSON.stringify({ dryRun, freed }));
        const table = plainTable(['size', 'what', 'why']);
        for (const { path, reason, bytes } of freed) table.push([showBytes(bytes), path, reason]);
        if (freed.length > 0) await print(`${table.toString()}\n`);
        const total = showBytes(freed.reduce((sum, { bytes }) => sum + bytes, 0));
        await print(dryRun ? `${total} would be freed` : `${total} freed`);
      }),
    );
}

function showBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
