/**
 * An arm: an ensemble that a run trains and scores, and what its classifiers learn from.
 *
 * All arms have the same splits, seeds, classifier and settings; they differ in two things only, which an arm's file says: which sentences a member is
 * trained on, and how much each class counts in the loss. Member k of one arm and member k of another draw from the same random streams in
 * all that they have in common (a new head's weights, dropout), so that what differs between arms is what the arm does.
 */
import { z } from 'zod';
import type { Placeholders } from '../../corpus/placeholders.ts';
import type { Json } from '../../foundation/hash.ts';
import type { StreamName } from '../../foundation/random.ts';
import type { RelationPool } from '../draw.ts';
import type { TrainingSentence } from '../training-sentence.ts';
import type { MaskedExample } from '../prepared-corpus.ts';

/** What a member may learn from. */
export interface Material {
  /** D: the gold training sentences. */
  readonly gold: readonly MaskedExample[];
  /** L, in the order of the classifier's outputs. */
  readonly relations: readonly string[];
  /** What stands for the two mentions, a pair for each pair of types. */
  readonly placeholders: readonly Placeholders[];
  /** Synthetic sentences, for arms that want them. */
  readonly pools: readonly RelationPool[];
}

/** Names the random streams of a member's draw. */
export interface DrawStreams {
  readonly seed: number;
  readonly path: readonly StreamName[];
}

/** What a member learns from. */
export interface TrainingData {
  /** The gold sentences that it sees. */
  readonly gold: readonly MaskedExample[];
  /** Sentences beside them: synthetic, copied or edited ones. */
  readonly added: readonly TrainingSentence[];
  /** How much an example of each class counts in the loss (L in its order, then null); all alike when left out. */
  readonly classWeights?: readonly number[];
  /** What its user should know. */
  readonly notes?: readonly string[];
}

/** What an arm is told beside its material. */
export interface Recipe<Options> {
  /** Sentences to add for each gold one, per relation. */
  readonly ratio: number;
  readonly options: Options;
}

/** An arm as its file states it, with the shape of its own settings. */
export interface ArmDefinition<Shape extends z.ZodRawShape> {
  /** For people: "class weighting". */
  readonly title: string;
  /** The pools that its members draw from: of sentences that generators wrote, or that were given; null for none. */
  readonly pools: 'generated' | 'given' | null;
  /** Settings of this arm alone, with defaults. */
  readonly settings: Shape;
  /** Whether `ensemble.ratio` says how much it adds; with a ratio of 0 its members are then the gold arm's. */
  usesRatio(options: z.infer<z.ZodObject<Shape>>): boolean;
  trainingData(material: Material, recipe: Recipe<z.infer<z.ZodObject<Shape>>>, streams: DrawStreams): TrainingData;
}

/** An arm as everyone else sees it: its options are data, which it checks itself. */
export interface DefinedArm<Shape extends z.ZodRawShape> extends Omit<
  ArmDefinition<Shape>,
  'usesRatio' | 'trainingData'
> {
  /** The arm's own settings alone, out of its section of the configuration. */
  optionsOf(section: unknown): Record<string, Json>;
  usesRatio(options: unknown): boolean;
  trainingData(material: Material, recipe: Recipe<unknown>, streams: DrawStreams): TrainingData;
}

export function defineArm<Shape extends z.ZodRawShape>(definition: ArmDefinition<Shape>): DefinedArm<Shape> {
  const schema = z.object(definition.settings);
  return {
    ...definition,
    optionsOf: (section) => z.record(z.string(), z.json()).parse(schema.parse(section)),
    usesRatio: (options) => definition.usesRatio(schema.parse(options)),
    trainingData: (material, { ratio, options }, streams) =>
      definition.trainingData(material, { ratio, options: schema.parse(options) }, streams),
  };
}

/** Gold examples of each class: of the relations in their order, then of null. */
export function classCounts(gold: readonly TrainingSentence[], relations: readonly string[]): number[] {
  const counts = new Map<string | null, number>();
  for (const { relation } of gold) counts.set(relation, (counts.get(relation) ?? 0) + 1);
  return [...relations, null].map((label) => counts.get(label) ?? 0);
}

/** The count of the rarest class that has examples at all. */
export const rarest = (counts: readonly number[]): number => Math.min(...counts.filter((count) => count > 0));
