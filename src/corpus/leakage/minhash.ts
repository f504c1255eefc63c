/**
 * Near-duplicates of sentences, by MinHash with bands (Broder 1997; Leskovec, Rajaraman & Ullman, *Mining of Massive
 * Datasets*, chapter 3).
 *
 * A sentence is the set of its *shingles*, two words in a row, each as a 32-bit hash. Two sentences are as similar as
 * their sets: shared shingles over all shingles (Jaccard). The smallest of a set's shingles under a random permutation
 * is the same for two sets with a probability equal to their similarity s; bands of 5 such minima agree with s⁵, and at
 * least one of 25 bands with 1 − (1 − s⁵)²⁵: 0.99995 at s = 0.8, 0.55 at 0.5. Sentences that share a band are candidates,
 * whose similarity is then computed exactly.
 */
import { deriveSeed } from '../../foundation/random.ts';

export const BANDS = 25;
const ROWS = 5;

/** A set of shingles: distinct hashes in ascending order. */
export type Shingles = Uint32Array;

/** The shingles of a sentence, without regard to case and punctuation; a sentence of one word is one shingle. */
export function shinglesOf(text: string): Shingles {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const pairs = words.length > 1 ? words.slice(1).map((word, i) => `${words[i]!} ${word}`) : words;
  return Uint32Array.from(new Set(pairs.map(hashOf))).sort();
}

/** FNV-1a over UTF-16 code units, mixed at the end. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** A permutation of the 32-bit numbers without visible pattern (MurmurHash3's finalizer). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** One permutation a row of each band. */
const KEYS = Array.from({ length: BANDS }, (_, band) =>
  Array.from({ length: ROWS }, (_unused, row) => deriveSeed(0, 'minhash', band, row)),
);

/** A number under which sentences with the same minima in a band meet. @param shingles not empty. */
export function bandKey(shingles: Shingles, band: number): number {
  let key = 0;
  for (const permutation of KEYS[band]!) {
    let least = 0xffffffff;
    for (const shingle of shingles) {
      const place = mix(shingle ^ permutation);
      if (place < least) least = place;
    }
    key = mix(key ^ least) + (key % 0x100000) * 0x100000000;
  }
  return key;
}

/** Shared shingles over all shingles. */
export function jaccard(a: Shingles, b: Shingles): number {
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i]! === b[j]!) shared++;
    if (a[i]! <= b[j]!) {
      if (a[i]! === b[j]!) j++;
      i++;
    } else j++;
  }
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}
