/** Floating-point operations of training a transformer, to hold beside what a machine can do. */

export interface TrainedShape {
  readonly layers: number;
  readonly hiddenSize: number;
  /** Tokens of a row. */
  readonly length: number;
  /** Words that are chosen among at each position; with a masked objective a share of them, as of positions. */
  readonly choices: number;
}

/** Of one token: 2 for each multiplication of a weight or an attended position, forwards once and backwards twice. */
export function operationsPerToken({ layers, hiddenSize, length, choices }: TrainedShape): number {
  const layer = 12 * hiddenSize ** 2 + 2 * length * hiddenSize;
  return 6 * (layers * layer + choices * hiddenSize);
}
