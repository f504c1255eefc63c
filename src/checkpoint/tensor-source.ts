/**
 * Named tensors that lie on disk and are read one at a time: what every kind of weight file looks like to the rest of the program.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { explainFileError, UserError } from '../foundation/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { areFinite } from '../runtime/finite.ts';
import { BYTES_PER_ELEMENT, decodeToFloat32, type StoredFormat } from './number-formats.ts';

/** Tensors by name. Nothing is held in memory; each read goes to disk. */
export interface TensorSource {
  names(): string[];
  /** @throws UserError when there is no such tensor (so do the others below). */
  shape(name: string): number[];
  dtype(name: string): StoredFormat;
  /** The file that holds the tensor, or without a name the file that stands for all (the index, when there are shards). */
  file(name?: string): string;
  /**
   * Reads a tensor as float32, row-major.
   * @param target must have as many elements as the tensor.
   */
  readInto(name: string, target: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Reads a tensor of a model as `readInto` does. One matrix of attention that is not all numbers is enough for results that are wrong, and on a GPU look like numbers all
 * the same: its softmax makes zeros of what are none.
 * @throws UserError naming the tensor when an element is not finite.
 */
export async function readFinite(source: TensorSource, name: string, target: Float32Array): Promise<void> {
  await source.readInto(name, target);
  if (areFinite(target)) return;
  throw new UserError(`tensor ${name} holds numbers that are not finite`, {
    where: source.file(name),
    remedy: 'choose another model, or another checkpoint of this one',
  });
}

/** Where a tensor's elements lie in a file. */
export interface StoredTensor {
  dtype: StoredFormat;
  shape: number[];
  /** Offset of the first byte in the file. */
  start: number;
  /** Distances between neighbours along each axis, in elements; row-major when absent. (Weights that came from TensorFlow are transposed.) */
  strides?: number[];
}

/** Bytes read at once where elements have to be converted. */
const CONVERSION_BYTES = 1 << 20;

/** The operating system takes less than 2 GB at a time. */
const LONGEST_READ = 1 << 30;

/** Opens a file for reading. @throws UserError naming it. */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw explainFileError(error);
  }
}

/** Reads exactly `length` bytes at `position`. @throws UserError when the file ends before. */
export async function readExactly(
  handle: FileHandle,
  target: Uint8Array,
  position: number,
  where: string,
): Promise<Uint8Array> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(
      target,
      done,
      Math.min(target.length - done, LONGEST_READ),
      position + done,
    );
    if (bytesRead === 0) {
      throw new UserError(`the file ends at byte ${position + done}, in the middle of its content`, {
        where,
        remedy: 'it is cut off: fetch or write it again',
      });
    }
    done += bytesRead;
  }
  return target;
}

/** The tensors of one open file. */
export class FileTensorSource implements TensorSource {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #tensors: ReadonlyMap<string, StoredTensor>;

  constructor(path: string, handle: FileHandle, tensors: ReadonlyMap<string, StoredTensor>) {
    this.#path = path;
    this.#handle = handle;
    this.#tensors = tensors;
  }

  names(): string[] {
    return [...this.#tensors.keys()];
  }

  shape(name: string): number[] {
    return [...this.#tensor(name).shape];
  }

  dtype(name: string): StoredFormat {
    return this.#tensor(name).dtype;
  }

  file(): string {
    return this.#path;
  }

  async readInto(name: string, target: Float32Array): Promise<void> {
    const { dtype, shape, start, strides } = this.#tensor(name);
    const count = elementCount(shape);
    if (target.length !== count) {
      throw new RangeError(`${name} has ${count} elements (${shape.join(' × ')}), the target ${target.length}`);
    }
    const where = `${this.#path} (${name})`;
    if (strides && count > 0 && !isRowMajor(shape, strides)) {
      const span = 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
      const elements = new Float32Array(span);
      await this.#readElements(elements, dtype, start, where);
      gather(elements, shape, strides, target);
    } else {
      await this.#readElements(target, dtype, start, where);
    }
  }

  async #readElements(target: Float32Array, dtype: StoredFormat, start: number, where: string): Promise<void> {
    if (dtype === 'F32') {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      await readExactly(this.#handle, bytes, start, where);
      return;
    }
    const size = BYTES_PER_ELEMENT[dtype];
    const chunk = new Uint8Array(Math.min(CONVERSION_BYTES, target.length * size));
    for (let done = 0; done < target.length;) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, (target.length - done) * size));
      await readExactly(this.#handle, bytes, start + done * size, where);
      decodeToFloat32(bytes, dtype, target, done);
      done += bytes.length / size;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #tensor(name: string): StoredTensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new UserError(`holds no tensor ${name}`, { where: this.#path });
    return tensor;
  }
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather(
  elements: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  target: Float32Array,
): void {
  const index = shape.map(() => 0);
  for (let position = 0, from = 0; position < target.length; position++) {
    target[position] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

/** Several files as one, for weights in shards. Each name must be in the shard that the index says. */
export class ShardedTensorSource implements TensorSource {
  readonly #indexPath: string;
  readonly #shards: readonly TensorSource[];
  readonly #shardOf: ReadonlyMap<string, TensorSource>;

  /** @throws UserError when a shard lacks a tensor that the index puts there. */
  constructor(indexPath: string, weightMap: ReadonlyMap<string, string>, shards: ReadonlyMap<string, TensorSource>) {
    this.#indexPath = indexPath;
    this.#shards = [...shards.values()];
    const shardOf = new Map<string, TensorSource>();
    const namesOf = new Map([...shards].map(([file, shard]) => [file, new Set(shard.names())]));
    for (const [name, file] of weightMap) {
      const shard = shards.get(file);
      if (!shard || !namesOf.get(file)?.has(name)) {
        throw new UserError(`says that ${file} holds ${name}, which it does not`, {
          where: indexPath,
          remedy: 'the shards do not belong together: fetch the folder again',
        });
      }
      shardOf.set(name, shard);
    }
    this.#shardOf = shardOf;
  }

  names(): string[] {
    return [...this.#shardOf.keys()];
  }

  shape(name: string): number[] {
    return this.#shard(name).shape(name);
  }

  dtype(name: string): StoredFormat {
    return this.#shard(name).dtype(name);
  }

  file(name?: string): string {
    return name === undefined ? this.#indexPath : this.#shard(name).file(name);
  }

  async readInto(name: string, target: Float32Array): Promise<void> {
    await this.#shard(name).readInto(name, target);
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  #shard(name: string): TensorSource {
    const shard = this.#shardOf.get(name);
    if (!shard) throw new UserError(`names no tensor ${name}`, { where: this.#indexPath });
    return shard;
  }
}
