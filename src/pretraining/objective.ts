/**
 * What a model learns from text: to predict the next token (GPT-2), or hidden ones (BERT).
 *
 * An objective knows how a document becomes pieces, how rows of pieces become batches, and what figures are taken on held-out text. The rest of the
 * pretraining is the same for both.
 */
import type { BertConfig, Gpt2Config } from '../checkpoint/config.ts';
import { UserError } from '../foundation/errors.ts';
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import type { Graph, Tensor } from '../graph/graph.ts';
import { bertPackedScoring, bertPackedTraining } from '../nn/bert.ts';
import { gpt2Scoring, gpt2Training } from '../nn/gpt2.ts';
import { packedDecoderFeeds, packedEncoderFeeds } from '../nn/packed-batch.ts';
import type { PackedRow } from '../nn/packed-batch.ts';
import type { Feeds, HostTensor, Program } from '../runtime/device.ts';
import { areFinite } from '../runtime/finite.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { maskPiece, PREDICTED_SHARE } from './masking.ts';

/** Rows made ready to be learned from or scored. */
export interface PreparedBatch {
  /** Tokens that are predicted. */
  readonly predicted: number;
  /** @param weight the loss weight of each predicted token. @param places the rows' places in the batch; all of them unless given. */
  feeds(weight: number, places?: readonly number[]): Feeds;
}

/** Sums over held-out text, batch by batch. */
export interface Score {
  /** −Σ log p of the predicted tokens, in nats; NaN where the model says no numbers. */
  negativeLogLikelihood: number;
  predicted: number;
  /** Predicted tokens whose likeliest token is right, where that is asked. */
  correct: number;
}

export interface Objective {
  readonly name: 'causal' | 'masked';
  /** Hugging Face's class of the model that comes out. */
  readonly architecture: string;
  /** Parameters that a model folder may lack (they start at random). */
  readonly optional: readonly RegExp[];
  /** The pieces of a document, given its tokens; each at most as long as a row. */
  pieces(ids: readonly number[]): number[][];
  /**
   * @param stream names the randomness of the masks.
   * @param purpose held-out text is masked alike in all trainings, whatever they are told, so that their figures compare.
   */
  prepare(
    rows: readonly PackedRow[],
    seed: number,
    stream: readonly StreamName[],
    purpose?: 'training' | 'held-out',
  ): PreparedBatch;
  /** The graph that is trained. @param checkpointing see `TrainingOptions.checkpointing`. */
  training(checkpointing?: boolean): { graph: Graph; loss: Tensor };
  scoring(): Graph;
  /** @param places the rows that are scored, by their places in the batch; all of them unless given. */
  score(program: Program, batch: PreparedBatch, places?: readonly number[]): Promise<Score>;
  /** Figures for people. @param bytes of the held-out text. */
  figures(score: Score, bytes: number): Record<string, number>;
}

/**
 * Language modelling: a document is `<|endoftext|>` text `<|endoftext|>`, as the generator's sentences are. One that is longer than a row is
 * cut into pieces that overlap by a token, so that every token but the first is predicted exactly once.
 * @throws UserError when the tokenizer has no end-of-text token.
 */
export function causalObjective(config: Gpt2Config, tokenizer: Tokenizer, length: number): Objective {
  const { endOfText } = tokenizer;
  if (endOfText === undefined) {
    throw new UserError('the tokenizer has no <|endoftext|> token', { remedy: 'train a byte-level-bpe tokenizer' });
  }
  return {
    name: 'causal',
    architecture: 'GPT2LMHeadModel',
    optional: [],
    pieces: (ids) =>
      divide(ids, endOfText).flatMap((document) => {
        const framed = [endOfText, ...document, endOfText];
        const pieces: number[][] = [];
        for (let start = 0; start + 1 < framed.length; start += length - 1) {
          pieces.push(framed.slice(start, start + length));
        }
        return pieces;
      }),
    prepare: (rows) => ({
      predicted: rows.flat().reduce((sum, piece) => sum + piece.length - 1, 0),
      feeds: (weight, places) => packedDecoderFeeds(pick(rows, places), length, weight),
    }),
    training: (checkpointing = false) => gpt2Training(config, { packed: true, checkpointing }),
    scoring: () => gpt2Scoring(config, { packed: true, withSums: true }),
    score: async (program, batch, places) => {
      const feeds = batch.feeds(1, places);
      const { negativeLogLikelihoods, logitSums } = await program.run(feeds);
      const weights = feeds.labelWeights!.data;
      let [sum, predicted] = [0, 0];
      negativeLogLikelihoods!.data.forEach((value, place) => {
        sum += value * weights[place]!;
        predicted += weights[place]!;
      });
      return { negativeLogLikelihood: ofNumbers(sum, logitSums!), predicted, correct: 0 };
    },
    figures: ({ negativeLogLikelihood, predicted }, bytes) => ({
      loss: negativeLogLikelihood / predicted,
      perplexity: Math.exp(negativeLogLikelihood / predicted),
      // Comparable between vocabularies, unlike figures by token.
      bitsPerByte: negativeLogLikelihood / Math.LN2 / bytes,
    }),
  };
}

