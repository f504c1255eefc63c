/**
 * Whether a classifier learned anything at all.
 *
 * Large models on small data sometimes collapse: they give every sentence the same probabilities. Such a member is told from one that is merely weak by its
 * loss on validation data, each class weighing there as much as it did in training: if that is no lower than the entropy of the classes in
 * training, the member knows no more than how frequent they are. No constant prediction can be better (Gibbs' inequality), whatever the arm did to
 * the classes' frequencies.
 */

export interface LearningCheck {
  /** Mean −log p(label) in nats, the classes weighted as in training. */
  readonly loss: number;
  /** The same of a prediction that is always the classes' frequencies in training. */
  readonly priorLoss: number;
  /** The widest range of any class's probability over the sentences. */
  readonly spread: number;
  readonly collapsed: boolean;
}

/** The two losses that tell, for people. */
export const describeLosses = ({ loss, priorLoss }: Pick<LearningCheck, 'loss' | 'priorLoss'>): string =>
  `validation loss ${loss.toFixed(3)}, that of the classes’ frequencies ${priorLoss.toFixed(3)}`;

/** A member whose probabilities nowhere differ by more says the same of every sentence. */
const LEAST_SPREAD = 0.01;
/** A probability below this counts as this, so that its logarithm is finite. */
const SMALLEST = 1e-38;

/**
 * @param rows probabilities of validation sentences, [classes] each.
 * @param labels their classes, by place.
 * @param prior how much each class counts in training: the sum of its examples' weights. Classes that validation data lacks are left out.
 */
export function checkLearning(
  rows: readonly ArrayLike<number>[],
  labels: readonly number[],
  prior: readonly number[],
): LearningCheck {
  if (rows.length === 0) throw new RangeError('there are no validation sentences to tell by');
  const total = prior.reduce((sum, mass) => sum + mass, 0);
  const sums = prior.map(() => ({ loss: 0, count: 0 }));
  labels.forEach((label, index) => {
    sums[label]!.loss -= Math.log(Math.max(rows[index]![label]!, SMALLEST));
    sums[label]!.count++;
  });
  let [loss, priorLoss, present] = [0, 0, 0];
  for (const [label, { loss: sum, count }] of sums.entries()) {
    const mass = prior[label]! / total;
    if (count === 0 || mass === 0) continue;
    present += mass;
    loss += (mass * sum) / count;
    priorLoss -= mass * Math.log(mass);
  }
  loss /= present;
  priorLoss /= present;
  const spread = Math.max(
    ...prior.map((_, label) => {
      let [low, high] = [Infinity, -Infinity];
      for (const row of rows) {
        low = Math.min(low, row[label]!);
        high = Math.max(high, row[label]!);
      }
      return high - low;
    }),
  );
  return { loss, priorLoss, spread, collapsed: loss >= priorLoss || spread < LEAST_SPREAD };
}
