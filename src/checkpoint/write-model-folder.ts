/** Writing a Hugging Face model folder that `transformers` reads by `from_pretrained`. */
import { join } from 'node:path';
import { writeFolderAtomically, writeJson } from '../foundation/files.ts';
import { TOKENIZER_FILES } from '../text/tokenizer.ts';
import { elementCount } from '../graph/tensor.ts';
import { BYTES_PER_ELEMENT, STORED_AS, type WeightFormat } from './number-formats.ts';
import { writeSafetensors, type TensorToWrite } from './safetensors.ts';

export interface ModelToWrite {
  /** The content of `config.json`; `model_type` and `architectures` tell `transformers` the class. `dtype` is filled in. */
  config: Readonly<Record<string, unknown>>;
  /** The weights under their canonical names; tied tensors only once. A large model's are best given as functions. */
  tensors: Iterable<TensorToWrite>;
  /** The number format on disk; float32 unless stated. */
  dtype?: WeightFormat;
  /** Writes its own files into the folder. */
  tokenizer?: { save(folder: string): Promise<void> };
  /** A new file is begun before one grows beyond this many bytes; 5 GB unless stated, as `transformers` does. */
  maxShardBytes?: number;
}

/** Writes a model folder, whole or not at all; what stood there is replaced. @throws UserError when the disk is full and the like. */
export async function writeModelFolder(
  folder: string,
  { config, tensors, dtype = 'float32', tokenizer, maxShardBytes = 5e9 }: ModelToWrite,
): Promise<void> {
  await writeFolderAtomically(folder, async (scratch) => {
    // `dtype` was called `torch_dtype` before transformers 5; an old one must not contradict.
    await writeJson(join(scratch, 'config.json'), { ...config, torch_dtype: undefined, dtype });
    await writeWeights(scratch, tensors, dtype, maxShardBytes);
    await tokenizer?.save(scratch);
  });
}

/** Whether files by these names are a model of this product's writing, and nothing else. */
export const isModelFolder = (names: readonly string[]): boolean =>
  names.includes('config.json') &&
  names.every(
    (name) => /^(config\.json|model.*\.safetensors(\.index\.json)?)$/.test(name) || TOKENIZER_FILES.includes(name),
  );

async function writeWeights(
  folder: string,
  tensors: Iterable<TensorToWrite>,
  dtype: WeightFormat,
  maxShardBytes: number,
): Promise<void> {
  const shards = inShards([...tensors], BYTES_PER_ELEMENT[STORED_AS[dtype]], maxShardBytes);
  if (shards.length <= 1) {
    await writeSafetensors(join(folder, 'model.safetensors'), shards[0] ?? [], dtype);
    return;
  }
  const number = (n: number) => String(n).padStart(5, '0');
  const weightMap: Record<string, string> = {};
  let totalSize = 0;
  for (const [index, shard] of shards.entries()) {
    const file = `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`;
    totalSize += await writeSafetensors(join(folder, file), shard, dtype);
    for (const { name } of shard) weightMap[name] = file;
  }
  await writeJson(join(folder, 'model.safetensors.index.json'), {
    metadata: { total_size: totalSize },
    weight_map: weightMap,
  });
}

/** Consecutive groups of tensors, each below the limit unless a single tensor is larger. */
function inShards(tensors: readonly TensorToWrite[], bytesPerElement: number, limit: number): TensorToWrite[][] {
  const shards: TensorToWrite[][] = [];
  let size = 0;
  for (const tensor of tensors) {
    const bytes = elementCount(tensor.shape) * bytesPerElement;
    const last = shards.at(-1);
    if (last && size + bytes <= limit) {
      last.push(tensor);
      size += bytes;
    } else {
      shards.push([tensor]);
      size = bytes;
    }
  }
  return shards;
}