/** NaN where logits are none: a GPU's softmax may make numbers of them. */
const ofNumbers = (negativeLogLikelihood: number, logitSums: HostTensor): number =>
  areFinite(logitSums.data) ? negativeLogLikelihood : NaN;

const pick = <T>(all: readonly T[], places?: readonly number[]): readonly T[] =>
  places ? places.map((place) => all[place]!) : all;

/** What stands between the end-of-text tokens that a text brings itself: documents of their own. */
function divide(ids: readonly number[], endOfText: number): (readonly number[])[] {
  if (!ids.includes(endOfText)) return [ids];
  const documents: number[][] = [[]];
  for (const id of ids) {
    if (id === endOfText) documents.push([]);
    else documents.at(-1)!.push(id);
  }
  return documents.filter((document) => document.length > 0);
}

/**
 * Masked language modelling: pieces of a document, each `[CLS]` text `[SEP]`.
 * @param maskedShare the share of the tokens that is predicted in training.
 * @throws UserError when the tokenizer lacks a special token.
 */
export function maskedObjective(
  config: BertConfig,
  tokenizer: Tokenizer,
  length: number,
  maskedShare = PREDICTED_SHARE,
): Objective {
  const { cls, sep, mask, pad, vocabularySize } = tokenizer;
  if (cls === undefined || sep === undefined || mask === undefined) {
    throw new UserError('the tokenizer lacks [CLS], [SEP] or [MASK]', { remedy: 'train a wordpiece tokenizer' });
  }
  const vocabulary = { mask, vocabularySize, special: new Set([cls, sep]) };
  return {
    name: 'masked',
    architecture: 'BertForMaskedLM',
    optional: [/^cls\.predictions\./],
    pieces: (ids) => {
      const pieces: number[][] = [];
      for (let start = 0; start < ids.length; start += length - 2) {
        pieces.push([cls, ...ids.slice(start, start + length - 2), sep]);
      }
      return pieces;
    },
    prepare: (rows, seed, path, purpose = 'training') => {
      const stream = RandomStream.named(seed, ...path, 'mask');
      const share = purpose === 'training' ? maskedShare : PREDICTED_SHARE;
      const masked = rows.map((pieces) => pieces.map((ids) => maskPiece(ids, vocabulary, stream, share)));
      return {
        predicted: masked.flat().reduce((sum, { predicted }) => sum + predicted.length, 0),
        feeds: (weight, places) => packedEncoderFeeds(pick(masked, places), length, weight, pad ?? 0),
      };
    },
    training: (checkpointing = false) => bertPackedTraining(config, { checkpointing }),
    scoring: () => bertPackedScoring(config),
    score: async (program, batch, places) => {
      const feeds = batch.feeds(1, places);
      const { negativeLogLikelihoods, logitSums, best } = await program.run(feeds);
      const labels = feeds.labels!.data;
      let sum = 0;
      let correct = 0;
      negativeLogLikelihoods!.data.forEach((value) => (sum += value));
      best!.data.forEach((token, place) => (correct += token === labels[place] ? 1 : 0));
      return { negativeLogLikelihood: ofNumbers(sum, logitSums!), predicted: labels.length, correct };
    },
    figures: ({ negativeLogLikelihood, predicted, correct }) => ({
      loss: negativeLogLikelihood / predicted,
      accuracy: correct / predicted,
    }),
  };
}
