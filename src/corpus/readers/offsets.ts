/**
 * Where an annotation's offsets point in a text.
 *
 * Files count in UTF-16 code units (Java, JavaScript) or in code points (Python). The two agree up to the first
 * character beyond the Basic Multilingual Plane; after one, the way of counting that finds the mention's words counts.
 */
import type { Span } from '../document.ts';
import type { Mention } from '../example.ts';

/** A place in a text, with its words. */
export type Located = Pick<Mention, 'start' | 'end' | 'text' | 'parts'>;

export interface LocateOptions {
  /** Whether two spellings are the same words; equal unless given. */
  same?: (found: string, named: string) => boolean;
}

/** A text of which places are asked for by offsets. */
export class OffsetText {
  readonly text: string;
  /** The UTF-16 offset of each code point and of the end; undefined where both ways of counting agree. */
  #points: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * The place that offsets name, or what is wrong with them.
   * @param ranges the pieces of the mention, in order; half-open.
   * @param named the words that the file gives for it (pieces joined by a space); undefined where it gives none, and
   * code points are then assumed.
   */
  locate(ranges: readonly Span[], named: string | undefined, options: LocateOptions = {}): Located | string {
    const { same = (found, name) => found === name } = options;
    for (const { start, end } of ranges) if (start >= end) return `start ${start} is not before end ${end}`;
    for (const [i, { start }] of ranges.entries()) {
      if (i > 0 && start < ranges[i - 1]!.end) return 'the parts of the mention are not in order';
    }
    const end = ranges.at(-1)!.end;
    const points = this.#codePoints();
    const asPoints = points && end < points.length ? this.#pointsToUnits(ranges, points) : undefined;
    if (named === undefined) {
      if (asPoints) return this.#located(asPoints);
      return end > this.text.length ? this.#beyond(end) : this.#located(ranges);
    }
    if (end <= this.text.length && same(this.#words(ranges), named)) return this.#located(ranges);
    if (asPoints && same(this.#words(asPoints), named)) return this.#located(asPoints);
    if (end > this.text.length) return this.#beyond(end);
    const place = ranges.map((range) => `${range.start} to ${range.end}`).join(' and ');
    return `offsets ${place} hold ${quote(this.#words(ranges))}, not ${quote(named)}`;
  }

  #beyond(end: number): string {
    return `end ${end} lies beyond the text, which has ${this.text.length} characters`;
  }

  #words(ranges: readonly Span[]): string {
    return ranges.length === 1
      ? this.text.slice(ranges[0]!.start, ranges[0]!.end)
      : ranges.map(({ start, end }) => this.text.slice(start, end)).join(' ');
  }

  #located(ranges: readonly Span[]): Located {
    const parts: { start: number; end: number }[] = [];
    for (const { start, end } of ranges) {
      const last = parts.at(-1);
      if (last?.end === start) last.end = end;
      else parts.push({ start, end });
    }
    const start = parts[0]!.start;
    const end = parts.at(-1)!.end;
    return { start, end, text: this.text.slice(start, end), ...(parts.length > 1 && { parts }) };
  }

  #codePoints(): number[] | undefined {
    if (this.#points === undefined) {
      this.#points = [];
      if (/[\uD800-\uDBFF]/.test(this.text)) {
        let at = 0;
        for (const character of this.text) {
          this.#points.push(at);
          at += character.length;
        }
        this.#points.push(at);
      }
    }
    return this.#points.length > 0 ? this.#points : undefined;
  }

  #pointsToUnits(ranges: readonly Span[], points: readonly number[]): Span[] {
    return ranges.map(({ start, end }) => ({ start: points[start]!, end: points[end]! }));
  }
}

/** A text in quotation marks for a message, shortened. */
export function quote(text: string): string {
  const SHOWN = 60;
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

/** In order of `start`, longer mentions first. */
export function inTextOrder<T extends Span>(mentions: readonly T[]): T[] {
  return [...mentions].sort((a, b) => a.start - b.start || b.end - a.end);
}
