import { Command } from 'commander';
import { expect, it } from 'vitest';
import { fitFlags } from './fit-flags.ts';

it('names the flags that the command has, and leaves the others as they are', () => {
  const command = new Command('run')
    .option('--corpus-columns <pairs>')
    .option('--corpus-format <name>')
    .option('--format <name>');
  const message = 'say it with --columns relation=NAME, or --format csv, or --strict, see dare-re--columns';
  expect(fitFlags(message, command)).toBe(
    'say it with --corpus-columns relation=NAME, or --format csv, or --strict, see dare-re--columns',
  );
});
