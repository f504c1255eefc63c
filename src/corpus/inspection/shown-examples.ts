/** A few examples of each label, drawn by chance from a stream whose length is not known (reservoir sampling). */
import { RandomStream } from '../../foundation/random.ts';
import type { Example } from '../example.ts';

/** An example, and its sentence as a model reads it. */
export interface ShownExample {
  example: Example;
  masked: string;
}

export interface ShownExamples {
  relation: string | null;
  examples: ShownExample[];
}

interface Reservoir {
  stream: RandomStream;
  met: number;
  kept: (ShownExample & { place: number })[];
}

export class ExampleSample {
  readonly #size: number;
  readonly #seed: number;
  readonly #byLabel = new Map<string | null, Reservoir>();

  /** @param size examples kept of each label. */
  constructor(size: number, seed: number) {
    this.#size = size;
    this.#seed = seed;
  }

  add(example: Example, masked: string): void {
    const { relation } = example;
    let reservoir = this.#byLabel.get(relation);
    if (!reservoir) {
      const name = relation === null ? ['null'] : ['relation', relation];
      reservoir = { stream: RandomStream.named(this.#seed, 'inspect', ...name), met: 0, kept: [] };
      this.#byLabel.set(relation, reservoir);
    }
    const { stream, kept } = reservoir;
    const place = reservoir.met++;
    if (kept.length < this.#size) kept.push({ place, example, masked });
    else {
      const drawn = stream.integer(reservoir.met);
      if (drawn < this.#size) kept[drawn] = { place, example, masked };
    }
  }

  /** By label, most frequent first, null last; each in the order of the corpus. */
  result(): ShownExamples[] {
    return [...this.#byLabel]
      .sort(([a, { met: m }], [b, { met: n }]) => Number(a === null) - Number(b === null) || n - m)
      .map(([relation, { kept }]) => ({
        relation,
        examples: kept.sort((a, b) => a.place - b.place).map(({ example, masked }) => ({ example, masked })),
      }));
  }
}
