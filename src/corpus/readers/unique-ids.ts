/**
 * Which ids were met, and where: a hash table of 16 bytes a slot in place of the strings, so that a corpus of a million
 * sentences takes tens of megabytes, not hundreds.
 *
 * Ids are told apart by 64 bits of hash. Among a million different ids, two have the same with a probability of
 * 10¹² / 2⁶⁵, about 3 in 100 million.
 */

/** How full the table gets before it doubles. */
const FULL = 0.6;
/** The place of an empty slot. */
const EMPTY = -1;

export class UniqueIds {
  #low = new Uint32Array(1 << 10);
  #high = new Uint32Array(1 << 10);
  #places = new Float64Array(1 << 10).fill(EMPTY);
  #count = 0;

  /**
   * Notes an id.
   * @param place any whole number from 0 up to 2⁵³.
   * @returns the place that was noted with the same id before, if any; it stays.
   */
  add(id: string, place: number): number | undefined {
    const [low, high] = hashOf(id);
    const slot = this.#slotOf(low, high);
    if (this.#places[slot] !== EMPTY) return this.#places[slot];
    this.#put(slot, low, high, place);
    if (++this.#count > FULL * this.#places.length) this.#grow();
    return undefined;
  }

  /** The slot that holds a hash, or the empty one where it belongs. */
  #slotOf(low: number, high: number): number {
    const mask = this.#places.length - 1;
    let slot = low & mask;
    while (this.#places[slot] !== EMPTY && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #put(slot: number, low: number, high: number, place: number): void {
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#places[slot] = place;
  }

  #grow(): void {
    const [low, high, places] = [this.#low, this.#high, this.#places];
    this.#low = new Uint32Array(2 * places.length);
    this.#high = new Uint32Array(2 * places.length);
    this.#places = new Float64Array(2 * places.length).fill(EMPTY);
    for (const [i, place] of places.entries()) {
      if (place !== EMPTY) this.#put(this.#slotOf(low[i]!, high[i]!), low[i]!, high[i]!, place);
    }
  }
}

/** Two 32-bit hashes of a text's UTF-16 code units, mixed as MurmurHash3 mixes its last word. */
function hashOf(text: string): [number, number] {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return [mixed(low), mixed(high ^ low)];
}

function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
