import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { trainByteLevelBpe, trainWordPiece } from '../text/vocabulary-training.ts';
import { causalObjective, maskedObjective } from './objective.ts';

const LENGTH = 16;
const bpe = trainByteLevelBpe(['abc'], { vocabularySize: 300 });
const wordPiece = trainWordPiece(['abc'], { vocabularySize: 30, lowercase: true });
const gpt2 = parseModelConfig({ model_type: 'gpt2', vocab_size: bpe.vocabularySize }, 'test');
const bert = parseModelConfig({ model_type: 'bert', vocab_size: wordPiece.vocabularySize }, 'test');
if (gpt2.model_type !== 'gpt2' || bert.model_type !== 'bert') throw new Error('other models');
const causal = causalObjective(gpt2, bpe, LENGTH);
const masked = maskedObjective(bert, wordPiece, LENGTH);
const document = fc.array(fc.integer({ min: 10, max: 20 }), { minLength: 1, maxLength: 70 });

test('causal: every token of a document, and its end, is predicted exactly once', () => {
  fc.assert(
    fc.property(document, (ids) => {
      const pieces = causal.pieces(ids);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(LENGTH);
      expect(pieces[0]![0]).toBe(bpe.endOfText);
      expect(pieces.flatMap((piece) => piece.slice(1))).toEqual([...ids, bpe.endOfText]);
      pieces.slice(1).forEach((piece, index) => expect(piece[0]).toBe(pieces[index]!.at(-1)));
      expect(causal.prepare([pieces], 1, []).predicted).toBe(ids.length + 1);
    }),
  );
});

test('masked: every token of a document is in exactly one piece, between [CLS] and [SEP]', () => {
  fc.assert(
    fc.property(document, (ids) => {
      const pieces = masked.pieces(ids);
      expect(pieces.flatMap((piece) => piece.slice(1, -1))).toEqual(ids);
      for (const piece of pieces) {
        expect([piece[0], piece.at(-1)]).toEqual([wordPiece.cls, wordPiece.sep]);
        expect(piece.length).toBeLessThanOrEqual(LENGTH);
      }
    }),
  );
});

describe('masks', () => {
  const rows = [masked.pieces([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])];
  const inputsOf = (seed: number, name: string) => [...masked.prepare(rows, seed, [name]).feeds(1).inputIds!.data];

  test('held-out text is masked alike, however much a training hides', () => {
    const other = maskedObjective(bert, wordPiece, LENGTH, 0.5);
    const inputs = (objective: typeof masked, purpose: 'training' | 'held-out') => [
      ...objective.prepare(rows, 1, ['a'], purpose).feeds(1).inputIds!.data,
    ];
    expect(inputs(other, 'held-out')).toEqual(inputs(masked, 'held-out'));
    expect(other.prepare(rows, 1, ['a'], 'training').predicted).toBeGreaterThan(
      masked.prepare(rows, 1, ['a']).predicted,
    );
  });

  test('depend on the seed and the name of the batch alone', () => {
    expect(inputsOf(1, 'a')).toEqual(inputsOf(1, 'a'));
    const drawn = [inputsOf(1, 'a'), inputsOf(1, 'b'), inputsOf(1, 'c'), inputsOf(2, 'a'), inputsOf(3, 'a')];
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(2);
  });
});

test('a tokenizer of the other kind lacks what is needed', () => {
  expect(() => causalObjective(gpt2, wordPiece, LENGTH)).toThrow('the tokenizer has no <|endoftext|> token');
  expect(() => maskedObjective(bert, bpe, LENGTH)).toThrow('the tokenizer lacks [CLS], [SEP] or [MASK]');
});

test('causal: what a text marks as the end of a document divides it, and attention does not cross', () => {
  const end = bpe.endOfText!;
  expect(causal.pieces([end, 11, 12, end, end, 13])).toEqual([
    [end, 11, 12, end],
    [end, 13, end],
  ]);
});
