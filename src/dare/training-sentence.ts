/** A masked sentence to learn from, with typed placeholders. */
export interface TrainingSentence {
  readonly text: string;
  /** Null where no relation holds. */
  readonly relation: string | null;
  /** The probability of each class (L in its order, then null), where it is learned in place of the relation. */
  readonly target?: readonly number[] | undefined;
}
