/** The API reference says what the library is: it is made anew and compared (`npm run docs:api` writes it). */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/documented-commands.ts';

it('docs/api/README.md is of these sources', { timeout: 240_000 }, async () => {
  const typedoc = join(dirname(createRequire(import.meta.url).resolve('typedoc/package.json')), 'bin', 'typedoc');
  const out = await mkdtemp(join(tmpdir(), 'dare-api-'));
  try {
    const args = [typedoc, '--out', out, '--logLevel', 'Warn', '--treatWarningsAsErrors'];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const [made, committed] = await Promise.all(
      [join(out, 'README.md'), join(ROOT, 'docs', 'api', 'README.md')].map((path) => readFile(path, 'utf8')),
    );
    expect(committed === made, 'docs/api is out of date: npm run docs:api').toBe(true);
  } finally {
    await rm(out, { recursive: true });
  }
});
