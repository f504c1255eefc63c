/** Predictions as the text of a file: JSON Lines, or the documents they were made for as PubTator, with the relations that were found. */
import type { ConceptRelation } from '../corpus/document.ts';
import type { Mention } from '../corpus/example.ts';
import { conceptOfWords, pubTatorText, withConcept } from '../corpus/write-pubtator.ts';
import { UserError } from '../foundation/errors.ts';
import type { PredictedPiece } from './predict.ts';

export const PREDICTION_FORMATS = ['jsonl', 'pubtator'] as const;
export type PredictionFormat = (typeof PREDICTION_FORMATS)[number];

/** The text of a piece, line ends included. @throws UserError where it is to be PubTator and is no document. */
export function writtenPredictions({ document, sentences }: PredictedPiece, format: PredictionFormat): string {
  if (format === 'jsonl') return sentences.map((sentence) => `${JSON.stringify(sentence)}\n`).join('');
  if (!document) {
    throw new UserError('the input has sentences, not documents with offsets', {
      where: '--to pubtator',
      remedy: 'write jsonl, or give documents (PubTator, BioC, brat, or plain text with a dictionary)',
    });
  }
  const relations = sentences.flatMap(({ relation: type, head, tail }): ConceptRelation[] => {
    if (type === null) return [];
    return conceptsOf(head).flatMap((a) => conceptsOf(tail).map((b) => ({ type, head: a, tail: b })));
  });
  // A relation names concepts: mentions that have none, and are in a relation, are given that of their words.
  const named = new Set(relations.flatMap(({ head, tail }) => [head, tail]));
  const mentions = document.mentions.map((mention) =>
    named.has(conceptOfWords(mention.text)) ? withConcept(mention) : mention,
  );
  return pubTatorText({ ...document, mentions }, relations);
}

const conceptsOf = ({ concepts, text }: Mention): readonly string[] => concepts ?? [conceptOfWords(text)];
