/**
 * A device that computes in float16 wherever dare runs: graphs as the WebGPU device has them for a GPU with `shader-f16`, on ONNX Runtime's CPU provider, which
 * computes most halves by way of float32. For what the lowering makes of a model; not for how a GPU rounds.
 */
import { toHalfBits } from '../../src/checkpoint/number-formats.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { WEBGPU_LOWERING } from '../../src/graph/onnx/webgpu-lowering.ts';
import { writeOnnx } from '../../src/graph/onnx/write.ts';
import { elementCount, resolveShape } from '../../src/graph/tensor.ts';
import type { Bindings } from '../../src/graph/tensor.ts';
import { bindSymbols } from '../../src/runtime/device.ts';
import type {
  Device,
  HostTensor,
  Parameters,
  ParameterSpecification,
  Program,
  ProgramState,
} from '../../src/runtime/device.ts';
import { allocateResult, feedValues, nextOf } from '../../src/runtime/onnxruntime/feeds.ts';
import { loadOnnxRuntime } from '../../src/runtime/onnxruntime/library.ts';
import { NativeEngine } from '../../src/runtime/onnxruntime/session.ts';

class HalfParameters implements Parameters {
  readonly trained = [];
  readonly specifications: readonly ParameterSpecification[];
  readonly bits = new Map<string, Uint16Array>();

  constructor(specifications: readonly ParameterSpecification[]) {
    this.specifications = specifications;
  }

  read(): Promise<Float32Array> {
    return Promise.reject(new Error('these weights are only used'));
  }

  write(name: string, values: Float32Array): Promise<void> {
    this.bits.set(name, Uint16Array.from(values, toHalfBits));
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    this.bits.clear();
    return Promise.resolve();
  }
}

class HalfState implements ProgramState {
  readonly bits: ReadonlyMap<string, { shape: number[]; data: Uint16Array }>;
  readonly bindings: Bindings;

  constructor(bits: HalfState['bits'], bindings: Bindings) {
    this.bits = bits;
    this.bindings = bindings;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

/** Runs forward, in halves; it trains nothing. */
export class HalfDevice implements Device {
  readonly name = 'cpu-float16';
  readonly description = 'float16 on the processor';
  readonly precision = 'float16';
  readonly memory = null;
  readonly #engine = new NativeEngine(loadOnnxRuntime());

  createParameters(specifications: readonly ParameterSpecification[]): Promise<Parameters> {
    return Promise.resolve(new HalfParameters(specifications));
  }

  createProgram(graph: Graph, parameters: Parameters): Promise<Program> {
    if (!(parameters instanceof HalfParameters)) throw new Error('these parameters belong to another device');
    const engine = this.#engine;
    const model = writeOnnx(graph, WEBGPU_LOWERING, 'inputs', { precision: 'float16' });
    const session = engine.session(model.bytes, { threads: 1 });
    const bytesOf = (bits: Uint16Array) => new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
    return Promise.resolve({
      createState: (bindings) => {
        const states = model.inputs.filter(({ kind }) => kind === 'state');
        const bits = states.map(({ tensor }) => {
          const shape = resolveShape(tensor.shape, bindings);
          const size = elementCount(shape);
          return [tensor.name, { shape, data: new Uint16Array(size) }] as const;
        });
        return Promise.resolve(new HalfState(new Map(bits), bindings));
      },
      run: async (feeds, state) => {
        const kept = state instanceof HalfState ? state : new HalfState(new Map(), {});
        const bindings = bindSymbols(graph, feeds, kept.bindings);
        const inputs = feedValues(engine, model, feeds);
        for (const { tensor, kind } of model.inputs) {
          if (kind !== 'parameter') continue;
          const bits = parameters.bits.get(tensor.name)!;
          inputs.set(tensor.name, engine.value('float16', tensor.shape.map(Number), bytesOf(bits)));
        }
        const results: Record<string, HostTensor> = {};
        const outputs = new Map<string, ReturnType<NativeEngine['value']>>();
        for (const { name, type } of model.outputs) {
          if (name.startsWith(nextOf(''))) continue;
          results[name] = allocateResult(type, bindings);
          outputs.set(name, engine.value(type.type, results[name].shape, results[name].data));
        }
        for (const [name, { shape, data }] of kept.bits) {
          const value = engine.value('float16', shape, bytesOf(data));
          inputs.set(name, value);
          outputs.set(nextOf(name), value);
        }
        await session.run(inputs, outputs);
        for (const value of [...inputs.values(), ...outputs.values()]) value.release();
        return results;
      },
      dispose: () => {
        session.release();
        return Promise.resolve();
      },
    });
  }

  createTrainingProgram(): Promise<never> {
    return Promise.reject(new Error('nothing is trained in halves'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
