/**
 * Number formats of stored tensors and their way to and from float32.
 *
 * Halves (IEEE binary16, "F16") lose range and precision; bfloat16 ("BF16") is a float32 without its lower 16 bits. Writing rounds to
 * nearest, ties to even, as PyTorch does. All bytes are little-endian, on disk and on every machine that Node runs on in practice.
 */

/** Safetensors' names of the formats that are read. */
export type StoredFormat = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';
/** Formats in which weights are written. */
export type WeightFormat = 'float32' | 'float16' | 'bfloat16';

export const BYTES_PER_ELEMENT: Record<StoredFormat, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** The safetensors name of a format that is written. */
export const STORED_AS: Record<WeightFormat, StoredFormat> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

export function isStoredFormat(name: string): name is StoredFormat {
  return Object.hasOwn(BYTES_PER_ELEMENT, name);
}

// One scratch word, seen as a float and as its bits.
const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** All 65,536 halves as float32: a table is the fastest conversion there is. Built on first use. */
let halves: Float32Array | undefined;

function tableOfHalves(): Float32Array {
  return Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** The bits of the half nearest to a float32 (ties to even); values beyond 65,504 become infinite. */
export function toHalfBits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65,520 on, half way between the largest half and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent (127 → 15), then round the 13 bits away.
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Subnormal halves are multiples of 2⁻²⁴; adding 2²³ in float32 rounds to a whole number, ties to even.
  const multiple = Math.fround(Math.abs(Math.fround(value)) * 2 ** 24 + 2 ** 23) - 2 ** 23;
  return sign | multiple;
}

/** The bits of the bfloat16 nearest to a float32 (ties to even). */
export function toBfloat16Bits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/**
 * Decodes stored elements into float32.
 * @param bytes whole elements, little-endian, at any alignment.
 * @param target takes `bytes.length / BYTES_PER_ELEMENT[format]` values from `offset` on.
 */
export function decodeToFloat32(bytes: Uint8Array, format: StoredFormat, target: Float32Array, offset = 0): void {
  const size = BYTES_PER_ELEMENT[format];
  const count = bytes.length / size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'F32') {
    new Uint8Array(target.buffer, target.byteOffset + offset * 4, count * 4).set(bytes);
    return;
  }
  if (format === 'BF16') {
    const bits = new Uint32Array(target.buffer, target.byteOffset + offset * 4, count);
    for (let i = 0; i < count; i++) bits[i] = view.getUint16(2 * i, true) << 16;
    return;
  }
  if (format === 'F16') {
    halves ??= tableOfHalves();
    for (let i = 0; i < count; i++) target[offset + i] = halves[view.getUint16(2 * i, true)]!;
    return;
  }
  const read = ELEMENT_READERS[format];
  for (let i = 0; i < count; i++) target[offset + i] = read(view, i * size);
}

const ELEMENT_READERS: Record<Exclude<StoredFormat, 'F32' | 'F16' | 'BF16'>, (view: DataView, at: number) => number> = {
  F64: (view, at) => view.getFloat64(at, true),
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
};

/** Encodes float32 values for disk. A float32 result shares the values' memory. */
export function encodeWeights(values: Float32Array, format: WeightFormat): Uint8Array {
  if (format === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const convert = format === 'float16' ? toHalfBits : toBfloat16Bits;
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = convert(values[i]!);
  return new Uint8Array(bits.buffer);
}
