/**
 * PyTorch's weight files (`pytorch_model.bin`), read without Python and without running what they contain.
 *
 * Both forms hold a pickled dictionary of tensors; each tensor is a view (offset, shape, strides) of a storage, whose raw elements lie
 * elsewhere in the file: since PyTorch 1.6 as an uncompressed entry of a zip archive, before that behind the pickles. Only the pickles
 * are read on opening; elements are read from the file when asked for.
 */
import { openPromise, type Entry } from 'yauzl';
import { explainFileError, messageOf, UserError } from '../foundation/errors.ts';
import { BYTES_PER_ELEMENT, type StoredFormat } from './number-formats.ts';
import { readPickle, type PickleWorld } from './pickle.ts';
import { FileTensorSource, openForReading, readExactly, type StoredTensor } from './tensor-source.ts';
import type { FileHandle } from 'node:fs/promises';

const REMEDY = 'convert the weights to safetensors, e.g. with save_pretrained of transformers';
/** Pickles of the largest models are below a megabyte; a longer one is not a state dictionary. */
const LONGEST_PICKLE = 64 << 20;
/** The pickles at the head of the older form are read in one go. */
const LEGACY_HEAD = 16 << 20;
/** `torch.serialization.MAGIC_NUMBER`. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

const STORAGE_FORMATS: Record<string, StoredFormat> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** A block of elements, known by its key until its place in the file is known. */
class Storage {
  readonly key: string;
  readonly format: StoredFormat;
  readonly length: number;

  constructor(key: string, format: StoredFormat, length: number) {
    this.key = key;
    this.format = format;
    this.length = length;
  }
}

/** A tensor as the pickle describes it. */
class PickledTensor {
  readonly storage: Storage;
  /** In elements, like the strides. */
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];

  constructor(storage: Storage, offset: number, shape: number[], strides: number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** The names that a state dictionary's pickle may use. */
type KnownGlobal = 'tensor' | 'parameter' | 'dictionary' | { storage: StoredFormat };

/**
 * Opens a file written by `torch.save` of a state dictionary.
 * @throws UserError when it is damaged, or holds anything but tensors and plain values: such pickles may run programs.
 */
export async function openPytorchFile(path: string): Promise<FileTensorSource> {
  const handle = await openForReading(path);
  try {
    const start = await readExactly(handle, new Uint8Array(4), 0, path);
    const isZip = start[0] === 0x50 && start[1] === 0x4b;
    const tensors = isZip ? await readZip(handle, path) : await readLegacy(handle, path);
    return new FileTensorSource(path, handle, tensors);
  } catch (error) {
    await handle.close();
    throw explainFileError(error);
  }
}

async function readZip(handle: FileHandle, path: string): Promise<Map<string, StoredTensor>> {
  const damaged = (what: string) => new UserError(what, { where: path, remedy: 'the file is damaged: fetch it again' });
  const entries = new Map<string, { offset: number; length: number }>();
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
        entries.set(withoutFirstFolder(entry), { offset: fileDataStart, length: storedLength(entry, path) });
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(`not a readable zip archive: ${messageOf(error)}`);
  }

  const read = async (name: string) => {
    const entry = entries.get(name);
    if (!entry) return undefined;
    if (entry.length > LONGEST_PICKLE) throw damaged(`${name} has ${entry.length} bytes`);
    return readExactly(handle, new Uint8Array(entry.length), entry.offset, path);
  };
  const byteOrder = await read('byteorder');
  if (byteOrder && new TextDecoder().decode(byteOrder) !== 'little') {
    throw new UserError('the numbers are big-endian, which is not supported', { where: path, remedy: REMEDY });
  }
  const pickle = await read('data.pkl');
  if (!pickle) throw new UserError('the zip archive holds no data.pkl', { where: path, remedy: REMEDY });
  const { value } = readPickle(pickle, 0, stateDictionaryWorld(path), path);
  return placeTensors(stateDictionary(value, path), path, (storage, name) => {
    const entry = entries.get(`data/${storage.key}`);
    const bytes = storage.length * BYTES_PER_ELEMENT[storage.format];
    if (entry?.length !== bytes) {
      throw damaged(`tensor ${name}: data/${storage.key} has ${entry?.length ?? 'no'} bytes, ${bytes} are needed`);
    }
    return entry.offset;
  });
}

/** Archives hold one folder, named after the file that was first written. */
function withoutFirstFolder({ fileName }: Entry): string {
  return fileName.slice(fileName.indexOf('/') + 1);
}

function storedLength(entry: Entry, path: string): number {
  if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
    throw new UserError(`${entry.fileName} is compressed, which PyTorch never does`, { where: path, remedy: REMEDY });
  }
  return entry.uncompressedSize;
}

