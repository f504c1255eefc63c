/** What the documentation shows beside `dare` itself: scripts of the repository, which must be there and know the flags that they are given. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/documented-commands.ts';

const PAGES = [
  'docs',
  'docs/guides',
  'docs/decisions',
  'models',
  'models/gpt2-small-pubmed',
  'models/bert-small-pubmed',
  'examples',
  '.',
];
const pages = PAGES.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** Scripts by how they are called, each with the file that is run. */
const CALLS: readonly [RegExp, (script: string) => string | undefined][] = [
  [/npx tsx (\S+\.ts)([^`\n]*)/g, (script) => script],
  [/python (bench\/peers\/\S+\.py)([^`\n]*)/g, (script) => script],
  [/(?<![\w/])(scripts\/\S+\.(?:sh|ts|mjs))([^`\n]*)/g, (script) => script],
  [/npm run ([\w:-]+)(?: -- ([^`\n]*))?/g, (script) => fileOfNpmScript(script)],
];

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** The file that one of package.json's scripts runs; nothing where it runs a tool. */
function fileOfNpmScript(name: string): string | undefined {
  const command = scripts[name];
  if (command === undefined) throw new Error(`there is no npm script ${name}`);
  return /(?:tsx|node) (\S+)$/.exec(command)?.[1];
}

const shown = pages.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return CALLS.flatMap(([pattern, fileOf]) =>
    Array.from(text.matchAll(pattern), ([call, script, rest = '']) => ({ page, call, file: fileOf(script!), rest })),
  );
});

it('finds what there is to check', () => {
  expect(shown.length).toBeGreaterThan(15);
});

it.each(shown)('$page: $call', ({ file, rest }) => {
  if (file === undefined) return;
  expect(existsSync(join(ROOT, file))).toBe(true);
  const source = readFileSync(join(ROOT, file), 'utf8');
  // Flags stand in a script's own options, in quotation marks with or without the dashes.
  for (const [, flag] of rest.matchAll(/(?<=\s)--([a-z][\w-]*)/g)) {
    expect(source, `--${flag}`).toMatch(new RegExp(`['"\`](--)?${flag}['"\`]|\\b${flag}: \\{`));
  }
});
