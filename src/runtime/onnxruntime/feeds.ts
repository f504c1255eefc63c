/** What goes into a run and comes out of it, as the library's values: the same on every device. */
import type { OnnxModel } from '../../graph/onnx/write.ts';
import { elementCount, resolveShape } from '../../graph/tensor.ts';
import type { Bindings, TensorType } from '../../graph/tensor.ts';
import type { Feeds, HostTensor } from '../device.ts';
import type { Engine, EngineValue } from './engine.ts';

/** The name of the output that replaces a state input. */
export const nextOf = (name: string): string => `next:${name}`;

/** Values of the data inputs a model needs. @throws Error when one is not fed, or not with the numbers it takes. */
export function feedValues(engine: Engine, model: OnnxModel, feeds: Feeds): Map<string, EngineValue> {
  const fed = model.inputs
    .filter(({ kind }) => kind === 'data')
    .map(({ tensor: { name, type } }) => {
      const value = feeds[name];
      if (!value) throw new Error(`the input '${name}' is not fed`);
      const { shape, data } = value;
      if ((type === 'int32') !== data instanceof Int32Array)
        throw new Error(`the input '${name}' takes ${type} numbers`);
      const size = elementCount(shape);
      if (size !== data.length) throw new Error(`the input '${name}' is fed with ${data.length} numbers, not ${size}`);
      return { name, type, shape, data };
    });
  return new Map(fed.map(({ name, type, shape, data }) => [name, engine.value(type, shape, data)]));
}

/** Room for a result of this type. */
export function allocateResult(type: TensorType, bindings: Bindings): HostTensor {
  const shape = resolveShape(type.shape, bindings);
  const size = elementCount(shape);
  return { shape, data: type.type === 'int32' ? new Int32Array(size) : new Float32Array(size) };
}
