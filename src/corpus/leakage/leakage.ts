/**
 * Leakage: what one part of the data has in common with another, so that scores on it say too much.
 *
 * Three kinds, each looked for between every two parts: one document in both, one sentence in both (after masking,
 * that is, to a model the same), and near-duplicates. Holds a hash, an id and the shingles of every distinct sentence.
 */
import { sha256 } from '../../foundation/hash.ts';
import { ownCopy } from '../../foundation/own-copy.ts';
import { BANDS, bandKey, jaccard, shinglesOf, type Shingles } from './minhash.ts';

/** How similar near-duplicates are, at least. */
export const NEAR_DUPLICATE = 0.8;

/** Two examples that share a sentence, or nearly. */
export interface LeakSample {
  /** Ids of an example of the one part, and of one of the other. */
  from: string;
  to: string;
  /** 1 for the same sentence. */
  similarity: number;
}

/** What a part has in common with an earlier one. */
export interface Leak<Part extends string = string> {
  from: Part;
  to: Part;
  /** Documents in both. */
  documents: number;
  /** Examples of `to` whose masked sentence stands in `from`. */
  same: number;
  /** Examples of `to` whose masked sentence resembles one of `from`, and is not the same as any. */
  near: number;
  samples: LeakSample[];
}

/** Samples kept of each leak and kind. */
const SAMPLES = 5;

/**
 * Sentences that are all different, by number: the shingles of all in one array, and how often each part has them. A corpus of a million sentences has its
 * hashes in memory, and no object for each.
 */
class DistinctSentences {
  readonly #parts: number;
  readonly #byHash = new Map<string, number>();
  #shingles = new Uint32Array(1 << 12);
  /** Where the shingles of each sentence begin, and where those of the last end. */
  readonly #starts = [0];
  /** Examples of each sentence in each part. */
  readonly #counts: number[] = [];
  /** By sentence and part: the first example's id. */
  readonly #ids = new Map<number, string>();

