/**
 * Which stored tensor is which: model folders name the same tensors differently.
 *
 * The rest of the program uses the full names of `transformers` (`transformer.h.0.…`, `bert.encoder.layer.0.…`). Folders saved from the
 * bare model lack the prefix; BERTs converted from TensorFlow call LayerNorm's tensors gamma and beta; tied tensors may be stored once or
 * twice; old GPT-2 files hold the attention mask. Each stored name is brought to its canonical one, then matched.
 */
import { UserError } from '../foundation/errors.ts';
import type { TensorSource } from './tensor-source.ts';

export type Architecture = 'gpt2' | 'bert';

/** A tensor that a model needs, under its canonical name. */
export interface ExpectedTensor {
  name: string;
  shape: readonly number[];
}

export interface TensorMatch {
  /** Canonical name → the source's name. */
  mapping: Map<string, string>;
  /** Expected tensors that are optional and not there: they start from random values. */
  missing: string[];
  /** The source's tensors that nothing asked for, for a note to the user. */
  superfluous: string[];
}

interface NamingRules {
  /** The bare model's prefix in the canonical names. */
  prefix: string;
  /** Canonical names that do not carry the prefix. */
  unprefixed: RegExp;
  /** Stored tensors that are no weights, or copies of tied ones: silently left out. */
  ignored: RegExp;
  /** A tensor that may stand in for another one, being tied to it: name → its twin. */
  tied: ReadonlyMap<string, string>;
  rename: (name: string) => string;
}

const RULES: Record<Architecture, NamingRules> = {
  gpt2: {
    prefix: 'transformer.',
    unprefixed: /^(lm_head|score|classifier)\./,
    // The causal mask was once stored with every layer.
    ignored: /\.attn\.(bias|masked_bias)$/,
    tied: new Map([
      ['lm_head.weight', 'transformer.wte.weight'],
      ['transformer.wte.weight', 'lm_head.weight'],
    ]),
    rename: (name) => name,
  },
  bert: {
    prefix: 'bert.',
    unprefixed: /^(cls|classifier|qa_outputs)\./,
    ignored: /^bert\.embeddings\.(position_ids|token_type_ids)$/,
    tied: new Map([
      ['cls.predictions.decoder.weight', 'bert.embeddings.word_embeddings.weight'],
      ['cls.predictions.decoder.bias', 'cls.predictions.bias'],
      ['cls.predictions.bias', 'cls.predictions.decoder.bias'],
    ]),
    rename: (name) =>
      name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias'),
  },
};

/** A stored tensor's canonical name. */
export function canonicalName(stored: string, architecture: Architecture): string {
  const { prefix, unprefixed, rename } = RULES[architecture];
  const name = rename(stored);
  return name.startsWith(prefix) || unprefixed.test(name) ? name : `${prefix}${name}`;
}

/**
 * Finds each expected tensor in the source.
 * @param options.optional patterns of canonical names that may be missing, or have another shape (a classifier for other labels).
 * @throws UserError naming the tensor, both shapes and the file, when a tensor that is not optional is missing or misshaped.
 */
export function matchTensors(
  source: TensorSource,
  expected: readonly ExpectedTensor[],
  architecture: Architecture,
  { optional = [] }: { optional?: readonly RegExp[] } = {},
): TensorMatch {
  const { ignored, tied } = RULES[architecture];
  const stored = new Map<string, string>();
  for (const name of source.names()) {
    const canonical = canonicalName(name, architecture);
    if (!ignored.test(canonical)) stored.set(canonical, name);
  }

  const mapping = new Map<string, string>();
  const missing: string[] = [];
  const used = new Set<string>();
  for (const { name, shape } of expected) {
    const isOptional = optional.some((pattern) => pattern.test(name));
    const twin = tied.get(name);
    const storedName = stored.get(name) ?? (twin === undefined ? undefined : stored.get(twin));
    if (storedName === undefined) {
      if (!isOptional) {
        throw new UserError(`tensor ${name} [${shape.join(', ')}] is missing`, {
          where: source.file(),
          remedy: `the weights are not those of this ${architecture} model, or incomplete`,
        });
      }
      missing.push(name);
      continue;
    }
    used.add(storedName);
    const storedShape = source.shape(storedName);
    if (!equalShapes(storedShape, shape)) {
      if (isOptional) {
        missing.push(name);
        continue;
      }
      throw new UserError(
        `tensor ${storedName} has the shape [${storedShape.join(', ')}], config.json asks for [${shape.join(', ')}]`,
        { where: source.file(storedName), remedy: 'use the config.json that belongs to these weights' },
      );
    }
    mapping.set(name, storedName);
  }

  const isTiedCopy = (canonical: string) => {
    const twin = tied.get(canonical);
    return twin !== undefined && mapping.has(twin);
  };
  const superfluous = [...stored].filter(([canonical, name]) => !used.has(name) && !isTiedCopy(canonical));
  return { mapping, missing, superfluous: superfluous.map(([, name]) => name) };
}

function equalShapes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
