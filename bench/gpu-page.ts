/** The part of docs/benchmarks.md that was measured on a GPU, out of its figures. */
import { OWN_STEP } from './gpu.ts';
import type { GpuSpeed } from './gpu.ts';
import { markdownTable } from './markdown-table.ts';
import { describeSurroundings } from './surroundings.ts';

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
/** As many digits as tell two rows apart, whether a card or a program on the processor computes. */
const digits = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The products of matrices: the operators whose speed a card is built for. */
const PRODUCTS: readonly string[] = ['Gemm', 'MatMul'];
const SHOWN = 8;

function trainingRows({ models, peaks }: GpuSpeed): { head: string[]; rows: string[][] } {
  const peak = Math.max(...Object.values(peaks));
  const rows = Object.entries(models).flatMap(([model, { batch, length, rows: ways }]) =>
    Object.entries(ways).map(([by, { seconds, operations, gpuBytes, estimatedBytes }]) => {
      const teraflops = operations / seconds / 1e12;
      return [
        `${model} ${batch}×${length}`,
        by,
        `${digits(1000 * seconds)} ms`,
        (seconds / ways[OWN_STEP]!.seconds).toFixed(2),
        digits(teraflops),
        percent(teraflops / peak),
        gpuBytes === undefined ? `≈ ${gigabytes(estimatedBytes!)}` : gigabytes(gpuBytes),
      ];
    }),
  );
  const figures = ['step', 'time, dare = 1', 'TFLOP/s', 'of the card’s peak', 'memory of the card'];
  return { head: ['model, batch × length', 'by', ...figures], rows };
}

function samplingRows({ sampling }: GpuSpeed): { head: string[]; rows: string[][] } {
  const { speeds: all } = sampling;
  const sizes = [...new Set(Object.values(all).flatMap((speeds) => Object.keys(speeds).map(Number)))];
  sizes.sort((a, b) => a - b);
  const rows = Object.entries(all).map(([by, speeds]) => [
    by,
    ...sizes.map((size) => (speeds[size] === undefined ? '' : digits(speeds[size]))),
  ]);
  return { head: ['tokens a second, by', ...sizes.map((size) => `batch ${size}`)], rows };
}

/** What a step's time goes to: kernels of the card, and what is no kernel's. */
function describeProfile(model: string, { rows, profile }: GpuSpeed['models'][string]): string {
  const { seconds, operations } = rows[OWN_STEP]!;
  const whole = 1000 * seconds;
  const kernels = Object.entries(profile.kernels).sort(([, a], [, b]) => b - a);
  const sum = (entries: typeof kernels) => entries.reduce((total, [, each]) => total + each, 0);
  const products = sum(kernels.filter(([name]) => PRODUCTS.includes(name)));
  const shown: [string, number][] = [...kernels.slice(0, SHOWN), ['all others', sum(kernels.slice(SHOWN))]];
  return [
    `${model}: of a step's ${digits(whole)} ms the card computes for ${digits(sum(kernels))} ms, in ${Math.round(profile.launches)} kernels; its products of matrices reach ${digits(operations / 1e9 / products)} TFLOP/s.`,
    '',
    markdownTable(
      ['kernels of', 'ms of a step', 'share of the kernels'],
      shown.map(([name, each]) => [name, digits(each), percent(each / sum(kernels))]),
    ),
  ].join('\n');
}

export function describeGpuSpeed(gpu: GpuSpeed): string {
  const training = trainingRows(gpu);
  const sampling = samplingRows(gpu);
  const peaks = Object.entries(gpu.peaks).map(([by, teraflops]) => `${digits(teraflops)} TFLOP/s by ${by}`);
  return [
    '## On a GPU',
    '',
    `\`npm run bench -- --only gpu --python PYTHON --gpt2-vocabulary GPT2_VOCABULARY\`, ${gpu.card}; ${describeSurroundings(gpu)}. dare computes through WebGPU and trains in float32; PyTorch through CUDA, in bfloat16 with float32 weights (autocast) where it says so.`,
    `Large products of matrices reached ${peaks.join(', ')}; the largest of them is what is called the card's peak. TFLOP/s of a step count the operations that the model asks for.`,
    '',
    '### Training steps',
    '',
    'Forward, backward and AdamW; dropout 0.1. The memory is what PyTorch’s tensors took at most, and what dare estimated before the first step (≈).',
    '',
    markdownTable(training.head, training.rows),
    '',
    '### What holds a step back',
    '',
    'By the card’s own clock, which ONNX Runtime reads before and after each kernel in a run for the purpose; what kernels leave of a step is spent on giving the card its work.',
    '',
    Object.entries(gpu.models)
      .map(([model, each]) => describeProfile(model, each))
      .join('\n\n'),
    '',
    '### Writing sentences',
    '',
    `GPT-2 124M, top-k 5, sentences of ${gpu.sampling.newTokens} tokens from <|endoftext|>.`,
    '',
    markdownTable(sampling.head, sampling.rows),
  ].join('\n');
}
