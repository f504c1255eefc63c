/**
 * Packing pieces of text into rows of one length: best-fit decreasing, the usual answer to bin packing.
 *
 * The longest piece first, each goes into the fullest row that still has room for it (Ding et al. 2024, "Fewer truncations improve language modeling",
 * https://arxiv.org/abs/2404.10830, do the same). Rows are looked up by the room they have left, so the work is linear in the pieces.
 */

/**
 * Rows of pieces, as indices of `lengths`. Every piece is in exactly one row; a row's pieces are at most `capacity` long together.
 * @throws Error when a piece is longer than a row.
 */
export function packRows(lengths: readonly number[], capacity: number): number[][] {
  const rows: number[][] = [];
  /** Rows by what room they have left. */
  const withRoom = Array.from({ length: capacity + 1 }, (): number[] => []);
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const index of order) {
    const length = lengths[index]!;
    if (length > capacity) throw new Error(`a piece of ${length} does not fit into a row of ${capacity}`);
    let room = length;
    while (room <= capacity && withRoom[room]!.length === 0) room++;
    const row = room <= capacity ? withRoom[room]!.pop()! : rows.push([]) - 1;
    rows[row]!.push(index);
    withRoom[(room <= capacity ? room : capacity) - length]!.push(row);
  }
  return rows;
}
