/** Guides say what the program does: their tables are made from the program itself (`npx vitest run tests/docs -u` writes them anew). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inspectSchema } from '../../src/cli/commands/data/inspect.ts';
import { settingsOf, showValue, type Setting } from '../../src/cli/settings.ts';
import { READERS } from '../../src/corpus/readers/readers.ts';

const guide = (name: string): string => fileURLToPath(new URL(`../../docs/guides/${name}`, import.meta.url));

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function settingRow({ flag, description, allowed, defaultValue, shape, placeholder }: Setting): string[] {
  const isSwitch = shape.type === 'boolean';
  const name = isSwitch ? `\`--[no-]${flag}\`` : `\`--${flag} ${placeholder}\``;
  const byDefault = isSwitch ? (defaultValue === true ? 'on' : 'off') : showValue(defaultValue);
  return [name, description, isSwitch ? '' : allowed, byDefault];
}

/** The text with what stands between a section's markers replaced. */
const withSection = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`),
    (_, before: string, after: string) => `${before}\n${content}\n\n${after}`,
  );

it('own-data.md lists every format and every setting', async () => {
  const settings = settingsOf(inspectSchema);
  const headings = [...new Set(settings.map(({ heading }) => heading!))];
  const tables = headings.map((heading) =>
    table(
      [heading, '', 'may be', 'default'],
      settings.filter((setting) => setting.heading === heading).map(settingRow),
    ),
  );
  const formats = READERS.map(({ format, title }) => [`\`${format}\``, title.replaceAll('<', '&lt;')]);
  let text = await readFile(guide('own-data.md'), 'utf8');
  text = withSection(text, 'formats', table(['format', ''], formats));
  text = withSection(text, 'settings', tables.join('\n\n'));
  await expect(text).toMatchFileSnapshot(guide('own-data.md'));
});
