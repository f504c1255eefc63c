/**
 * Leakage: what one part of the data has in common with another, so that scores on it say too much.
 *
 * Three kinds, each looked for between every two parts: one document in both, one sentence in both (after masking,
 * that is, to a model the same), and near-duplicates. Holds a hash, an id and the shingles of every distinct sentence.
 */
import { sha256 } from '../../foundation/hash.ts';
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

/** A masked sentence, once. */
interface Sentence<Part> {
  shingles: Shingles;
  /** By part: how many examples have it, and the first of them. */
  parts: Map<Part, { count: number; id: string }>;
}

export class LeakageSearch<Part extends string> {
  readonly #parts: readonly Part[];
  readonly #similarity: number;
  readonly #sentences = new Map<string, Sentence<Part>>();
  readonly #documents = new Map<string, Set<Part>>();

  /** @param parts earlier ones first: what is in `train` leaks into `test`. */
  constructor(parts: readonly Part[], similarity = NEAR_DUPLICATE) {
    this.#parts = parts;
    this.#similarity = similarity;
  }

  /** @param text the masked sentence. */
  add(part: Part, { id, document, text }: { id: string; document: string; text: string }): void {
    const documentParts = this.#documents.get(document);
    if (documentParts) documentParts.add(part);
    else this.#documents.set(document, new Set([part]));
    const key = sha256(text).slice(0, 16);
    let sentence = this.#sentences.get(key);
    if (!sentence) this.#sentences.set(key, (sentence = { shingles: shinglesOf(text), parts: new Map() }));
    const standing = sentence.parts.get(part);
    if (standing) standing.count++;
    else sentence.parts.set(part, { count: 1, id });
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
    for (const { parts } of this.#sentences.values()) {
      const [source, target] = [parts.get(from), parts.get(to)];
      if (!source || !target) continue;
      leak.same += target.count;
      if (leak.samples.length < SAMPLES) leak.samples.push({ from: source.id, to: target.id, similarity: 1 });
    }
    return leak;
  }

  /** Compares the sentences that share a band, band by band. */
  #addNear(leaks: readonly Leak<Part>[]): void {
    const sentences = [...this.#sentences.values()].filter(({ shingles }) => shingles.length > 0);
    const found = new Map(leaks.map((leak) => [leak, new Set<Sentence<Part>>()]));
    for (let band = 0; band < BANDS; band++) {
      const buckets = new Map<number, Sentence<Part>[]>();
      for (const sentence of sentences) {
        const key = bandKey(sentence.shingles, band);
        const bucket = buckets.get(key);
        if (bucket) bucket.push(sentence);
        else buckets.set(key, [sentence]);
      }
      for (const bucket of buckets.values()) {
        if (bucket.length < 2) continue;
        for (const leak of leaks) this.#compare(bucket, leak, found.get(leak)!);
      }
    }
  }

  #compare(bucket: readonly Sentence<Part>[], leak: Leak<Part>, found: Set<Sentence<Part>>): void {
    const sources = bucket.filter(({ parts }) => parts.has(leak.from));
    if (sources.length === 0) return;
    for (const target of bucket) {
      const inTarget = target.parts.get(leak.to);
      if (!inTarget || target.parts.has(leak.from) || found.has(target)) continue;
      const source = sources.find(({ shingles }) => jaccard(shingles, target.shingles) >= this.#similarity);
      if (!source) continue;
      found.add(target);
      leak.near += inTarget.count;
      if (found.size <= SAMPLES) {
        const similarity = jaccard(source.shingles, target.shingles);
        leak.samples.push({ from: source.parts.get(leak.from)!.id, to: inTarget.id, similarity });
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
