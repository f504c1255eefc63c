/**
 * Predictions of a finished run on new text.
 *
 * The text is read in portions; each goes through all members of the ensemble, batched by length, and its predictions are given out before the next
 * is read: memory does not grow with the text.
 */
import type { AnnotatedDocument } from '../corpus/document.ts';
import type { Mention } from '../corpus/example.ts';
import type { CorpusSettings } from '../corpus/settings.ts';
import { TermDictionary } from '../corpus/term-dictionary.ts';
import type { TypePair } from '../corpus/candidates/rules.ts';
import { NULL_CLASS } from '../classification/relation-classifier.ts';
import { withTemperature } from '../evaluation/calibration.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import type { DocumentSeparator } from '../text/documents.ts';
import { EnsemblePredictor } from './ensemble-predictor.ts';
import { chosenArm, membersOf, openRun, temperatureOf } from './finished-run.ts';
import { readNewText } from './new-text.ts';
import type { NewTextPiece } from './new-text.ts';

/** A sentence with what an ensemble says of it. */
export interface PredictedSentence {
  readonly id: string;
  readonly document: string;
  readonly text: string;
  readonly head: Mention;
  readonly tail: Mention;
  /** Null where no relation holds. */
  readonly relation: string | null;
  /** Share of the ensemble's members that say so. */
  readonly share: number;
  /** Mean probability of each relation, and of `null`; calibrated where that was asked for. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** The predictions of a document, or of sentences that belong to none. */
export interface PredictedPiece {
  readonly document?: AnnotatedDocument;
  readonly sentences: readonly PredictedSentence[];
}

export interface PredictOptions {
  readonly device: Device;
  readonly monitor: Monitor;
  /** The ensemble: DARE's unless given. */
  readonly arm?: string;
  /** How the text's files are read. Candidates and masks are the run's. */
  readonly reading?: Partial<Pick<CorpusSettings, 'strict' | 'columns'>>;
  /** The text's format; known by its content unless given. */
  readonly format?: string;
  /** Entity types that are paired; those of the run unless given. */
  readonly types?: readonly TypePair[];
  /** A dictionary of terms that marks mentions: a file of term, type and id, with tabs between. */
  readonly dictionary?: string;
  /** What ends a document of plain text: a line unless given. */
  readonly separator?: DocumentSeparator;
  /**
   * Gives the probabilities under the temperature that the run fitted on its validation data, so that they mean what they say. Labels and
   * shares stay what they are.
   */
  readonly calibrated?: boolean;
  /** Sentences that a member is asked about at once. */
  readonly batchSize?: number;
}

/** Sentences read before the ensemble is asked. */
const PORTION = 2048;

/**
 * Predictions for new text, in its order, document by document where it has documents.
 * @param run the folder of a finished run.
 * @param input a file or folder of any format that dare reads, of masked lines, or of plain text with a dictionary.
 * @throws UserError where the run kept no weights, or the text's mentions are not marked.
 * @example
 * for await (const piece of predictPieces('runs/cdr', 'new.pubtator', { device, monitor })) console.log(piece);
 */
export async function* predictPieces(
  run: string,
  input: string,
  options: PredictOptions,
): AsyncGenerator<PredictedPiece> {
  const { device, monitor, reading, format = 'auto', types, dictionary, separator = 'line', batchSize = 32 } = options;
  const finished = await openRun(run);
  const arm = chosenArm(finished, options.arm);
  const members = await membersOf(finished, arm);
  const temperature = options.calibrated ? await temperatureOf(finished, arm) : undefined;
  const { configuration, traits, placeholders } = finished;
  const terms = dictionary === undefined ? undefined : await TermDictionary.read(dictionary);
  const pieces = readNewText(input, {
    format,
    settings: { ...configuration.corpus, strict: false, columns: [], ...reading },
    types: types ?? traits.types,
    ...(types && { only: types }),
    maskedTypes: traits.types,
    classifierPlaceholders: placeholders,
    ...(terms && { dictionary: terms }),
    separator,
    monitor,
  });
  const ensemble = await EnsemblePredictor.open(device, members, {
    relations: traits.relations,
    placeholders,
    maxLength: configuration.classifier.maxLength,
    batchSize,
    monitor,
  });
  const stage = `predict (${arm})`;
  const began = performance.now();
  let sentences = 0;
  let related = 0;
  try {
    monitor.report({ kind: 'stage', stage });
    for await (const portion of inPortions(pieces)) {
      for (const piece of await predicted(portion, ensemble, traits.relations, temperature)) {
        sentences += piece.sentences.length;
        related += piece.sentences.filter(({ relation }) => relation !== null).length;
        yield piece;
      }
      monitor.report({ kind: 'step', stage, done: sentences, total: 0, figures: { related } });
    }
    const seconds = (performance.now() - began) / 1000;
    monitor.report({ kind: 'done', stage, seconds, figures: { sentences, related } });
  } finally {
    await ensemble.dispose();
  }
}

/**
 * The sentences of `predictPieces`, one by one.
 * @example
 * for await (const { text, relation, share } of predict('runs/cdr', 'new.jsonl', { device, monitor })) console.log(relation, share, text);
 */
export async function* predict(run: string, input: string, options: PredictOptions): AsyncGenerator<PredictedSentence> {
  for await (const { sentences } of predictPieces(run, input, options)) yield* sentences;
}

/** Whole pieces with together about as many sentences as a portion has. */
async function* inPortions(pieces: AsyncIterable<NewTextPiece>): AsyncGenerator<NewTextPiece[]> {
  let portion: NewTextPiece[] = [];
  let sentences = 0;
  for await (const piece of pieces) {
    portion.push(piece);
    sentences += piece.sentences.length;
    if (sentences >= PORTION || portion.length >= PORTION) {
      yield portion;
      portion = [];
      sentences = 0;
    }
  }
  if (portion.length > 0) yield portion;
}

async function predicted(
  portion: readonly NewTextPiece[],
  ensemble: EnsemblePredictor,
  relations: readonly string[],
  temperature: number | undefined,
): Promise<PredictedPiece[]> {
  const predictions = await ensemble.predict(portion.flatMap(({ sentences }) => sentences.map(({ masked }) => masked)));
  let at = 0;
  return portion.map(({ document, sentences }) => ({
    ...(document && { document }),
    sentences: sentences.map(({ id, document: name, text, head, tail }) => {
      const { relation, share, probabilities } = predictions[at++]!;
      const shown = temperature === undefined ? probabilities : withTemperature(probabilities, temperature);
      const byName = [...relations, NULL_CLASS].map((label, place) => [label, shown[place]!] as const);
      return { id, document: name, text, head, tail, relation, share, probabilities: Object.fromEntries(byName) };
    }),
  }));
}
