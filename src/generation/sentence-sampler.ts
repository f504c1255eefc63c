/**
 * Sentences from a GPT-2, many at a time, with a key/value cache.
 *
 * The batch is a row of slots. Every run of the decoding graph appends one token to each slot's sentence; a slot whose sentence has ended takes the
 * next one at once, from the start of its stretch of the cache. Sentence i draws from a stream of its own, one number a token, so that it
 * is the same whatever the number of slots and whichever neighbours it has. There are never fewer than two rows (FEWEST_ROWS).
 */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { UserError } from '../foundation/errors.ts';
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import type { Device, Parameters, Program, ProgramOptions } from '../runtime/device.ts';
import { requireFinite } from '../runtime/finite.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { chooseBatch, FEWEST_ROWS } from './sampling-batch.ts';
import { candidatesNeeded, chooseToken } from './token-sampler.ts';
import type { TokenChoice } from './token-sampler.ts';

export interface SamplingSettings extends TokenChoice {
  /** A sentence ends after this many white-space words. */
  readonly maxWords: number;
  /** Room for a sentence's tokens; a sentence that fills it ends there. */
  readonly maxTokens: number;
  /** Sentences worked on at once; by default as many as memory allows and help. On a processor it does not change them. */
  readonly batchSize?: number | undefined;
  /** Sentences are given without the prompts that they continue. */
  readonly withoutPrompt?: boolean;
}

export interface SampledSentence {
  /** Its number; names its random stream. */
  readonly index: number;
  readonly text: string;
  readonly tokens: number;
  /** Ended by the model, by the limit of words, or by the limit of tokens. */
  readonly ending: 'end-of-text' | 'words' | 'tokens';
}

/** What sentences continue. */
interface Prompt {
  /** The end-of-text token, then the text's tokens. */
  readonly ids: readonly number[];
  readonly words: number;
}

interface Slot {
  index: number;
  prompt: Prompt;
  /** The prompt, then what was drawn. */
  ids: number[];
  /** How many of them are in the cache. */
  cached: number;
  words: number;
  stream: RandomStream;
}

/** ONNX Runtime's attention with a cache reads heads in vectors of this many numbers. */
const HEAD_WIDTH_MULTIPLE = 8;

export interface SamplerOptions extends ProgramOptions {
  /** Sentences that are wanted in all, where that is known: no more are then worked on at once, unless the settings say how many. */
  readonly wanted?: number;
  /** The model's folder, for what is said of it. */
  readonly folder?: string;
}

/** Whether a model's heads have a width that decoding with a cache takes. */
export const canBeSampledFrom = ({ n_embd, n_head }: Pick<Gpt2Config, 'n_embd' | 'n_head'>): boolean =>
  (n_embd / n_head) % HEAD_WIDTH_MULTIPLE === 0;

/** Writes sentences with one model. `dispose` it when done. */
export class SentenceSampler {
  readonly #program: Program;
  readonly #tokenizer: Tokenizer;
  readonly #settings: SamplingSettings;
  readonly #prompts: readonly Prompt[];
  readonly #capacity: number;
  readonly #rows: number;
  readonly #vocabularySize: number;
  readonly #wordStarts: Uint8Array;
  readonly #check: (logits: Float32Array) => void;

