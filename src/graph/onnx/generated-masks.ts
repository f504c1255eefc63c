/**
 * Dropout masks made inside the model, so that none crosses the bus: a counter-based generator in graph operators.
 *
 * Element i of a mask is kept when a hash of i under the mask's key is below the probability of keeping; the key, two numbers for each mask and batch,
 * comes in from outside. Nothing is carried from element to element, so that a mask is a function of its key alone. The hash is made of the
 * bijection x·(2x + c), c odd (as in RC6), and of adding the upper half to the lower, in unsigned 32-bit arithmetic that wraps around: exclusive or and
 * shifts, which such hashes are usually made of, are not among the operators of ONNX Runtime's WebGPU provider.
 */
import type { Input } from '../graph.ts';
import { sizeOf } from '../tensor.ts';
import type { TensorType } from '../tensor.ts';
import { ONNX_TYPES } from './emitter.ts';
import type { Emitter } from './emitter.ts';

/** The model's input of keys: int32, a row of `KEYS_PER_MASK` numbers for each mask. */
export const MASK_KEYS = 'maskKeys';
export const KEYS_PER_MASK = 2;

export function maskKeysType(count: number): TensorType {
  return { shape: [count, KEYS_PER_MASK], type: 'int32' };
}

const SPREAD = 0x9e3779b1;
const ROUNDS = [0x85ebca6b, 0xc2b2ae35];
const LAST = 0x85ebca77;
const HALF = 65536;

/** The hash is below this with the probability of keeping. */
function thresholdOf(keepProbability: number): number {
  return Math.min(0xffffffff, Math.round(keepProbability * 2 ** 32));
}

/** What the model computes, for tests: whether element `index` of a mask with this key is kept. */
export function isKept(index: number, [first, second]: readonly [number, number], keepProbability: number): boolean {
  const mixed = (x: number, constant: number) => Math.imul(x, (2 * x + constant) | 0) >>> 0;
  let hash = (Math.imul(index, SPREAD) + first) >>> 0;
  ROUNDS.forEach((constant, round) => {
    hash = mixed(hash, constant);
    hash = (hash + Math.floor(hash / HALF) + (round % 2 === 0 ? second : first)) >>> 0;
  });
  hash = mixed(hash, LAST);
  return hash < thresholdOf(keepProbability);
}

/** Makes mask `index` of the model: a boolean tensor that stands for the input from here on. */
export function emitMask(emit: Emitter, { tensor, keepProbability }: Input, index: number): void {
  const key = (column: number) => {
    const row = emit.value('Slice', [
      MASK_KEYS,
      emit.integers([index, column]),
      emit.integers([index + 1, column + 1]),
      emit.integers([0, 1]),
    ]);
    return unsigned(emit, emit.value('Reshape', [row, emit.integers([1])]));
  };
  const keys = [key(0), key(1)];
  const add = (a: string, b: string) => emit.value('Add', [a, b]);
  const multiply = (a: string, b: string) => emit.value('Mul', [a, b]);
  const mixed = (x: string, constant: number) =>
    multiply(x, add(multiply(x, emit.unsigned(2)), emit.unsigned(constant)));
  let hash = add(multiply(indices(emit, tensor), emit.unsigned(SPREAD)), keys[0]!);
  ROUNDS.forEach((constant, round) => {
    hash = mixed(hash, constant);
    const upper = emit.value('Div', [hash, emit.unsigned(HALF)]);
    hash = add(add(hash, upper), keys[(round + 1) % 2]!);
  });
  hash = mixed(hash, LAST);
  const shaped = emit.value('Reshape', [hash, emit.shape(tensor.shape)]);
  const mask = emit.fresh('mask');
  emit.node('Less', [shaped, emit.unsigned(thresholdOf(keepProbability ?? 1))], [mask]);
  emit.rename(tensor, mask);
}

/** 0, 1, 2 … for each element. */
function indices(emit: Emitter, { shape }: TensorType): string {
  const scalar = (name: string) => emit.value('Cast', [emit.value('Squeeze', [name])], { to: ONNX_TYPES.int32 });
  const bounds = [emit.integers([0]), emit.dimension(sizeOf(shape)), emit.integers([1])].map(scalar);
  return unsigned(emit, emit.value('Range', bounds));
}

function unsigned(emit: Emitter, name: string): string {
  return emit.value('Cast', [name], { to: UINT32 });
}

const UINT32 = 12;
