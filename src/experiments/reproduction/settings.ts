/**
 * What a reproduction can be told, in one schema: its sizes, and the run's own sections for the models. Presets set both; every value has a flag.
 *
 * `paper` is the paper's setting (METHOD and section 4.1), `small` the same experiments at a size for two cores: fewer classifiers and seeds, the models
 * that ship, and a limit on each part of the data.
 */
import { z } from 'zod';
import { SHIPPED_GPT2 } from '../../checkpoint/shipped-models.ts';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets as runPresets } from '../../dare/presets.ts';
import { RANDOM_MODEL } from '../../nn/initialize.ts';
import type { DeepPartial, RunConfiguration } from '../../dare/configuration.ts';

const count = z.int().min(1);
const limit = (part: string, how = 'drawn at random') =>
  count
    .nullable()
    .default(null)
    .meta({ placeholder: 'n' })
    .describe(`${part} examples at most, ${how} (all unless given)`);

const { generator, sampling, filter, classifier, device, precision, threads, workers, memory, checkpointSeconds } =
  runConfigurationSchema.shape;

export const reproductionSchema = z.object({
  members: count.default(20).describe('classifiers of an ensemble'),
  baselineMembers: count
    .nullable()
    .default(null)
    .describe('classifiers of class weighting and balanced bagging (as many as the others unless given)'),
  seeds: count.default(1).describe('seeds of each experiment: 1, 2, …'),
  figure1Seeds: count.nullable().default(null).describe('seeds of figure1 (as many as the others unless given)'),
  armsSeeds: count.default(5).describe('seeds of arms'),
  gold: limit('training'),
  validation: limit('validation'),
  test: limit('test', 'as whole documents drawn at random'),
  retries: z.int().min(0).default(0).describe('how often a classifier that learned nothing is trained anew'),
  adapted: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({ placeholder: 'folder' })
    .describe('generator model that learned from text of the field; generator.model is the one that did not'),
  ...{ generator, sampling, filter, classifier, device, precision, threads, workers, memory, checkpointSeconds },
});
export type ReproductionSettings = z.infer<typeof reproductionSchema>;

type Sections = Pick<DeepPartial<RunConfiguration>, 'generator' | 'sampling' | 'filter' | 'classifier'>;

/** The models' part of a run's preset. */
const sectionsOf = (preset: keyof typeof runPresets): Sections => {
  const { generator = {}, sampling = {}, filter = {}, classifier = {} } = runPresets[preset];
  return { generator, sampling, filter, classifier };
};
const paper = sectionsOf('paper');
const small = sectionsOf('small');

export const reproductionPresets: Readonly<Record<'small' | 'paper', DeepPartial<ReproductionSettings>>> = {
  small: {
    members: 3,
    seeds: 3,
    armsSeeds: 5,
    gold: 3000,
    validation: 400,
    test: 1000,
    retries: 2,
    ...small,
    adapted: SHIPPED_GPT2,
    // Of the adapted model's shape: what this one lacks is what it learned.
    generator: { ...small.generator, model: RANDOM_MODEL },
    classifier: { ...small.classifier, keepWeights: false },
    threads: 1,
  },
  paper: {
    members: 20,
    baselineMembers: 10,
    seeds: 1,
    figure1Seeds: 5,
    armsSeeds: 5,
    retries: 0,
    ...paper,
    classifier: { ...paper.classifier, keepWeights: false },
  },
};
