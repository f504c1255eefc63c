/** What a tokenizer makes of the corpus: said before hours are spent on it. */
import type { Monitor } from '../foundation/progress.ts';
import { readDocuments } from '../text/documents.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { PretrainingConfiguration } from './configuration.ts';
import type { TextCorpus } from './corpus.ts';
import type { Objective } from './objective.ts';

export interface TokenStatistics {
  /** Tokens of all pieces that are trained on, special ones included: a pass over the corpus. */
  readonly tokens: number;
  /** Tokens of the text itself. */
  readonly textTokens: number;
  /** Of these, the unknown token: words with characters that the vocabulary lacks. */
  readonly unknown: number;
  /** Documents longer than a row, which are cut. */
  readonly cutDocuments: number;
}

/** Tokenizes all documents that are not held out, once. */
export async function countTokens(
  corpus: TextCorpus,
  tokenizer: Tokenizer,
  objective: Pick<Objective, 'pieces'>,
  stage: string,
  monitor: Monitor,
): Promise<TokenStatistics> {
  let [tokens, textTokens, unknown, cutDocuments, done] = [0, 0, 0, 0, 0];
  for (const file of corpus.files) {
    for await (const text of readDocuments(file, corpus.separator)) {
      if (corpus.isHeldOut(text)) continue;
      const ids = tokenizer.encode(text);
      const pieces = objective.pieces(ids);
      textTokens += ids.length;
      tokens += pieces.reduce((sum, piece) => sum + piece.length, 0);
      // A byte-level vocabulary with all bytes writes every text; what some of them name as unknown is the end of text.
      if (tokenizer.kind === 'wordpiece') for (const id of ids) if (id === tokenizer.unknown) unknown++;
      if (pieces.length > 1) cutDocuments++;
      if (++done % 500 === 0) {
        monitor.report({ kind: 'step', stage, done, total: corpus.documents, figures: {} });
        monitor.checkpoint();
      }
    }
  }
  return { tokens, textTokens, unknown, cutDocuments };
}

/** A vocabulary that lacks more than this part of the text is worth a warning. */
const MANY_UNKNOWN = 0.01;

/** The learning rate begins at 0 and ends there: with fewer updates a model stays nearly what it was. */
const FEW_UPDATES = 10;

/** What of a training's settings the text is compared with. */
type TrainingSize = Pick<PretrainingConfiguration, 'tokens' | 'length' | 'batchSize' | 'accumulation'>;

/** What is worth knowing of the text before the training begins, in lines. */
export function describeStatistics(
  { tokens, textTokens, unknown, cutDocuments }: TokenStatistics,
  corpus: TextCorpus,
  { tokens: budget, length, batchSize, accumulation }: TrainingSize,
): string[] {
  const parts = [`${tokens} tokens a pass, ${(textTokens / corpus.words).toFixed(2)} a word`];
  if (budget !== null) parts.push(`${(budget / tokens).toFixed(1)} passes`);
  if (cutDocuments > 0) {
    parts.push(`${cutDocuments} of ${corpus.documents} documents are longer than ${length} tokens and are cut`);
  }
  const lines = [parts.join('; ')];
  const updates = budget === null ? Infinity : Math.ceil(budget / (batchSize * length * accumulation));
  if (updates < FEW_UPDATES) {
    lines.push(
      `${budget} tokens are ${updates === 1 ? 'one update' : `some ${updates} updates`}: next to nothing is learned (give more with --tokens, or smaller batches with --batch-size)`,
    );
  }
  if (unknown === 0) return lines;
  const share = unknown / textTokens;
  const what = `${unknown} of ${textTokens} tokens (${(100 * share).toPrecision(2)}%) are unknown to the vocabulary`;
  return [...lines, share > MANY_UNKNOWN ? `${what}: it was made for other text, or is too small` : what];
}
