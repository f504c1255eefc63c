/**
 * Where the rows of each key stand in a tab-separated file, so that files with the same keys in different orders can
 * be read side by side: the memory holds places, not rows.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { explainFileError, UserError } from '../../foundation/errors.ts';
import { LONGEST_LINE } from '../../foundation/lines.ts';
import { decodeUtf8, refuseUtf16 } from '../../foundation/text-chunks.ts';

const NEWLINE = 10;
const TAB = 9;
const BYTE_ORDER_MARK = '\uFEFF';

/** Rows that stand together. */
interface Stretch {
  start: number;
  end: number;
  line: number;
}

export interface Row {
  columns: string[];
  line: number;
}

/** A file's rows by their first column. */
export class RowIndex {
  readonly #path: string;
  readonly #file: number;
  readonly #stretches = new Map<string, Stretch[]>();

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /** Reads a file once, and notes the places. @throws UserError when it cannot be read. */
  static async open(path: string): Promise<RowIndex> {
    if (path.endsWith('.gz')) {
      throw new UserError('the file is packed, and cannot be read from several places', {
        where: path,
        remedy: `unpack it, for instance: gunzip ${path}`,
      });
    }
    let index: RowIndex | undefined;
    try {
      index = new RowIndex(path, openSync(path, 'r'));
      await index.#scan();
      return index;
    } catch (error) {
      index?.close();
      throw explainFileError(error, path);
    }
  }

  /** The keys in the order in which they first stand, with their first lines. */
  *keys(): Generator<{ key: string; line: number }> {
    for (const [key, [first]] of this.#stretches) yield { key, line: first!.line };
  }

  /** The rows of a key in order, without blank ones. @throws UserError where they are not UTF-8. */
  rows(key: string): Row[] {
    const rows: Row[] = [];
    for (const { start, end, line } of this.#stretches.get(key) ?? []) {
      const bytes = new Uint8Array(end - start);
      readSync(this.#file, bytes, 0, bytes.length, start);
      const text = decodeUtf8(bytes, this.#path, line);
      for (const [i, row] of text.split('\n').entries()) {
        if (row.trim() !== '') rows.push({ columns: row.replace(/\r$/, '').split('\t'), line: line + i });
      }
    }
    return rows;
  }

  close(): void {
    closeSync(this.#file);
  }

  async #scan(): Promise<void> {
    let rest: Uint8Array = new Uint8Array();
    let offset = 0;
    let line = 0;
    let last: { key: string; stretch: Stretch } | undefined;
    const add = (row: Uint8Array): void => {
      line++;
      const end = offset + row.length;
      const tab = row.indexOf(TAB);
      const text = Buffer.from(tab < 0 ? row : row.subarray(0, tab)).toString('utf8');
      const key = (line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).trim();
      if (key !== '' && last?.key === key) {
        last.stretch.end = end;
      } else if (key !== '') {
        const stretch = { start: offset, end, line };
        last = { key, stretch };
        const known = this.#stretches.get(key);
        if (known) known.push(stretch);
        else this.#stretches.set(key, [stretch]);
      }
      offset = end;
    };
    for await (const chunk of createReadStream(this.#path, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>) {
      if (offset === 0) refuseUtf16(chunk, this.#path);
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        add(bytes.subarray(start, end + 1));
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length > LONGEST_LINE) {
        throw new UserError(`the line is longer than ${LONGEST_LINE} bytes`, {
          where: `${this.#path}:${line + 1}`,
          remedy: 'check that the file has line ends, and is of the format you meant',
        });
      }
    }
    if (rest.length > 0) add(rest);
  }
}
