/** A sentence as people look at it: its mentions in colour, those in pieces and those within each other too. */
import { html } from 'hono/html';
import { piecesOf } from '../corpus/candidates/anchors.ts';
import type { Example, Mention } from '../corpus/example.ts';
import type { Piece } from './page.ts';

/** What covers a stretch of a text. */
type Cover = 'head' | 'tail' | 'other';

/** A stretch of a text that one set of mentions covers. */
export interface Segment {
  text: string;
  covers: Cover[];
}

/** The text in stretches, which put together are the text. */
export function segmentsOf({ text, head, tail, others = [] }: Example): Segment[] {
  const spans = [
    ...coversOf(head, 'head'),
    ...coversOf(tail, 'tail'),
    ...others.flatMap((other) => coversOf(other, 'other')),
  ];
  const bounds = [...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return bounds.slice(1).map((end, i) => {
    const start = bounds[i]!;
    const covers = spans.filter((span) => span.start <= start && span.end >= end).map(({ cover }) => cover);
    return { text: text.slice(start, end), covers: [...new Set(covers)] };
  });
}

const coversOf = (mention: Mention, cover: Cover): { start: number; end: number; cover: Cover }[] =>
  piecesOf(mention).map(({ start, end }) => ({ start, end, cover }));

export function markedSentence(example: Example): Piece {
  const types = { head: example.head.type, tail: example.tail.type, other: 'another entity' };
  return html`${segmentsOf(example).map(({ text, covers }) =>
    covers.length === 0
      ? text
      : html`<mark class="${covers.join(' ')}" title="${covers.map((cover) => types[cover]).join(', ')}"
          >${text}</mark
        >`,
  )}`;
}
