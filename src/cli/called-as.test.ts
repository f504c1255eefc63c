import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calledAs } from './called-as.ts';

let folder: string;
const before = process.cwd();

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dare-called-')));
  for (const name of ['clone/bin', 'clone/scripts', 'work', 'far/away/work']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'clone', 'scripts', 'build.mjs'), '');
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

test.each([
  ['clone', 'bin/dare'],
  ['.', 'clone/bin/dare'],
  ['work', '../clone/bin/dare'],
])('a clone’s program, from %s: %s', (from, shown) => {
  process.chdir(join(folder, from));
  expect(calledAs(join(folder, 'clone', 'bin', 'dare'))).toBe(shown);
});

test('a clone that is far away is named by its whole path', () => {
  process.chdir(join(folder, 'far', 'away', 'work'));
  const program = join(folder, 'clone', 'bin', 'dare');
  expect(calledAs(program)).toBe(program);
});

test.each([
  [join(homedir(), 'project', 'node_modules', '.bin', 'dare'), 'npx dare'],
  ['/usr/local/bin/dare', 'dare'],
])('%s is called %s', (script, name) => {
  expect(calledAs(script)).toBe(name);
});
