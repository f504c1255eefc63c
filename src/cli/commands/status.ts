/** `dare status`: what of a run stands, what runs, and what is missing. */
import type { Command } from 'commander';
import type { RunStatus, StepState } from '../../tasks/status.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { plainTable } from '../table.ts';

const EXAMPLES = `
Example:
  dare status runs/cdr

Prints every step with its state, with --json {"folder":"…","steps":[…],…}.`;

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .description('what of a run stands, what runs, and what is missing')
    .argument('<run>', 'folder that dare run was given with --out');
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((run: string) =>
      withSession(command, async ({ json, print }) => {
        const { statusOf } = await import('../../tasks/status.ts');
        const status = await statusOf(run);
        if (json) await print(JSON.stringify(status));
        else for (const line of describeStatus(status)) await print(line);
      }),
    );
}

const STATES: readonly StepState[] = ['done', 'running', 'begun', 'missing', 'not needed'];

function describeStatus({ folder, store, process: runner, steps }: RunStatus): string[] {
  const table = plainTable(['step', 'state']);
  for (const { name, state, process } of steps) {
    table.push([name, process === null ? state : `${state} (process ${process})`]);
  }
  const counts = STATES.map((state) => [steps.filter((step) => step.state === state).length, state] as const);
  const isComplete = steps.every(({ state }) => state === 'done' || state === 'not needed');
  const summary = counts.flatMap(([count, state]) => (count > 0 ? `${count} ${state}` : []));
  const stopped = 'stopped: the same dare run goes on with it';
  const who = isComplete ? 'complete' : runner === null ? stopped : `process ${runner} is working on it`;
  return [
    table.toString(),
    '',
    `${folder}: ${summary.join(', ')}; ${who}`,
    ...(store === folder ? [] : [`results lie in ${store}`]),
  ];
}
