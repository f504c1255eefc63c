/**
 * Softmax cross-entropy.
 *
 * The loss is a weighted sum over rows, and the weights say everything that varies between uses: 0 ignores a row (padding, a label of −100),
 * a class's weight counts it more or less, and dividing by their sum beforehand makes it PyTorch's mean.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';
import { atLeast, log, multiply, negate, subtract } from './elementwise.ts';
import { softmax } from './normalization.ts';
import { reshape } from './layout.ts';
import { sumAll, sumOver } from './reduction.ts';

/** x[i, labels[i]]: one element of each row, [n, classes] → [n, 1]. */
const pick = defineOperator<Record<string, never>>({
  name: 'pick',
  infer: ([x, labels]) => {
    if (x!.shape.length !== 2 || labels!.shape.length !== 1 || labels!.type !== 'int32')
      throw new Error('not rows and labels');
    return [{ shape: [x!.shape[0]!, 1], type: x!.type }];
  },
});

/** x with values[i] added to x[i, labels[i]]. One element a row, so that no two writes meet. */
const addAt = defineOperator<Record<string, never>>({
  name: 'addAt',
  infer: ([x, , values]) => {
    if (values!.shape[1] !== 1) throw new Error('one value a row is expected');
    return [{ shape: x!.shape, type: x!.type }];
  },
});

/** The smallest normal float32: a probability below it counts as this, so that its logarithm is finite. */
const SMALLEST_PROBABILITY = 1.2e-38;

/**
 * −log softmax(logits[i])[labels[i]] for each row, forward only.
 * @param logits [n, classes]; @param labels [n] int32. @returns [n].
 */
export function negativeLogLikelihoods(logits: Tensor, labels: Tensor): Tensor {
  const chosen = pick([softmax(logits), labels], {})[0]!;
  return reshape(negate(log(atLeast(chosen, SMALLEST_PROBABILITY))), labels.shape);
}

/**
 * Σᵢ weights[i] · −log softmax(logits[i])[labels[i]], a scalar. The weights are data: there is no derivative by them.
 * @param logits [n, classes]; @param labels [n] int32, each a valid class (any, where the weight is 0); @param weights [n].
 */
export function crossEntropy(logits: Tensor, labels: Tensor, weights: Tensor): Tensor {
  const { graph } = logits;
  return graph.composite('crossEntropy', [logits, weights], () => {
    const probabilities = softmax(logits);
    const chosen = pick([probabilities, labels], {})[0]!;
    const column = reshape(weights, [weights.shape[0]!, 1]);
    const loss = negate(sumAll(multiply(log(atLeast(chosen, SMALLEST_PROBABILITY)), column)));
    return {
      outputs: [loss],
      // d/dlogits = weight · (softmax − one-hot(label))
      differentiate: ([gradient]) => {
        const factor = multiply(column, gradient!);
        return [addAt([multiply(probabilities, factor), labels, negate(factor)], {})[0]!];
      },
    };
  })[0]!;
}

/**
 * Σᵢ weights[i] · Σ_c targets[i, c] · −log softmax(logits[i])[c], a scalar: cross-entropy with distributions in place of labels (PyTorch's
 * `CrossEntropyLoss` with class probabilities). Targets and weights are data: there is no derivative by them.
 * @param logits [n, classes]; @param targets [n, classes], rows that usually sum to 1; @param weights [n].
 */
export function softCrossEntropy(logits: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const { graph } = logits;
  return graph.composite('softCrossEntropy', [logits, targets, weights], () => {
    const probabilities = softmax(logits);
    const column = reshape(weights, [weights.shape[0]!, 1]);
    const logarithms = log(atLeast(probabilities, SMALLEST_PROBABILITY));
    const loss = negate(sumAll(multiply(multiply(logarithms, targets), column)));
    return {
      outputs: [loss],
      // d/dlogits = weight · (softmax · Σ target − target)
      differentiate: ([gradient]) => [
        multiply(subtract(multiply(probabilities, sumOver(targets, [-1])), targets), multiply(column, gradient!)),
      ],
    };
  })[0]!;
}
