/**
 * A JSON file that is one array, as a stream of its elements: `@streamparser/json` holds one at a time.
 */
import { JSONParser, TokenType } from '@streamparser/json';
import { messageOf, UserError } from '../../foundation/errors.ts';
import { readTextChunks } from '../../foundation/text-chunks.ts';

/** Bytes of the largest element that is read. */
const LARGEST_ELEMENT = 1 << 24;

/**
 * Yields the elements of the array with the lines on which they begin.
 * @throws UserError with `file:line` where the file is not JSON, not an array, or one element is too large.
 */
export async function* readJsonArray(path: string): AsyncGenerator<{ value: unknown; line: number }> {
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  const lines = new LineCounter();
  const whole: { value: unknown; line: number }[] = [];
  let depth = 0;
  let elementOffset = 0;
  let elementLine = 1;
  const fail = (what: string, line: number): never => {
    throw new UserError(what, { where: `${path}:${line}`, remedy: 'mend the file, or fetch it again' });
  };
  let lastOffset = 0;
  parser.onToken = ({ token, offset }) => {
    lastOffset = offset;
    if (depth === 0 && token !== TokenType.LEFT_BRACKET && token !== TokenType.RIGHT_BRACKET) {
      fail('not a JSON array', lines.at(offset));
    }
    const opens = token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET;
    if (depth === 1 && token !== TokenType.RIGHT_BRACKET) {
      elementOffset = offset;
      elementLine = lines.at(offset);
    }
    if (opens) depth++;
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth--;
  };
  parser.onValue = ({ value }) => {
    whole.push({ value, line: elementLine });
  };
  parser.onError = (error) => {
    if (error instanceof UserError) throw error;
    const [what = '', position] = messageOf(error).split(/ at chunk position .*absolute position "(\d+)"\)/);
    fail(
      `not valid JSON: ${what.replace(/^U(nexpected) \w+ \((.*)\) in state \w+$/s, 'U$1 $2')}`,
      lines.at(Number(position ?? lastOffset)),
    );
  };
  for await (const chunk of readTextChunks(path)) {
    const bytes = Buffer.from(chunk);
    lines.add(bytes);
    parser.write(bytes);
    yield* whole.splice(0);
    if (lines.bytes - elementOffset > LARGEST_ELEMENT) {
      fail(`an element of the array is larger than ${LARGEST_ELEMENT} bytes`, elementLine);
    }
  }
  if (!parser.isEnded) fail('the file ends before its JSON array does', lines.end);
  yield* whole;
}

/** Tells on which line a byte of the current chunk lies. */
class LineCounter {
  #chunk: Uint8Array = new Uint8Array();
  #start = 0;
  #counted = 0;
  #line = 1;

  /** The bytes of all chunks so far. */
  get bytes(): number {
    return this.#start + this.#chunk.length;
  }

  /** The line on which the chunk ends. */
  get end(): number {
    return this.at(this.bytes);
  }

  add(chunk: Uint8Array): void {
    const { end, bytes } = this;
    this.#line = end;
    this.#start = bytes;
    this.#chunk = chunk;
    this.#counted = 0;
  }

  /** @param offset from the start of the file, not before the one last asked for. */
  at(offset: number): number {
    const to = offset - this.#start;
    for (;;) {
      const newline = this.#chunk.indexOf(10, this.#counted);
      if (newline < 0 || newline >= to) break;
      this.#line++;
      this.#counted = newline + 1;
    }
    return this.#line;
  }
}
