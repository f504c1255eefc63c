/**
 * Several short sequences in one row, as the arrays that the models' packed graphs read.
 *
 * Every piece keeps positions of its own from 0 on and a segment number of its own, by which attention tells it from its neighbours; so a row of
 * pieces has the loss and the gradients of the pieces one by one, without their padding. What is left at a row's end is padding, a
 * segment that nothing reads. Rows are sequence-first, as in batch.ts.
 */
import type { Feeds } from '../runtime/device.ts';
import { causalBias } from './batch.ts';

/** The pieces of one row, in order. */
export type PackedRow = readonly (readonly number[])[];

/** The segment of padding; pieces count from 0. */
const PADDING = -1;

interface Layout {
  readonly inputIds: Int32Array;
  readonly positionIds: Int32Array;
  readonly segments: Float32Array;
}

/** Where each piece's tokens stand; `visit` is called for every token with its place in sequence-first order. */
function layOut(
  rows: readonly PackedRow[],
  length: number,
  padId: number,
  visit: (piece: readonly number[], position: number, place: number) => void,
): Layout {
  const batch = rows.length;
  const inputIds = new Int32Array(batch * length).fill(padId);
  const positionIds = new Int32Array(batch * length);
  const segments = new Float32Array(batch * length).fill(PADDING);
  rows.forEach((pieces, row) => {
    let start = 0;
    pieces.forEach((piece, segment) => {
      if (start + piece.length > length) throw new Error(`a row of ${length} tokens does not hold its pieces`);
      segments.fill(segment, row * length + start, row * length + start + piece.length);
      for (let position = 0; position < piece.length; position++) {
        const place = (start + position) * batch + row;
        inputIds[place] = piece[position]!;
        positionIds[place] = position;
        visit(piece, position, place);
      }
      start += piece.length;
    });
  });
  return { inputIds, positionIds, segments };
}

/**
 * Feeds of GPT-2's packed graphs. Each position's label is its piece's next token; a piece's last has none.
 * @param length tokens of a row. @param weight the loss weight of each predicted token.
 */
export function packedDecoderFeeds(rows: readonly PackedRow[], length: number, weight: number): Feeds {
  const shape = [length, rows.length];
  const labels = new Int32Array(rows.length * length);
  const weights = new Float32Array(rows.length * length);
  const layout = layOut(rows, length, 0, (piece, position, place) => {
    if (position + 1 === piece.length) return;
    labels[place] = piece[position + 1]!;
    weights[place] = weight;
  });
  return {
    inputIds: { shape, data: layout.inputIds },
    positionIds: { shape, data: layout.positionIds },
    segments: { shape: [rows.length, length], data: layout.segments },
    causalBias: { shape: [1, 1, length, length], data: causalBias(length) },
    labels: { shape, data: labels },
    labelWeights: { shape, data: weights },
  };
}

/** A piece of which some tokens are to be predicted. */
export interface MaskedPiece {
  /** What the model reads. */
  readonly ids: readonly number[];
  /** Positions that are predicted, and what stood there. */
  readonly predicted: readonly { readonly position: number; readonly label: number }[];
}

/**
 * Feeds of BERT's packed graphs. The predicted positions come row by row, in order.
 * @param length tokens of a row. @param weight the loss weight of each predicted token. @param padId the token that padding is given.
 */
export function packedEncoderFeeds(
  rows: readonly (readonly MaskedPiece[])[],
  length: number,
  weight: number,
  padId: number,
): Feeds {
  const shape = [length, rows.length];
  const layout = layOut(
    rows.map((pieces) => pieces.map(({ ids }) => ids)),
    length,
    padId,
    () => undefined,
  );
  const places: number[] = [];
  const labels: number[] = [];
  rows.forEach((pieces, row) => {
    let start = 0;
    for (const { ids, predicted } of pieces) {
      for (const { position, label } of predicted) {
        places.push((start + position) * rows.length + row);
        labels.push(label);
      }
      start += ids.length;
    }
  });
  return {
    inputIds: { shape, data: layout.inputIds },
    tokenTypeIds: { shape, data: new Int32Array(rows.length * length) },
    positionIds: { shape, data: layout.positionIds },
    segments: { shape: [rows.length, length], data: layout.segments },
    predictedRows: { shape: [places.length], data: Int32Array.from(places) },
    labels: { shape: [labels.length], data: Int32Array.from(labels) },
    labelWeights: { shape: [labels.length], data: new Float32Array(labels.length).fill(weight) },
  };
}
