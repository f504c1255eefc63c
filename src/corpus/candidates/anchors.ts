/**
 * Where two mentions can be told apart.
 *
 * A mention is one piece or several ("ocular … toxicity"). Two mentions of a coordination share words ("oral
 * anticoagulants and hypoglycemics": "oral anticoagulants", "oral … hypoglycemics"), and still each has a piece of its own, its
 * *anchor*, where its placeholder can stand.
 */
import type { Span } from '../document.ts';
import type { Mention } from '../example.ts';

type Place = Pick<Mention, 'start' | 'end' | 'parts'>;

export const piecesOf = ({ start, end, parts }: Place): readonly Span[] => parts ?? [{ start, end }];

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

const contains = (outer: Span, inner: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** A piece of each mention, the first ones that do not overlap; undefined where all do. */
export function anchorsOf(a: Place, b: Place): [Span, Span] | undefined {
  const [first, second] = [piecesOf(a), piecesOf(b)];
  for (let sum = 0; sum <= first.length + second.length - 2; sum++) {
    for (let i = 0; i <= sum; i++) {
      const [one, other] = [first[i], second[sum - i]];
      if (one && other && !overlaps(one, other)) return [one, other];
    }
  }
  return undefined;
}

/** How two mentions are in each other's way: neither can be masked without the other. */
export function entanglement(a: Place, b: Place): 'nested-mentions' | 'overlapping-mentions' | undefined {
  if (anchorsOf(a, b)) return undefined;
  return contains(a, b) || contains(b, a) ? 'nested-mentions' : 'overlapping-mentions';
}