  constructor(parts: number) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#starts.length - 1;
  }

  add(text: string, part: number, id: string): void {
    const key = sha256(text).slice(0, 16);
    let sentence = this.#byHash.get(key);
    if (sentence === undefined) {
      sentence = this.size;
      this.#byHash.set(key, sentence);
      this.#keep(shinglesOf(text));
      for (let i = 0; i < this.#parts; i++) this.#counts.push(0);
    }
    const place = sentence * this.#parts + part;
    if (this.#counts[place]!++ === 0) this.#ids.set(place, ownCopy(id));
  }

  /** Examples of a part that have a sentence. */
  count(sentence: number, part: number): number {
    return this.#counts[sentence * this.#parts + part]!;
  }

  /** The first of them. */
  idOf(sentence: number, part: number): string {
    return this.#ids.get(sentence * this.#parts + part)!;
  }

  shinglesOf(sentence: number): Shingles {
    return this.#shingles.subarray(this.#starts[sentence], this.#starts[sentence + 1]);
  }

  #keep(shingles: Shingles): void {
    const start = this.#starts.at(-1)!;
    const end = start + shingles.length;
    if (end > this.#shingles.length) {
      const larger = new Uint32Array(2 * Math.max(end, this.#shingles.length));
      larger.set(this.#shingles.subarray(0, start));
      this.#shingles = larger;
    }
    this.#shingles.set(shingles, start);
    this.#starts.push(end);
  }
}

export class LeakageSearch<Part extends string> {
  readonly #parts: readonly Part[];
  readonly #similarity: number;
  readonly #sentences: DistinctSentences;
  readonly #documents = new Map<string, Set<Part>>();

  /** @param parts earlier ones first: what is in `train` leaks into `test`. */
  constructor(parts: readonly Part[], similarity = NEAR_DUPLICATE) {
    this.#parts = parts;
    this.#similarity = similarity;
    this.#sentences = new DistinctSentences(parts.length);
  }

  /** @param text the masked sentence. */
  add(part: Part, { id, document, text }: { id: string; document: string; text: string }): void {
    const documentParts = this.#documents.get(document);
    if (documentParts) documentParts.add(part);
    else this.#documents.set(ownCopy(document), new Set([part]));
    this.#sentences.add(text, this.#parts.indexOf(part), id);
  }

  /** All that any two parts have in common; parts with nothing in common are left out. */
  find(): Leak<Part>[] {
    const met = this.#parts.filter((part) => [...this.#documents.values()].some((parts) => parts.has(part)));
    const leaks = met.flatMap((to, i) => met.slice(0, i).map((from) => this.#exact(from, to)));
    if (leaks.length > 0) this.#addNear(leaks);
    return leaks.filter(({ documents, same, near }) => documents + same + near > 0);
  }

  #exact(from: Part, to: Part): Leak<Part> {
    const leak: Leak<Part> = { from, to, documents: 0, same: 0, near: 0, samples: [] };
    for (const parts of this.#documents.values()) if (parts.has(from) && parts.has(to)) leak.documents++;
    const [source, target] = [this.#parts.indexOf(from), this.#parts.indexOf(to)];
    const sentences = this.#sentences;
    for (let sentence = 0; sentence < sentences.size; sentence++) {
      const inTarget = sentences.count(sentence, target);
      if (inTarget === 0 || sentences.count(sentence, source) === 0) continue;
      leak.same += inTarget;
      if (leak.samples.length < SAMPLES) {
        const ids = { from: sentences.idOf(sentence, source), to: sentences.idOf(sentence, target) };
        leak.samples.push({ ...ids, similarity: 1 });
      }
    }
    return leak;
  }

  /** Compares the sentences that share a band, band by band. */
  #addNear(leaks: readonly Leak<Part>[]): void {
    const { size } = this.#sentences;
    const keys = new Float64Array(size);
    const found = new Map(leaks.map((leak) => [leak, new Set<number>()]));
    const withWords = Array.from({ length: size }, (_, sentence) => sentence).filter(
      (sentence) => this.#sentences.shinglesOf(sentence).length > 0,
    );
    for (let band = 0; band < BANDS; band++) {
      for (const sentence of withWords) keys[sentence] = bandKey(this.#sentences.shinglesOf(sentence), band);
      // Sentences of one key stand together, in their own order.
      const byKey = Uint32Array.from(withWords).sort((a, b) => keys[a]! - keys[b]! || a - b);
      for (let start = 0, end = 0; start < byKey.length; start = end) {
        while (end < byKey.length && keys[byKey[end]!] === keys[byKey[start]!]) end++;
        if (end - start < 2) continue;
        const bucket = byKey.subarray(start, end);
        for (const leak of leaks) this.#compare(bucket, leak, found.get(leak)!);
      }
    }
  }

  #compare(bucket: Uint32Array, leak: Leak<Part>, found: Set<number>): void {
    const sentences = this.#sentences;
    const [from, to] = [this.#parts.indexOf(leak.from), this.#parts.indexOf(leak.to)];
    const sources = bucket.filter((sentence) => sentences.count(sentence, from) > 0);
    if (sources.length === 0) return;
    for (const target of bucket) {
      const inTarget = sentences.count(target, to);
      if (inTarget === 0 || sentences.count(target, from) > 0 || found.has(target)) continue;
      const shingles = sentences.shinglesOf(target);
      const source = sources.find((each) => jaccard(sentences.shinglesOf(each), shingles) >= this.#similarity);
      if (source === undefined) continue;
      found.add(target);
      leak.near += inTarget;
      if (found.size <= SAMPLES) {
        const similarity = jaccard(sentences.shinglesOf(source), shingles);
        leak.samples.push({ from: sentences.idOf(source, from), to: sentences.idOf(target, to), similarity });
      }
    }
  }
}

/** A leak as one line. */
export function describeLeak({ from, to, documents, same, near }: Omit<Leak, 'samples'>): string {
  const counts: [number, string, string][] = [
    [documents, 'document', 'documents'],
    [same, 'example with the same masked sentence', 'examples with the same masked sentence'],
    [near, 'near-duplicate', 'near-duplicates'],
  ];
  const parts = counts.flatMap(([count, one, many]) => (count > 0 ? `${count} ${count === 1 ? one : many}` : []));
  return `leakage from ${from} into ${to}: ${parts.join(', ')}`;
}
