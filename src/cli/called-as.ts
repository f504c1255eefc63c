/** How this program is called from the present folder, for commands that a user is shown to go on with: they must work as they stand. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

/** A path as it is shortest to write from the present folder. */
export function fromHere(path: string): string {
  const short = relative('', path);
  return isAbsolute(short) || short.startsWith(`..${sep}..`) ? path : short;
}

/**
 * In a clone the path of its program, of a package in a project `npx dare`, and where it is installed for all `dare`.
 *
 * @param script the program's path, as `process.argv[1]` has it.
 */
export function calledAs(script: string): string {
  if (script.includes(join('node_modules', '.bin'))) return 'npx dare';
  const isClone = existsSync(join(dirname(script), '..', 'scripts', 'build.mjs'));
  return isClone ? fromHere(script) : 'dare';
}