/** The form before PyTorch 1.6: four pickles, the list of storage keys, then each storage as its length (int64) and its elements. */
async function readLegacy(handle: FileHandle, path: string): Promise<Map<string, StoredTensor>> {
  const { size } = await handle.stat();
  const head = await readExactly(handle, new Uint8Array(Math.min(size, LEGACY_HEAD)), 0, path);
  const world = stateDictionaryWorld(path);
  if (head[0] !== 0x80) {
    throw new UserError('is no file written by torch.save', { where: path, remedy: REMEDY });
  }
  const magic = readPickle(head, 0, world, path);
  if (magic.value !== LEGACY_MAGIC) {
    throw new UserError('is no file written by torch.save', { where: path, remedy: REMEDY });
  }
  const protocol = readPickle(head, magic.end, world, path);
  const system = readPickle(head, protocol.end, world, path);
  if (system.value instanceof Map && system.value.get('little_endian') === false) {
    throw new UserError('the numbers are big-endian, which is not supported', { where: path, remedy: REMEDY });
  }
  const content = readPickle(head, system.end, world, path);
  const keys = readPickle(head, content.end, world, path);
  const pickled = stateDictionary(content.value, path);

  const storages = new Map([...pickled.values()].map(({ storage }) => [storage.key, storage]));
  const offsets = new Map<string, number>();
  let at = keys.end;
  for (const key of Array.isArray(keys.value) ? keys.value : []) {
    const storage = storages.get(String(key));
    const lengthBytes = Buffer.from(await readExactly(handle, new Uint8Array(8), at, path));
    const length = Number(lengthBytes.readBigInt64LE());
    if (storage?.length !== length) {
      throw new UserError(`storage ${String(key)} has ${length} elements, ${storage?.length ?? 'none'} were expected`, {
        where: path,
        remedy: REMEDY,
      });
    }
    offsets.set(storage.key, at + 8);
    at += 8 + length * BYTES_PER_ELEMENT[storage.format];
  }
  if (at > size) {
    throw new UserError(`the file ends at byte ${size}, its tensors at ${at}`, {
      where: path,
      remedy: 'it is cut off: fetch it again',
    });
  }
  return placeTensors(pickled, path, (storage, name) => {
    const offset = offsets.get(storage.key);
    if (offset === undefined)
      throw new UserError(`tensor ${name}: its elements are missing`, { where: path, remedy: REMEDY });
    return offset;
  });
}

/** What the names in a state dictionary's pickle mean; every other name is refused, and nothing is ever run. */
function stateDictionaryWorld(path: string): PickleWorld {
  const refuse = (what: string) => new UserError(what, { where: path, remedy: REMEDY });
  return {
    global: (module, name): KnownGlobal => {
      const format = module === 'torch' && Object.hasOwn(STORAGE_FORMATS, name) ? STORAGE_FORMATS[name] : undefined;
      if (format) return { storage: format };
      if (module === 'torch._utils' && name === '_rebuild_tensor_v2') return 'tensor';
      if (module === 'torch._utils' && name === '_rebuild_parameter') return 'parameter';
      if (module === 'collections' && name === 'OrderedDict') return 'dictionary';
      throw refuse(`the pickle asks for ${module}.${name}, which a file of weights does not need; nothing was run`);
    },
    call: (callable, args) => {
      if (callable === 'dictionary') return new Map(Array.isArray(args[0]) ? pairs(args[0]) : []);
      if (callable === 'parameter') return args[0];
      if (callable === 'tensor') {
        const [storage, offset, shape, strides] = args;
        if (
          storage instanceof Storage &&
          isSize(offset) &&
          isSizes(shape) &&
          isSizes(strides) &&
          shape.length === strides.length
        ) {
          return new PickledTensor(storage, offset, shape, strides);
        }
      }
      throw refuse('the pickle calls something in a way that a file of weights does not');
    },
    persistent: (id) => {
      if (Array.isArray(id)) {
        const [kind, global, key, , length, view] = id as unknown[];
        const format = isStorageGlobal(global) ? global.storage : undefined;
        if (kind === 'storage' && format && typeof key === 'string' && isSize(length) && (view ?? null) === null) {
          return new Storage(key, format, length);
        }
      }
      throw refuse('the pickle refers to something that is no storage of numbers');
    },
  };
}

function pairs(items: readonly unknown[]): [unknown, unknown][] {
  return items.flatMap((item) => (Array.isArray(item) && item.length === 2 ? [[item[0], item[1]]] : []));
}

function isStorageGlobal(value: unknown): value is { storage: StoredFormat } {
  return typeof value === 'object' && value !== null && 'storage' in value;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}

/** The tensors of the unpickled dictionary; values that are none (a training state's counters) are left out. */
function stateDictionary(value: unknown, path: string): Map<string, PickledTensor> {
  const tensors = new Map<string, PickledTensor>();
  for (const [name, tensor] of value instanceof Map ? (value as Map<unknown, unknown>) : []) {
    if (typeof name === 'string' && tensor instanceof PickledTensor) tensors.set(name, tensor);
  }
  if (tensors.size === 0) {
    throw new UserError('holds no dictionary of tensors', {
      where: path,
      remedy: 'expected is what torch.save(model.state_dict(), …) writes',
    });
  }
  return tensors;
}

/** Turns views of storages into places in the file. */
function placeTensors(
  pickled: ReadonlyMap<string, PickledTensor>,
  path: string,
  offsetOf: (storage: Storage, name: string) => number,
): Map<string, StoredTensor> {
  const placed = new Map<string, StoredTensor>();
  for (const [name, { storage, offset, shape, strides }] of pickled) {
    const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
    if (!shape.includes(0) && last >= storage.length) {
      throw new UserError(`tensor ${name} [${shape.join(', ')}] reaches beyond its storage of ${storage.length}`, {
        where: path,
        remedy: 'the file is damaged: fetch it again',
      });
    }
    const start = offsetOf(storage, name) + offset * BYTES_PER_ELEMENT[storage.format];
    placed.set(name, { dtype: storage.format, shape, start, strides });
  }
  return placed;
}
