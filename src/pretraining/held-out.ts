/** Measuring a model on held-out text, and letting it write, while it is being trained. */
import type { Monitor } from '../foundation/progress.ts';
import { inWords } from '../foundation/names.ts';
import { SentenceSampler } from '../generation/sentence-sampler.ts';
import type { Model } from '../nn/model.ts';
import { packRows } from '../training/packing.ts';
import type { Device, Parameters, Program } from '../runtime/device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { fillIn } from './fill-in.ts';
import type { Objective, PreparedBatch, Score } from './objective.ts';

const ROWS_TOGETHER = 8;

/** Rows that are run at once: all that were made ready together, or some of them. */
interface Part {
  readonly batch: PreparedBatch;
  readonly places?: readonly number[];
}

/** Held-out text made ready once, so that every measurement reads the same tokens and the same masks. */
export class HeldOutText {
  readonly #objective: Objective;
  readonly #program: Program;
  readonly #parts: readonly Part[];
  readonly #bytes: number;

  private constructor(objective: Objective, program: Program, parts: readonly Part[], bytes: number) {
    this.#objective = objective;
    this.#program = program;
    this.#parts = parts;
    this.#bytes = bytes;
  }

  static async create(
    device: Device,
    parameters: Parameters,
    texts: readonly string[],
    tokenizer: Tokenizer,
    objective: Objective,
    { length, rowsAtOnce }: { readonly length: number; readonly rowsAtOnce: number },
  ): Promise<HeldOutText> {
    const pieces = texts.flatMap((text) => objective.pieces(tokenizer.encode(text)));
    const rows = packRows(
      pieces.map((piece) => piece.length),
      length,
    ).map((row) => row.map((index) => pieces[index]!));
    const parts: Part[] = [];
    // No more than the training runs: its memory was found to hold so many.
    const atOnce = Math.min(ROWS_TOGETHER, rowsAtOnce);
    // Masks are drawn for so many rows together, whatever the batches that a model learns from.
    const together = objective.name === 'masked' ? ROWS_TOGETHER : atOnce;
    for (let start = 0; start < rows.length; start += together) {
      const own = rows.slice(start, start + together);
      // No seed: two trainings are measured with the same masks.
      const batch = objective.prepare(own, 0, ['held-out', start], 'held-out');
      const places = [...own.keys()];
      if (own.length <= atOnce) parts.push({ batch });
      else for (let at = 0; at < own.length; at += atOnce) parts.push({ batch, places: places.slice(at, at + atOnce) });
    }
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return new HeldOutText(objective, await device.createProgram(objective.scoring(), parameters), parts, bytes);
  }

  /**
   * @param onProgress is told which part of the text was measured, from 0 to 1.
   * @throws Interrupted when the user asks to stop.
   */
  async measure(monitor: Monitor, onProgress: (part: number) => void): Promise<Record<string, number>> {
    const total: Score = { negativeLogLikelihood: 0, predicted: 0, correct: 0 };
    for (const [index, { batch, places }] of this.#parts.entries()) {
      const score = await this.#objective.score(this.#program, batch, places);
      total.negativeLogLikelihood += score.negativeLogLikelihood;
      total.predicted += score.predicted;
      total.correct += score.correct;
      onProgress((index + 1) / this.#parts.length);
      monitor.checkpoint();
    }
    return this.#objective.figures(total, this.#bytes);
  }

  /** A few of its texts as a BERT completes them with the present weights. */
  async fillIn(tokenizer: Tokenizer, count: number): Promise<string[]> {
    const texts: string[] = [];
    for (const { batch, places } of this.#parts) {
      if (texts.length >= count) break;
      texts.push(...(await fillIn(this.#program, batch, tokenizer, count - texts.length, places)));
    }
    return texts;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

/** Figures on held-out text for people: `loss 3.948, bits per byte 1.266`. */
export const showHeldOut = (figures: Readonly<Record<string, number>>): string =>
  Object.entries(figures)
    .map(([name, value]) => `${inWords(name)} ${Number(value.toPrecision(4))}`)
    .join(', ');

/** How the sample sentences are drawn. */
const SAMPLING = {
  temperature: 1,
  topK: 20,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  maxWords: 40,
  maxTokens: 100,
};

/** A few sentences with the present weights of a GPT-2: the same draws every time, so that what changes is the model. */
export async function writeSamples(
  device: Device,
  { config, tokenizer }: Pick<Model, 'config' | 'tokenizer'>,
  parameters: Parameters,
  { samples: count, seed }: { readonly samples: number; readonly seed: number },
): Promise<string[]> {
  if (config.model_type !== 'gpt2' || count === 0) return [];
  const settings = { ...SAMPLING, batchSize: count };
  // Without the copy of all weights that would be laid out for speed: beside a training there may be no room for it.
  const sampler = await SentenceSampler.create(device, config, tokenizer, parameters, settings, [''], {
    frozen: false,
  });
  const texts: string[] = [];
  try {
    for await (const { text } of sampler.sample(0, seed, 'pretrain', 'sample')) {
      texts.push(text.replaceAll(/\s*\n\s*/g, ' '));
      if (texts.length >= count) break;
    }
  } finally {
    await sampler.dispose();
  }
  return texts;
}
