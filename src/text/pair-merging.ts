/**
 * Byte-pair encoding's training: again and again, the most frequent pair of neighbouring symbols becomes one symbol
 * (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909, algorithm 1).
 *
 * Words are counted first, so that the work is over distinct words. Pair counts are kept up to date: a merge changes only the words that
 * hold the pair. The most frequent pair comes from a heap; a pair that became more frequent is pushed once more, and an entry found out of
 * date is put back with the present count. Of equally frequent pairs the one of older symbols comes first, by its left symbol, then by its right. So the result does not depend on the order of the texts, and is Hugging Face's `tokenizers`'.
 */

/** One merge learnt: the symbols joined, and what they give. */
export interface Merge {
  left: string;
  right: string;
  merged: string;
}

export interface MergeLearning {
  /** Each distinct word as its first symbols, with its number of occurrences. */
  words: Iterable<{ symbols: readonly string[]; count: number }>;
  /** All symbols that the words begin with, in the order that breaks ties. */
  firstSymbols: readonly string[];
  /** New symbols to learn at most; fewer when no pair occurs twice. */
  limit: number;
  /** The symbol that a pair gives. */
  join: (left: string, right: string) => string;
}

interface Pair {
  left: string;
  right: string;
  /** The symbols' numbers in the order in which they came to be. */
  ages: readonly [number, number];
  /** Occurrences now. */
  count: number;
  /** Words that hold the pair, or once did. */
  words: Set<number>;
}

/** How far the learning has come: new symbols so far, of as many at most. */
export interface MergeProgress {
  readonly done: number;
  readonly total: number;
}

/** Words that are taken in at once. */
const WORDS_AT_ONCE = 1000;

/** Learns merges in order, most frequent first. It can be left after each, and while words are taken in: who learns from much text shows how far it is, and may stop. */
export function* learnMerges({ words, firstSymbols, limit, join }: MergeLearning): Generator<MergeProgress, Merge[]> {
  const symbolsOf: string[][] = [];
  const countOf: number[] = [];
  for (const { symbols, count } of words) {
    symbolsOf.push([...symbols]);
    countOf.push(count);
  }
  const ageOf = new Map(firstSymbols.map((symbol, age) => [symbol, age]));
  const pairs = new Map<string, Pair>();
  const change = (left: string, right: string, by: number, word: number): Pair => {
    const key = `${left} ${right}`;
    let pair = pairs.get(key);
    if (!pair) {
      const ages = [ageOf.get(left)!, ageOf.get(right)!] as const;
      pairs.set(key, (pair = { left, right, ages, count: 0, words: new Set() }));
    }
    pair.count += by;
    if (by > 0) pair.words.add(word);
    return pair;
  };

  for (const [word, symbols] of symbolsOf.entries()) {
    for (let i = 1; i < symbols.length; i++) change(symbols[i - 1]!, symbols[i]!, countOf[word]!, word);
    if (word % WORDS_AT_ONCE === 0) yield { done: 0, total: limit };
  }
  const heap = new PairHeap();
  for (const pair of pairs.values()) heap.push(pair);

  const merges: Merge[] = [];
  // Two pairs may give the same symbol ("a" + "bc" and "ab" + "c"): two merges, one symbol.
  const joined = new Set<string>();
  while (joined.size < limit) {
    const best = heap.popBest();
    if (!best || best.count < 2) break;
    const { left, right } = best;
    const merged = join(left, right);
    merges.push({ left, right, merged });
    joined.add(merged);
    if (!ageOf.has(merged)) ageOf.set(merged, ageOf.size);
    const raised = new Set<Pair>();
    for (const word of best.words) {
      const symbols = symbolsOf[word]!;
      const count = countOf[word]!;
      for (let i = 1; i < symbols.length; i++) {
        if (symbols[i - 1] !== left || symbols[i] !== right) continue;
        change(left, right, -count, word);
        if (i >= 2) {
          change(symbols[i - 2]!, left, -count, word);
          raised.add(change(symbols[i - 2]!, merged, count, word));
        }
        if (i + 1 < symbols.length) {
          change(right, symbols[i + 1]!, -count, word);
          raised.add(change(merged, symbols[i + 1]!, count, word));
        }
        symbols.splice(i - 1, 2, merged);
      }
    }
    pairs.delete(`${left} ${right}`);
    for (const pair of raised) heap.push(pair);
    yield { done: joined.size, total: limit };
  }
  return merges;
}

/** Compares by code points, as Python and `sort` do; JavaScript's own order is by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const [surrogateX, surrogateY] = [(x & 0xf800) === 0xd800, (y & 0xf800) === 0xd800];
    return surrogateX === surrogateY ? x - y : surrogateX ? 1 : -1;
  }
  return a.length - b.length;
}

interface HeapEntry {
  pair: Pair;
  /** The pair's count when the entry was made. */
  count: number;
}

/** Whether an entry's pair is to be merged before another's. */
function comesFirst(a: HeapEntry, b: HeapEntry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  const [[leftA, rightA], [leftB, rightB]] = [a.pair.ages, b.pair.ages];
  return leftA === leftB ? rightA < rightB : leftA < leftB;
}

/** A binary heap of pairs, the one to be merged first on top. */
class PairHeap {
  readonly #entries: HeapEntry[] = [];

  push(pair: Pair): void {
    const entries = this.#entries;
    const entry = { pair, count: pair.count };
    let at = entries.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesFirst(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  /** The pair that is most frequent now. */
  popBest(): Pair | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) {
      const { pair, count } = top;
      if (count === pair.count) return pair;
      // More frequent than it says: a later entry has been dealt with, or will be.
      if (pair.count > 0 && pair.count < count) this.push(pair);
    }
    return undefined;
  }

  #pop(): HeapEntry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (!last || entries.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && comesFirst(entries[child + 1]!, entries[child]!)) child++;
      if (!comesFirst(entries[child]!, last)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = last;
    return top;
  }
}
