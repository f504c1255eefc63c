/** What a tokenizer makes of the corpus: said before hours are spent on it. */
import type { Monitor } from '../foundation/progress.ts';
import { readDocuments } from '../text/documents.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
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
      for (const id of ids) if (id === tokenizer.unknown) unknown++;
      if (pieces.length > 1) cutDocuments++;
      if (++done % 500 === 0) {
        monitor.report({ kind: 'step', stage: 'read the corpus', done, total: corpus.documents, figures: {} });
        monitor.checkpoint();
      }
    }
  }
  return { tokens, textTokens, unknown, cutDocuments };
}
