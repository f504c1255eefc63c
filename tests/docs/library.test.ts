/** The program in docs/guides/library.md runs as it stands; only its preset is replaced by one that takes seconds. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

test('library.md: the examples run', { timeout: 120_000 }, async () => {
  const guide = await readFile(new URL('../../docs/guides/library.md', import.meta.url), 'utf8');
  const program = Array.from(guide.matchAll(/^```ts\n([^]*?)^```/gm), ([, block]) => block!).join('\n');
  const configured = "configure({ corpus: { path: 'CDR' } }, 'small')";
  expect(program).toContain(configured);
  const folder = await mkdtemp(join(tmpdir(), 'dare-library-'));
  const before = process.cwd();
  const printed: unknown[][] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values));
  const notes = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    writeTinyCorpus(join(folder, 'CDR'));
    const configuration = JSON.stringify(tinyConfiguration('CDR'));
    const library = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
    const path = join(folder, 'program.ts');
    await writeFile(
      path,
      program.replace(configured, `configure(${configuration})`).replaceAll("'dare-re'", JSON.stringify(library)),
    );
    process.chdir(folder);
    await import(pathToFileURL(path).href);
  } finally {
    process.chdir(before);
    log.mockRestore();
    notes.mockRestore();
    await rm(folder, { recursive: true });
  }
  const [first] = printed;
  expect(first).toEqual([expect.any(Number), expect.any(Number)]);
  expect(printed.some(([files]) => Array.isArray(files) && files[0] === 'ensemble.onnx')).toBe(true);
});
