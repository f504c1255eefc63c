/**
 * Sentences from a GPT-2, many at a time, with a key/value cache.
 *
 * The batch is a row of slots. Every run of the decoding graph appends one token to each slot's sentence; a slot whose sentence has ended takes the
 * next one at once, from the start of its stretch of the cache. Sentence i draws from a stream of its own, one number a token, so that it
 * is the same whatever the number of slots and whichever neighbours it has. There are never fewer than two rows: a product with a
 * single row is computed in another order and would round differently.
 */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { UserError } from '../foundation/errors.ts';
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import type { Device, Parameters, Program } from '../runtime/device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { sampleToken } from './token-sampler.ts';

export interface SamplingSettings {
  readonly temperature: number;
  /** Only the k most probable tokens are drawn from; 0 for all. */
  readonly topK: number;
  /** A sentence ends after this many white-space words. */
  readonly maxWords: number;
  /** Room for a sentence's tokens; a sentence that fills it ends there. */
  readonly maxTokens: number;
  /** Sentences worked on at once. */
  readonly batchSize: number;
}

export interface SampledSentence {
  /** Its number; names its random stream. */
  readonly index: number;
  readonly text: string;
  readonly tokens: number;
  /** Ended by the model, by the limit of words, or by the limit of tokens. */
  readonly ending: 'end-of-text' | 'words' | 'tokens';
}

interface Slot {
  index: number;
  /** The prompt, then what was drawn. */
  ids: number[];
  /** How many of them are in the cache. */
  cached: number;
  words: number;
  stream: RandomStream;
}

const MINIMUM_ROWS = 2;
/** ONNX Runtime's attention with a cache reads heads in vectors of this many numbers. */
const HEAD_WIDTH_MULTIPLE = 8;

/** Writes sentences with one model. `dispose` it when done. */
export class SentenceSampler {
  readonly #program: Program;
  readonly #tokenizer: Tokenizer;
  readonly #settings: SamplingSettings;
  readonly #prompt: readonly number[];
  readonly #promptWords: number;
  readonly #capacity: number;
  readonly #vocabularySize: number;
  readonly #wordStarts: Uint8Array;

