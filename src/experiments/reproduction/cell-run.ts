/** A cell as a run: its configuration from what the experiment varies and what the user chose. */
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { RANDOM_MODEL } from '../../nn/initialize.ts';
import type { RunConfiguration } from '../../dare/configuration.ts';
import { UserError } from '../../foundation/errors.ts';
import type { CorpusName, FoundCorpora } from './corpora.ts';
import type { Cell } from './experiment.ts';
import type { ReproductionSettings } from './settings.ts';

/** What a cell's configuration depends on beside the cell. */
export interface Setting {
  readonly settings: ReproductionSettings;
  readonly found: FoundCorpora;
  /** Models that generators start from: folders or names. */
  readonly starts: { readonly adapted: string; readonly vanilla: string };
}

/** The part of the training data that the paper holds out of DDI for development, pair by pair; it has no development data of its own. */
const DDI_DEVELOPMENT = { validationFraction: 0.1, divideBy: 'example' } as const;

/** A corpus by the paper's rules, with the limits that the user chose. */
export function corpusSettings(
  name: CorpusName,
  { gold, validation, test }: ReproductionSettings,
  { corpora, meshTree }: FoundCorpora,
): RunConfiguration['corpus'] {
  const { path, hasTest } = corpora[name]!;
  return runConfigurationSchema.shape.corpus.parse({
    path,
    otherRelations: 'drop',
    ...(name === 'cdr' && { meshTree }),
    // Where test data has to come out of the training documents as well, whole documents are held out.
    ...(name === 'ddi' && hasTest && DDI_DEVELOPMENT),
    trainExamples: gold,
    validationExamples: validation,
    testExamples: test,
  });
}

export function configurationOf(cell: Cell, { settings, found, starts }: Setting): RunConfiguration {
  const { members, baselineMembers, retries, generator, sampling, filter, classifier } = settings;
  const { device, precision, threads, workers, memory, checkpointSeconds } = settings;
  return runConfigurationSchema.parse({
    corpus: { ...corpusSettings(cell.corpus, settings, found), positives: cell.positives },
    generator: { ...generator, model: starts[cell.start] },
    sampling: { ...sampling, poolRatio: Math.max(cell.poolRatio, sampling.poolRatio ?? 0) },
    filter,
    classifier,
    ensemble: { size: members, ratio: cell.ratio, arms: [...cell.arms], retries },
    arms: { 'class-weighting': { size: baselineMembers }, 'balanced-bagging': { size: baselineMembers } },
    seed: cell.seed,
    ...{ device, precision, threads, workers, memory, checkpointSeconds },
  });
}

/**
 * The model that has learned from text of the field.
 * @throws UserError where none is named, and one is needed: the paper's in-domain stage comes before every experiment.
 */
export function adaptedModel({ adapted, generator }: ReproductionSettings): string {
  if (adapted !== null) return adapted;
  const base = generator.model === RANDOM_MODEL ? 'gpt2' : generator.model;
  throw new UserError('the generator that first learned from PubMed abstracts is missing', {
    where: '--adapted',
    remedy: `make it with dare pretrain --objective causal --model ${base} --text ABSTRACTS --out DIR and give --adapted DIR; or do without it: --adapted ${base}`,
  });
}
