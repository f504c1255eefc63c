/**
 * Reading Python pickles without running them.
 *
 * A pickle is a program for a small stack machine that may call any Python function: loading one from a stranger is running the
 * stranger's code. Here the machine only knows the instructions that state dictionaries need, and names of functions mean nothing by
 * themselves: the caller says which it knows and what they give; all others are refused.
 * Instructions: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */
import { UserError } from '../foundation/errors.ts';

/** What the caller knows of the world outside the pickle. Lists and tuples are arrays, dictionaries are maps. */
export interface PickleWorld {
  /** The meaning of a global name. Should throw for names that are not known. */
  global(module: string, name: string): unknown;
  /** The result of calling what `global` gave. */
  call(callable: unknown, args: readonly unknown[]): unknown;
  /** The object behind a persistent id (PyTorch's storages). */
  persistent(id: unknown): unknown;
}

const MARK = Symbol('mark');
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8');

/**
 * Reads the pickle that begins at `start`.
 * @param where the file named in error messages.
 * @returns its value, and the offset behind it.
 * @throws UserError when it is cut off or uses an instruction that state dictionaries do not need.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  world: PickleWorld,
  where: string,
): { value: unknown; end: number } {
  return new PickleMachine(bytes, start, world, where).run();
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #where: string;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at: number;

  constructor(bytes: Uint8Array, start: number, world: PickleWorld, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#world = world;
    this.#where = where;
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      const opcode = this.#byte();
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#at }; // STOP
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    const stack = this.#stack;
    switch (opcode) {
      case 0x80: // PROTO
        this.#byte();
        return;
      case 0x95: // FRAME
        this.#take(8);
        return;
      case 0x28: // MARK
        stack.push(MARK);
        return;
      case 0x30: // POP
        this.#pop();
        return;

      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x4a: // BININT
        stack.push(this.#view.getInt32(this.#take(4), true));
        return;
      case 0x4b: // BININT1
        stack.push(this.#byte());
        return;
      case 0x4d: // BININT2
        stack.push(this.#view.getUint16(this.#take(2), true));
        return;
      case 0x8a: // LONG1
        stack.push(this.#long(this.#byte()));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.#view.getFloat64(this.#take(8), false));
        return;

      case 0x58: // BINUNICODE
        stack.push(utf8.decode(this.#slice(this.#uint32())));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(utf8.decode(this.#slice(this.#byte())));
        return;
      case 0x54: // BINSTRING, of Python 2
        stack.push(latin1.decode(this.#slice(this.#uint32())));
        return;
      case 0x55: // SHORT_BINSTRING, of Python 2
        stack.push(latin1.decode(this.#slice(this.#byte())));
        return;

      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        return;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#need(opcode - 0x84);
        stack.push(stack.splice(-(opcode - 0x84)));
        return;
      case 0x74: // TUPLE
        stack.push(this.#popToMark());
        return;
      case 0x61: // APPEND
        this.#append([this.#pop()]);
        return;
      case 0x65: // APPENDS
        this.#append(this.#popToMark());
        return;
      case 0x73: // SETITEM
        this.#need(2);
        this.#setItems(stack.splice(-2));
        return;
      case 0x75: // SETITEMS
        this.#setItems(this.#popToMark());
        return;

      case 0x71: // BINPUT
        this.#memo.set(this.#byte(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#uint32(), this.#top());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 0x68: // BINGET
        stack.push(this.#recall(this.#byte()));
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.#recall(this.#uint32()));
        return;

      case 0x63: // GLOBAL
        stack.push(this.#world.global(this.#line(), this.#line()));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#malformed();
        stack.push(this.#world.global(module, name));
        return;
      }
      case 0x52: {
        // REDUCE: a call
        const args = this.#pop();
        if (!Array.isArray(args)) throw this.#malformed();
        stack.push(this.#world.call(this.#pop(), args));
        return;
      }
      case 0x62: // BUILD: gives the object below attributes, of which state dictionaries' are of no use to us
        this.#pop();
        return;
      case 0x51: // BINPERSID
        stack.push(this.#world.persistent(this.#pop()));
        return;

      default:
        throw new UserError(
          `the pickle uses instruction 0x${opcode.toString(16)}, which a file of weights does not need`,
          {
            where: this.#where,
            remedy: 'convert the weights to safetensors',
          },
        );
    }
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Moves on by `length` bytes and gives the offset where they begin. */
  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw this.#malformed();
    this.#at += length;
    return at;
  }

  #slice(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A text line of the older instructions. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#malformed();
    const text = utf8.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** A little-endian two's-complement integer; a `bigint` beyond what a number holds exactly. */
  #long(length: number): number | bigint {
    let value = 0n;
    for (const byte of this.#slice(length).toReversed()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #need(count: number): void {
    if (this.#stack.length < count) throw this.#malformed();
  }

  #pop(): unknown {
    this.#need(1);
    return this.#stack.pop();
  }

  #top(): unknown {
    this.#need(1);
    return this.#stack.at(-1);
  }

  #popToMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#malformed();
    const items = this.#stack.splice(mark).slice(1);
    return items;
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#malformed();
    for (const item of items) list.push(item);
  }

  #setItems(items: unknown[]): void {
    const map = this.#top();
    if (!(map instanceof Map) || items.length % 2 !== 0) throw this.#malformed();
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  #recall(slot: number): unknown {
    if (!this.#memo.has(slot)) throw this.#malformed();
    return this.#memo.get(slot);
  }

  #malformed(): UserError {
    return new UserError(`the pickle is malformed or cut off at byte ${this.#at}`, {
      where: this.#where,
      remedy: 'fetch the file again, or convert it to safetensors',
    });
  }
}
