/** Corpora of a few lines, written into a folder of their own, read, and removed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AnnotatedDocument } from '../../src/corpus/document.ts';
import type { Example } from '../../src/corpus/example.ts';
import { openCorpus, type OpenCorpusOptions } from '../../src/corpus/open-corpus.ts';
import type { CorpusItem } from '../../src/corpus/readers/reader.ts';
import { UserError } from '../../src/foundation/errors.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export interface ReadFiles {
  format: string;
  items: CorpusItem[];
  documents: AnnotatedDocument[];
  examples: Example[];
  /** `code count file:line: what` */
  warnings: string[];
}

/** Reads the one file there is, or the folder where there are several. Places are told without the folder. */
export async function readFiles(files: Files, options: OpenCorpusOptions = {}): Promise<ReadFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'corpus-'));
  const [first, ...more] = Object.keys(files);
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    const opened = await openCorpus(more.length > 0 ? folder : join(folder, first!), options);
    const items: CorpusItem[] = [];
    for await (const item of opened.items()) items.push(item);
    return {
      format: opened.format,
      items,
      documents: items.flatMap((item) => (item.kind === 'document' ? item.document : [])),
      examples: items.flatMap((item) => (item.kind === 'example' ? item.example : [])),
      warnings: opened.warnings
        .counts()
        .map(
          ({ code, count, first: { what, where } }) => `${code} ${count} ${where.replace(`${folder}/`, '')}: ${what}`,
        ),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, where, remedy, exitCode } = error;
    // The message is "where: what (remedy)".
    const what = message.slice(where ? where.length + 2 : 0, remedy ? -(remedy.length + 3) : undefined);
    throw new UserError(what.replaceAll(`${folder}/`, ''), {
      ...(where && { where: where.replace(`${folder}/`, '').replace(folder, '.') }),
      ...(remedy && { remedy: remedy.replaceAll(`${folder}/`, '') }),
      exitCode,
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The error of reading, which must be one that a user can act on. */
export async function readingError(files: Files, options: OpenCorpusOptions = {}): Promise<UserError> {
  const outcome: unknown = await readFiles(files, options).catch((error: unknown) => error);
  if (outcome instanceof UserError) return outcome;
  if (outcome instanceof Error) throw outcome;
  throw new Error(`read without an error: ${JSON.stringify(outcome)}`);
}
