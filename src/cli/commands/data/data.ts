/** `dare data`: what can be done with a corpus before any model reads it. */
import type { Command } from 'commander';
import { addConvertCommand } from './convert.ts';
import { addInspectCommand } from './inspect.ts';

export function addDataCommand(program: Command): void {
  const data = program.command('data').description('look at a corpus, or convert it');
  addInspectCommand(data);
  addConvertCommand(data);
}
