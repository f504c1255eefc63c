/**
 * Flags in messages as the command at hand has them.
 *
 * The rooms below speak of a corpus' settings by the flags of `dare data`, where they stand alone: `--columns`. Commands with settings of more than a corpus
 * have them in a section of their own: `--corpus-columns`.
 */
import type { Command } from 'commander';

const SECTION = '--corpus-';

/** A message whose flags the command has, as far as it has them. */
export function fitFlags(message: string, command: Command): string {
  const known = new Set(command.options.map(({ long }) => long));
  return message.replaceAll(/(?<![\w-])--([a-z][a-z-]*)/g, (flag, name: string) =>
    !known.has(flag) && known.has(SECTION + name) ? SECTION + name : flag,
  );
}
