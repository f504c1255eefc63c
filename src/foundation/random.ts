/**
 * Seeded random streams with names.
 *
 * All randomness derives from one seed. A stream is found by its path of names, such as `('member', 3, 'shuffle')`: the path and the seed are
 * hashed to a generator's state, so that streams are independent of each other and of the order in which they are made. A
 * member retrained alone therefore draws what it drew in the full run.
 */
import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export type StreamName = string | number;

/** 128 bits that depend on the seed and on every name of the path, as four signed 32-bit integers. */
function deriveState(seed: number, path: readonly StreamName[]): [number, number, number, number] {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...path]))
    .digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)];
}

/** A 32-bit unsigned seed for a generator elsewhere (a kernel, a device), named like a stream. */
export function deriveSeed(seed: number, ...path: StreamName[]): number {
  return deriveState(seed, path)[0] >>> 0;
}

/** A stream of pseudo-random draws (xoroshiro128+). */
export class RandomStream {
  readonly #generator;

  private constructor(state: readonly number[]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  /**
   * The stream of this name under this seed.
   * @example RandomStream.named(42, 'member', 3, 'shuffle')
   */
  static named(seed: number, ...path: StreamName[]): RandomStream {
    return new RandomStream(deriveState(seed, path));
  }

  /** Uniform on [0, 1), with 53 random bits. */
  uniform(): number {
    const high = (this.#generator.next() >>> 0) >>> 5;
    const low = (this.#generator.next() >>> 0) >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** A uniform integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A draw from the standard normal distribution (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    return shuffled;
  }

  /** `count` items without replacement, in random order; all of them when there are fewer. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffle(items).slice(0, count);
  }

  /** `count` items, each drawn anew from all. */
  sampleWithReplacement<T>(items: readonly T[], count: number): T[] {
    if (items.length === 0 && count > 0) throw new RangeError('cannot sample from an empty list');
    return Array.from({ length: count }, () => items[this.integer(items.length)]!);
  }
}
