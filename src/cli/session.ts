/**
 * What every command has around its work: progress shown on standard error, results on standard output, Ctrl-C.
 *
 * With `--json` results are JSON on standard output and progress events are JSON Lines on standard error, where the last line of a failure is
 * still the one for people, `dare: …`.
 */
import type { Command } from 'commander';
import { UserError } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { fitFlags } from './fit-flags.ts';
import { listenForInterrupts } from './interrupts.ts';
import { createProgressView, progressStyle } from './progress-view.ts';

export interface Session {
  readonly monitor: Monitor;
  /** Results are wanted as JSON. */
  readonly json: boolean;
  /** Writes a line of results; resolves when the reader has room for more. */
  readonly print: (line: string) => Promise<void>;
}

/** Gives a command the options that `withSession` reads. */
export function addSessionOptions(command: Command): Command {
  command.optionsGroup('Output:');
  return command
    .option('--json', 'results as JSON on standard output, progress as JSON Lines on standard error')
    .option('--quiet', 'no progress and no notes');
}

/** Runs a command's work; whatever happens, the terminal is left in order. */
export async function withSession(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const { json = false, quiet = false }: { json?: boolean; quiet?: boolean } = command.opts();
  const view = createProgressView(process.stderr, progressStyle(process.stderr, { json, quiet }));
  const interrupts = listenForInterrupts(() =>
    view.show({ kind: 'note', text: 'stopping after this step; press Ctrl-C again to stop at once' }),
  );
  const print = async (line: string): Promise<void> => {
    if (process.stdout.isTTY) view.hide();
    if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  };
  try {
    const show = (event: ProgressEvent): void =>
      view.show(event.kind === 'note' ? { ...event, text: fitFlags(event.text, command) } : event);
    await work({ monitor: new Monitor(show, interrupts.signal), json, print });
  } catch (error) {
    if (error instanceof UserError) error.message = fitFlags(error.message, command);
    throw error;
  } finally {
    view.close();
    interrupts.release();
  }
}
