/** Malformed corpora: an error with file, line and remedy, or a counted warning that `--strict` makes an error. */
import { describe, expect, it } from 'vitest';
import { readFiles, readingError } from '../support/corpus-files.ts';
import { MALFORMED_DOCUMENTS } from '../support/malformed-documents.ts';
import { MALFORMED_EXAMPLES } from '../support/malformed-examples.ts';

const WARNING = '! ';

describe.each(
  [...MALFORMED_DOCUMENTS, ...MALFORMED_EXAMPLES].map((each) => [`${each.format}: ${each.what}`, each] as const),
)('%s', (_, { format, files, said }) => {
  if (said.startsWith(WARNING)) {
    it('is used, with a warning', async () => {
      const { warnings, items } = await readFiles(files, { format });
      expect(items.length).toBeGreaterThan(0);
      expect(warnings.map((warning) => `${WARNING}${warning}`)).toEqual([said]);
    });

    it('is refused in strict mode', async () => {
      const { message } = await readingError(files, { format, strict: true });
      const [, place = '', what = ''] = /^! \S+ \d+ (\S+): (.*)$/.exec(said) ?? [];
      expect(message).toContain(`${place}: ${what} (`);
      expect(message).toContain('; --strict makes this warning an error)');
    });
  } else {
    it('is refused', async () => {
      const { message, remedy, exitCode } = await readingError(files, { format });
      expect(remedy).toBeTruthy();
      expect(message).toBe(`${said} (${remedy})`);
      expect(exitCode).toBe(2);
    });
  }
});
