/**
 * What a tensor is before it has numbers: a name, an element type and a shape.
 *
 * A dimension is a number, or a symbol whose value is known only when the graph runs (`batch`, `sequence`), or a product of these
 * (`batch*sequence`), so that one graph serves every batch and length. Symbols multiply; nothing else is done with them.
 */

/** A size: a number, or a product of a number and symbols in canonical form, such as `'batch*sequence'` or `'2*batch'`. */
export type Dimension = number | string;
/** Dimensions, outermost first; `[]` is a scalar. */
export type Shape = readonly Dimension[];
/** Graphs compute in float32; `float16` stands for it in models that are written in halves (onnx/precision.ts). */
export type ElementType = 'float32' | 'float16' | 'int32' | 'int64' | 'uint8';

export interface TensorType {
  readonly shape: Shape;
  readonly type: ElementType;
}

/** The factors of a dimension: its number and its symbols, sorted. */
export function factorsOf(dimension: Dimension): { number: number; symbols: string[] } {
  if (typeof dimension === 'number') return { number: dimension, symbols: [] };
  const factors = dimension.split('*');
  const numbers = factors.filter((factor) => /^\d+$/.test(factor)).map(Number);
  return {
    number: numbers.reduce((product, factor) => product * factor, 1),
    symbols: factors.filter((factor) => !/^\d+$/.test(factor)).sort(),
  };
}

/** The product of dimensions, in canonical form: the number first, then the symbols sorted. */
export function multiplyDimensions(...dimensions: readonly Dimension[]): Dimension {
  let product = 1;
  const all: string[] = [];
  for (const dimension of dimensions) {
    const { number, symbols } = factorsOf(dimension);
    product *= number;
    all.push(...symbols);
  }
  if (all.length === 0 || product === 0) return product;
  return [...(product === 1 ? [] : [String(product)]), ...all.sort()].join('*');
}

/** The number of elements of any shape, as a dimension. */
export function sizeOf(shape: Shape): Dimension {
  return multiplyDimensions(...shape);
}

/** The number of elements of a shape without symbols; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Values for the symbols of a graph's shapes. */
export type Bindings = Readonly<Record<string, number>>;

/** A dimension's value when its symbols are bound. @throws Error when a symbol has no value. */
export function resolveDimension(dimension: Dimension, bindings: Bindings): number {
  const { number, symbols } = factorsOf(dimension);
  return symbols.reduce((product, symbol) => {
    const value = bindings[symbol];
    if (value === undefined) throw new Error(`no value for the dimension '${symbol}'`);
    return product * value;
  }, number);
}

export function resolveShape(shape: Shape, bindings: Bindings): number[] {
  return shape.map((dimension) => resolveDimension(dimension, bindings));
}

/** The shape of an elementwise result (NumPy's broadcasting: axes are aligned at the end; 1 stretches). @throws Error when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const first = a[axis - rank + a.length] ?? 1;
    const second = b[axis - rank + b.length] ?? 1;
    if (first === second || second === 1) return first;
    if (first === 1) return second;
    throw new Error(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
  });
}

/** A possibly negative axis as an index from the front. */
export function normalizeAxis(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (index < 0 || index >= rank) throw new Error(`axis ${axis} is outside a tensor of rank ${rank}`);
  return index;
}
