/** The folds of a cross-validation as runs: each has a folder of its own, with all that a run has. */
import type { RunConfiguration } from '../dare/configuration.ts';
import { foldFolder } from '../tasks/folds.ts';
import { previewRuns } from '../tasks/preview.ts';
import type { JoinedPreview } from '../tasks/preview.ts';
import type { RunOptions } from '../tasks/run.ts';

/** A configuration that asks for folds. */
export type FoldedConfiguration = RunConfiguration & { readonly cv: number };

/** A run for each fold, in their order. @param folder of the cross-validation. */
export function foldRuns(
  configuration: FoldedConfiguration,
  folder: string,
): { fold: number; folder: string; configuration: RunConfiguration }[] {
  return Array.from({ length: configuration.cv }, (_, index) => ({
    fold: index + 1,
    folder: foldFolder(folder, index + 1),
    configuration: { ...configuration, cvFold: index + 1 },
  }));
}

/** What a cross-validation would do. @throws UserError as `crossValidate`. */
export function previewFolds(configuration: FoldedConfiguration, options: RunOptions): Promise<JoinedPreview> {
  return previewRuns(foldRuns(configuration, options.folder), options);
}
