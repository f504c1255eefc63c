/**
 * The library: what the commands do, for programs. `train` is `dare run`, `augment`, `predict` and `exportRun` are the commands of their names.
 *
 * @example
 * import { configure, Monitor, openDevice, predict, train } from 'dare-re';
 *
 * const monitor = new Monitor();
 * const device = await openDevice({ device: 'auto' }, monitor);
 * const configuration = configure({ corpus: { path: 'CDR' } }, 'small');
 * const { scores } = await train(configuration, { folder: 'runs/cdr', device, monitor, offline: true });
 * for await (const { text, relation } of predict('runs/cdr', 'new.txt', { device, monitor })) console.log(relation, text);
 * await device.close();
 */
export { UserError, Interrupted } from './foundation/errors.ts';
export { Monitor } from './foundation/progress.ts';
export type { ProgressEvent } from './foundation/progress.ts';
export type { Device } from './runtime/device.ts';
export { openDevice } from './runtime/open-device.ts';
export type { DeviceChoice, DeviceRequest } from './runtime/open-device.ts';
export { CpuDevice } from './runtime/cpu/cpu-device.ts';
export type { CpuDeviceOptions } from './runtime/cpu/cpu-device.ts';
export { resolveModel } from './checkpoint/hub.ts';
export { readCorpus } from './corpus/corpus.ts';
export type { Corpus } from './corpus/corpus.ts';
export { corpusSettingsSchema } from './corpus/settings.ts';
export type { CorpusSettings } from './corpus/settings.ts';
export { inspectCorpus } from './corpus/inspection/inspect.ts';
export type { Inspection, InspectionOptions } from './corpus/inspection/inspect.ts';
export { inspectionPage } from './report/inspection-page.ts';
export type { Example, Mention, Split } from './corpus/example.ts';
export { perplexities } from './generation/perplexity.ts';
export type { PerplexityOptions, TextPerplexity } from './generation/perplexity.ts';
export { sampleTexts } from './generation/sample.ts';
export type { SampleOptions } from './generation/sample.ts';
export type { SampledSentence, SamplingSettings } from './generation/sentence-sampler.ts';
export { pretrain } from './pretraining/pretrain.ts';
export type { PretrainingOptions, PretrainingResult } from './pretraining/pretrain.ts';
export { pretrainingSchema } from './pretraining/configuration.ts';
export type { PretrainingConfiguration } from './pretraining/configuration.ts';
export { trainTokenizer } from './pretraining/train-tokenizer.ts';
export type { TokenizerTraining, TrainedTokenizer } from './pretraining/train-tokenizer.ts';
export { classifyTexts } from './classification/classify-texts.ts';
export type { Classification, ClassifyOptions } from './classification/classify-texts.ts';
export { runConfigurationSchema } from './dare/configuration.ts';
export { configure, presets } from './dare/presets.ts';
export type { RunConfiguration } from './dare/configuration.ts';
export type { Arm } from './dare/arms/arms.ts';
export { runDare as train } from './tasks/run.ts';
export type { RunScores } from './dare/run-scores.ts';
export type { RunOptions, RunResult } from './tasks/run.ts';
export type { PoolSummary } from './tasks/planned-run.ts';
export { augment } from './deployment/augment.ts';
export type { Provenance, SyntheticDataSet, SyntheticExample } from './deployment/augment.ts';
export { predict, predictPieces } from './deployment/predict.ts';
export type { PredictedPiece, PredictedSentence, PredictOptions } from './deployment/predict.ts';
export { exportRun } from './deployment/export.ts';
export type { ExportOptions } from './deployment/export.ts';
export type { ExportDescription } from './deployment/export-readme.ts';
export { crossValidate } from './experiments/cross-validation.ts';
export type { CrossValidation } from './experiments/cross-validation.ts';
export type { FoldScores } from './experiments/out-of-fold.ts';
export { sweep } from './experiments/sweep.ts';
export type { Sweep, SweepCell, SweepValues } from './experiments/sweep.ts';