  private constructor(
    program: Program,
    config: Gpt2Config,
    tokenizer: Tokenizer,
    settings: SamplingSettings,
    prompts: readonly Prompt[],
    rows: (capacity: number) => number,
    check: (logits: Float32Array) => void,
  ) {
    this.#program = program;
    this.#check = check;
    this.#tokenizer = tokenizer;
    this.#settings = settings;
    this.#prompts = prompts;
    // Not spread into a call, which takes no more values than the stack holds: prompts may be as many as a file has lines.
    const longest = prompts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
    this.#capacity = Math.min(config.n_positions, longest + settings.maxTokens);
    this.#rows = Math.max(FEWEST_ROWS, rows(this.#capacity));
    this.#vocabularySize = config.vocab_size;
    this.#wordStarts = Uint8Array.from({ length: config.vocab_size }, (_, id) =>
      startsWord(tokenizer.idToToken(id)) ? 1 : 0,
    );
  }

  /**
   * @param prompts what sentences continue, after the end-of-text token: sentence i continues prompt i modulo their number. Not part of a
   * sentence's limits of words and tokens.
   * @param options by which the weights are taken not to change while the sampler lives, unless they say otherwise.
   * @throws UserError when the model's heads have a width that the cache does not take, or a prompt fills the model's context.
   */
  static async create(
    device: Device,
    config: Gpt2Config,
    tokenizer: Tokenizer,
    parameters: Parameters,
    settings: SamplingSettings,
    prompts: readonly string[] = [''],
    { wanted = Infinity, frozen = true, folder }: SamplerOptions = {},
  ): Promise<SentenceSampler> {
    if (!canBeSampledFrom(config)) {
      throw new UserError(`a GPT-2 with heads of width ${config.n_embd / config.n_head} cannot be sampled from`, {
        remedy: `n_embd / n_head must be a multiple of ${HEAD_WIDTH_MULTIPLE}`,
      });
    }
    const encoded = prompts.map((text) => encodePrompt(text, tokenizer, config.n_positions));
    const graph = gpt2Decoding(config, candidatesNeeded(settings));
    const program = await device.createProgram(graph, parameters, { frozen });
    const { memory, precision } = device;
    const place = { memory, precision, isOnGpu: !isOnProcessor(device.name) };
    const rows = (capacity: number): number =>
      settings.batchSize ?? Math.min(wanted, chooseBatch(config, capacity, place));
    const check = (logits: Float32Array): void => requireFinite(logits, precision, folder);
    return new SentenceSampler(program, config, tokenizer, settings, encoded, rows, check);
  }

  /**
   * Sentences `first`, `first + 1`, … in order, without end: stop iterating to stop.
   * @param seed,path name the sentences' random streams, together with the sentence's number.
   * @throws UserError when the model's logits are not finite.
   */
  async *sample(first: number, seed: number, ...path: StreamName[]): AsyncGenerator<SampledSentence> {
    const state = await this.#program.createState({ batch: this.#rows, capacity: this.#capacity });
    try {
      let next = first;
      const begin = (): Slot => {
        const index = next++;
        const prompt = this.#prompts[index % this.#prompts.length]!;
        const stream = RandomStream.named(seed, ...path, 'sentence', index);
        return { index, prompt, ids: [...prompt.ids], cached: 0, words: 0, stream };
      };
      const slots = Array.from({ length: this.#rows }, begin);
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
    const count = candidatesNeeded(this.#settings);
    const width = count > 0 ? Math.min(count, this.#vocabularySize) : this.#vocabularySize;
    const values = (count > 0 ? results.values : results.logits)!.data;
    const indices = results.indices?.data;
    return slots.map((slot, row) => {
      slot.cached++;
      if (slot.cached < slot.ids.length) return undefined;
      const logits = values.subarray(row * width, (row + 1) * width);
      const ids = indices?.subarray(row * width, (row + 1) * width);
      if (!(logits instanceof Float32Array) || (ids && !(ids instanceof Int32Array)))
        throw new Error('unexpected results');
      this.#check(logits);
      // The end-of-text token at the start says nothing: it is no repetition when the sentence ends.
      return chooseToken({ logits, ids }, this.#settings, slot.ids.slice(1), slot.stream);
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
    const room = Math.min(this.#capacity, slot.prompt.ids.length + this.#settings.maxTokens);
    return slot.ids.length >= room ? this.#sentence(slot, 'tokens') : undefined;
  }

  #sentence(slot: Slot, ending: SampledSentence['ending']): SampledSentence {
    // The end-of-text token at the start is not text; a prompt is, unless it only says what to write.
    const { withoutPrompt, maxWords } = this.#settings;
    const shown = slot.ids.slice(withoutPrompt ? slot.prompt.ids.length : 1);
    const text = this.#tokenizer.decode(shown, { skipSpecialTokens: true }).trim();
    const limit = withoutPrompt ? maxWords : slot.prompt.words + maxWords;
    const tokens = slot.ids.length - slot.prompt.ids.length;
    return { index: slot.index, text: firstWords(text, limit), tokens, ending };
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

function encodePrompt(text: string, tokenizer: Tokenizer, positions: number): Prompt {
  const ids = [tokenizer.endOfText ?? 0, ...tokenizer.encode(text)];
  if (ids.length >= positions) {
    throw new UserError(
      `a prompt has ${ids.length - 1} tokens, the model has room for ${positions - 2} before what it writes`,
      {
        where: text.slice(0, 40),
        remedy: 'shorten the prompt',
      },
    );
  }
  return { ids, words: text.match(/\S+/g)?.length ?? 0 };
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
