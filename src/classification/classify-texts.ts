/** Classifying lines of text with any BERT classifier folder. */
import { labelNamesOf } from '../checkpoint/config.ts';
import { ENTITY_PLACEHOLDERS } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { bertClassifierScoring } from '../nn/bert.ts';
import { classCount, loadWeights, openBert } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { requireFinite } from '../runtime/finite.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { readsMarkers } from './classifier-input.ts';
import { markUnmarked } from './entity-markers.ts';
import { ClassifierScorer } from './relation-classifier.ts';

export interface Classification {
  readonly logits: number[];
  readonly probabilities: number[];
  /** The most probable class, by the folder's name for it. */
  readonly label: string;
}

export interface ClassifyOptions {
  readonly batchSize: number;
  /** Tokens of a sequence at most, special tokens included; the model's limit when left out. */
  readonly maxLength?: number;
  readonly monitor: Monitor;
}

/** Lines scored between two reports. */
const PORTION = 512;

/**
 * Classifies lines, each a text or two texts with a tab between; yields in their order. Where the classifier reads entity markers, $ENTITYA$ and $ENTITYB$ are
 * enough: they are marked.
 * @throws UserError when the folder is not a BERT classifier, or its results are not finite numbers.
 * @example
 * const lines = ['It works.', 'a text\twith a second text'];
 * for await (const { label } of classifyTexts(device, 'models/bert', lines, { batchSize: 16, monitor })) console.log(label);
 */
export async function* classifyTexts(
  device: Device,
  folder: string,
  lines: readonly string[],
  { batchSize, maxLength, monitor }: ClassifyOptions,
): AsyncGenerator<Classification> {
  const model = await openBert(folder);
  const classes = classCount(model.config);
  const names = labelNamesOf(model.config, folder) ?? Array.from({ length: classes }, (_, id) => `LABEL_${id}`);
  const limit = Math.min(maxLength ?? Infinity, model.config.max_position_embeddings);
  const written = (line: string) => (readsMarkers(model) ? markUnmarked(line, ENTITY_PLACEHOLDERS) : line);
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, bertClassifierScoring(model.config, classes), {
      trainable: false,
    });
    held.add(parameters);
    const scorer = held.add(await ClassifierScorer.create(device, model, parameters, classes, batchSize));
    const began = performance.now();
    for (let start = 0; start < lines.length; start += PORTION) {
      const inputs = lines
        .slice(start, start + PORTION)
        .map((line) => encodeLine(model.tokenizer, written(line), limit));
      for (const row of await scorer.logits(inputs)) {
        requireFinite(row, device.precision, folder);
        const logits = [...row];
        const probabilities = softmax(logits);
        const best = probabilities.indexOf(Math.max(...probabilities));
        yield { logits, probabilities, label: names[best]! };
      }
      const done = Math.min(start + PORTION, lines.length);
      monitor.report({ kind: 'step', stage: 'classify', done, total: lines.length, figures: {} });
      monitor.checkpoint();
    }
    const seconds = (performance.now() - began) / 1000;
    monitor.report({ kind: 'done', stage: 'classify', seconds, figures: { texts: lines.length } });
  } finally {
    await held.dispose();
  }
}

/** A line as tokens and segments, cut to `limit` with the last [SEP] kept. */
function encodeLine(tokenizer: Tokenizer, line: string, limit: number): { ids: number[]; types: number[] } {
  const [first = '', second, ...more] = line.split('\t');
  if (more.length > 0)
    throw new UserError('a line has more than two texts', { remedy: 'separate two texts by one tab' });
  const { ids, types } =
    second === undefined
      ? single(tokenizer.encode(first, { addSpecialTokens: true }))
      : pair(tokenizer.encodePair(first, second));
  if (ids.length <= limit) return { ids, types };
  return { ids: [...ids.slice(0, limit - 1), ids.at(-1)!], types: types.slice(0, limit) };
}

const single = (ids: number[]) => ({ ids, types: ids.map(() => 0) });
const pair = ({ ids, tokenTypeIds }: { ids: number[]; tokenTypeIds: number[] }) => ({ ids, types: tokenTypeIds });

function softmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
