/**
 * Sentences to be asked, one at a time, whether a new one nearly repeats any of them: MinHash (minhash.ts) as an index that grows.
 *
 * Sentences that share a band are candidates, whose similarity is then computed exactly; what is found is never wrong, and at a similarity of
 * 0.8 one pair in 20,000 is missed (nearly every second at 0.5).
 */
import { BANDS, bandKey, jaccard, shinglesOf, type Shingles } from './minhash.ts';

export interface NearDuplicate {
  /** The sentence that is nearly repeated. */
  text: string;
  /** Shared word pairs, as a part of all. */
  similarity: number;
}

export class NearDuplicateIndex {
  readonly #similarity: number;
  readonly #entries: { text: string; shingles: Shingles }[] = [];
  /** By band: which entries have a key. */
  readonly #bands = Array.from({ length: BANDS }, () => new Map<number, number[]>());

  /** @param similarity how much of their word pairs near-duplicates share, at least. */
  constructor(similarity: number, texts: Iterable<string> = []) {
    this.#similarity = similarity;
    for (const text of texts) this.add(text);
  }

  /** A sentence without a word is like no other, and is left out. */
  add(text: string): void {
    const shingles = shinglesOf(text);
    if (shingles.length === 0) return;
    const place = this.#entries.push({ text, shingles }) - 1;
    this.#bands.forEach((entries, band) => {
      const key = bandKey(shingles, band);
      const bucket = entries.get(key);
      if (bucket) bucket.push(place);
      else entries.set(key, [place]);
    });
  }

  /** The most similar sentence that is similar enough; of several the first that was added. */
  find(text: string): NearDuplicate | undefined {
    const shingles = shinglesOf(text);
    if (shingles.length === 0) return undefined;
    const candidates = new Set(this.#bands.flatMap((entries, band) => entries.get(bandKey(shingles, band)) ?? []));
    let best: NearDuplicate | undefined;
    for (const place of [...candidates].sort((a, b) => a - b)) {
      const entry = this.#entries[place]!;
      const similarity = jaccard(shingles, entry.shingles);
      if (similarity >= this.#similarity && similarity > (best?.similarity ?? 0))
        best = { text: entry.text, similarity };
    }
    return best;
  }
}