  private constructor(
    program: Program,
    config: Gpt2Config,
    tokenizer: Tokenizer,
    settings: SamplingSettings,
    prompt: readonly number[],
  ) {
    this.#program = program;
    this.#tokenizer = tokenizer;
    this.#settings = settings;
    this.#prompt = prompt;
    this.#promptWords = tokenizer.decode([...prompt], { skipSpecialTokens: true }).match(/\S+/g)?.length ?? 0;
    this.#capacity = Math.min(config.n_positions, prompt.length + settings.maxTokens);
    this.#vocabularySize = config.vocab_size;
    this.#wordStarts = Uint8Array.from({ length: config.vocab_size }, (_, id) =>
      startsWord(tokenizer.idToToken(id)) ? 1 : 0,
    );
  }

  /**
   * @param prompt what every sentence continues, after the end-of-text token; not part of the sentence's limit of words.
   * @throws UserError when the model's heads have a width that the cache does not take.
   */
  static async create(
    device: Device,
    config: Gpt2Config,
    tokenizer: Tokenizer,
    parameters: Parameters,
    settings: SamplingSettings,
    prompt = '',
  ): Promise<SentenceSampler> {
    const width = config.n_embd / config.n_head;
    if (width % HEAD_WIDTH_MULTIPLE !== 0) {
      throw new UserError(`a GPT-2 with heads of width ${width} cannot be sampled from`, {
        remedy: `n_embd / n_head must be a multiple of ${HEAD_WIDTH_MULTIPLE}`,
      });
    }
    const program = await device.createProgram(gpt2Decoding(config, settings.topK), parameters, { frozen: true });
    const start = [tokenizer.endOfText ?? 0, ...tokenizer.encode(prompt)];
    return new SentenceSampler(program, config, tokenizer, settings, start);
  }

  /**
   * Sentences `first`, `first + 1`, … in order, without end: stop iterating to stop.
   * @param seed,path name the sentences' random streams, together with the sentence's number.
   */
  async *sample(first: number, seed: number, ...path: StreamName[]): AsyncGenerator<SampledSentence> {
    const rows = Math.max(MINIMUM_ROWS, this.#settings.batchSize);
    const state = await this.#program.createState({ batch: rows, capacity: this.#capacity });
    try {
      let next = first;
      const begin = (): Slot => {
        const index = next++;
        const stream = RandomStream.named(seed, ...path, 'sentence', index);
        return { index, ids: [...this.#prompt], cached: 0, words: 0, stream };
      };
      const slots = Array.from({ length: rows }, begin);
      const finished = new Map<number, SampledSentence>();
      let due = first;
      for (;;) {
        const drawn = await this.#step(slots, state);
        slots.forEach((slot, row) => {
          const sentence = drawn[row] === undefined ? undefined : this.#extend(slot, drawn[row]);
          if (!sentence) return;
          finished.set(sentence.index, sentence);
          slots[row] = begin();
        });
        for (let sentence = finished.get(due); sentence; sentence = finished.get(due)) {
          finished.delete(due++);
          yield sentence;
        }
      }
    } finally {
      await state.dispose();
    }
  }

  /**
   * Puts one more token of each slot into the cache; draws a token for those whose last one that was.
   *
   * A slot still inside its prompt is fed its next prompt token, and draws nothing.
   */
  async #step(
    slots: readonly Slot[],
    state: Awaited<ReturnType<Program['createState']>>,
  ): Promise<(number | undefined)[]> {
    const column = (values: number[]) => ({ shape: [slots.length, 1], data: Int32Array.from(values) });
    const positions = slots.map((slot) => slot.cached);
    const results = await this.#program.run(
      {
        inputIds: column(slots.map((slot) => slot.ids[slot.cached]!)),
        positionIds: column(positions),
        lastPosition: { shape: [slots.length], data: Int32Array.from(positions) },
        lastIndex: { shape: [slots.length], data: new Int32Array(slots.length) },
        totalLength: { shape: [], data: Int32Array.of(Math.max(...positions) + 1) },
      },
      state,
    );
    const { topK, temperature } = this.#settings;
    const width = topK > 0 ? Math.min(topK, this.#vocabularySize) : this.#vocabularySize;
    const values = (topK > 0 ? results.values : results.logits)!.data;
    const indices = results.indices?.data;
    return slots.map((slot, row) => {
      slot.cached++;
      if (slot.cached < slot.ids.length) return undefined;
      const logits = values.subarray(row * width, (row + 1) * width);
      const ids = indices?.subarray(row * width, (row + 1) * width);
      if (!(logits instanceof Float32Array) || (ids && !(ids instanceof Int32Array)))
        throw new Error('unexpected results');
      return sampleToken(logits, ids, temperature, slot.stream);
    });
  }

  /** Appends a token to a slot's sentence. @returns the sentence when it has ended. */
  #extend(slot: Slot, token: number): SampledSentence | undefined {
    if (token === this.#tokenizer.endOfText) return this.#sentence(slot, 'end-of-text');
    // The first token of a sentence begins a word without a space before it.
    const isFirst = slot.ids.length === 1;
    if (isFirst || this.#wordStarts[token] === 1) slot.words++;
    if (slot.words > this.#settings.maxWords) return this.#sentence(slot, 'words');
    slot.ids.push(token);
    return slot.ids.length >= this.#capacity ? this.#sentence(slot, 'tokens') : undefined;
  }

  #sentence(slot: Slot, ending: SampledSentence['ending']): SampledSentence {
    // The end-of-text token at the start is not text; a prompt is.
    const text = this.#tokenizer.decode(slot.ids.slice(1), { skipSpecialTokens: true }).trim();
    const limit = this.#promptWords + this.#settings.maxWords;
    return { index: slot.index, text: firstWords(text, limit), tokens: slot.ids.length - this.#prompt.length, ending };
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

/** The first words of a text. Tokens only tell most word starts (a space may hide within one), so the limit is kept here. */
function firstWords(text: string, count: number): string {
  const words = text.matchAll(/\S+/g);
  let index = 0;
  for (const word of words) if (index++ === count) return text.slice(0, word.index).trimEnd();
  return text;
}

/** Whether a byte-level token begins a new white-space word (Ġ is a space, Ċ a line break, ĉ a tab). */
function startsWord(token: string | undefined): boolean {
  return token !== undefined && /^[ĠĊĉ]/.test(token);
}
