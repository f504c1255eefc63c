/** What README says that a command prints is what it prints. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dare } from '../cli/support.ts';
import { ROOT } from '../support/documented-commands.ts';

it('shows the inspection of the example as it is', async () => {
  const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith('    bin/dare data inspect examples/side-effects.csv'));
  const words = lines[at]!.trim().split(' ').slice(1);
  const { stdout } = await dare(words.map((word) => (word.startsWith('examples/') ? join(ROOT, word) : word)));
  const shown = lines.slice(at + 1, lines.indexOf('    …', at)).filter((line) => line.trim() !== '');
  expect(shown.length).toBeGreaterThan(5);
  expect(
    stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, shown.length),
  ).toEqual(shown.map((line) => line.slice(4)));
});
