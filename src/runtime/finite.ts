/**
 * Whether what a model says are numbers.
 *
 * They are not where its weights are damaged, or where numbers on the way became too large for halves. Nothing stops by that: the same token would be drawn
 * over and over, and a class be chosen that is none.
 */
import { UserError } from '../foundation/errors.ts';
import type { Precision } from '../graph/onnx/precision.ts';

/**
 * @param values results of a run.
 * @param precision the device's.
 * @param folder the model's, where it has one.
 * @throws UserError when one of them is not finite.
 */
export function requireFinite(values: ArrayLike<number>, precision: Precision, folder?: string): void {
  if (areFinite(values)) return;
  const another = 'choose another model, or another checkpoint of this one';
  throw new UserError('the model’s results are not finite numbers', {
    ...(folder !== undefined && { where: folder }),
    remedy:
      precision === 'float16'
        ? `its numbers may be too large for halves: use --precision float32, or ${another}`
        : another,
    exitCode: 1,
  });
}

/** Whether all are finite. */
export function areFinite(values: ArrayLike<number>): boolean {
  // A loop over the places: a model's whole vocabulary is looked at for every token.
  for (let place = 0; place < values.length; place++) if (!Number.isFinite(values[place])) return false;
  return true;
}
