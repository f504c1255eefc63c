/**
 * Named settings of a run, and a run's configuration from one of them and what differs from it.
 *
 * `paper` is the paper's own setting; `small` and `quickstart` are for two cores and no network.
 */
import { SHIPPED_BERT, SHIPPED_GPT2 } from '../checkpoint/shipped-models.ts';
import { UserError } from '../foundation/errors.ts';
import { runConfigurationSchema } from './configuration.ts';
import type { DeepPartial, RunConfiguration, RunSettings } from './configuration.ts';

/**
 * The classifier's head and learning rate are those that did best on validation data of the sample data set and of CDR (docs/guides/models.md): [CLS] of the
 * BERT that ships learned nothing in its pretraining, which had no task for it.
 */
const small = {
  generator: {
    model: SHIPPED_GPT2,
    epochs: 5,
    minimumUpdates: 30,
    batchSize: 16,
    accumulation: 1,
    learningRate: 1e-3,
    warmup: 0.1,
  },
  sampling: { poolFactor: 2 },
  classifier: { model: SHIPPED_BERT, epochs: 4, learningRate: 3e-4, head: 'entity-markers' },
  ensemble: { size: 3 },
} satisfies DeepPartial<RunConfiguration>;

/** Named settings for `--preset`. */
export const presets: Readonly<Record<'paper' | 'small' | 'quickstart', DeepPartial<RunConfiguration>>> = {
  /**
   * The numbers of the paper (section 4.1) and nothing beside them; presets.test.ts holds them against its table. The in-domain stage is a
   * generator model made before: `dare pretrain --model gpt2-large`.
   */
  paper: {
    corpus: { otherRelations: 'drop' },
    generator: {
      model: 'gpt2-large',
      shared: false,
      epochs: 5,
      batchSize: 4,
      accumulation: 2,
      learningRate: 3e-5,
      warmup: 0,
      weightDecay: 0,
      maxLength: 128,
      addPlaceholderTokens: false,
    },
    sampling: { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1, maxWords: 100 },
    filter: { masks: 'at-least-once', minimumWords: 8, heldOutCopies: 'keep' },
    classifier: {
      model: 'bert-large-uncased',
      epochs: 5,
      batchSize: 32,
      accumulation: 1,
      learningRate: 2e-5,
      warmup: 0,
      maxLength: 128,
      head: 'cls',
      placeholders: 'entity',
      addPlaceholderTokens: false,
    },
    ensemble: { size: 20, ratio: 1, arms: ['dare', 'class-weighting', 'balanced-bagging'], retries: 0 },
    arms: { 'class-weighting': { size: 10 }, 'balanced-bagging': { size: 10, cut: 'all' } },
  },
  /** Minutes on two cores, nothing downloaded: the models that ship, a small ensemble. */
  small,
  /** The same with the baseline of the paper beside it. */
  quickstart: { ...small, ensemble: { ...small.ensemble, arms: ['dare', 'gold', 'balanced-bagging'] } },
};

/**
 * A run's configuration from settings, or from a preset and what differs from it.
 * @throws UserError naming the setting that is not allowed.
 * @example configure({ corpus: { path: 'cdr.jsonl' }, ensemble: { size: 5 } }, 'small')
 */
export function configure(settings: RunSettings, preset?: keyof typeof presets): RunConfiguration {
  const parsed = runConfigurationSchema.safeParse(preset ? merged(presets[preset], settings) : settings);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UserError(issue.message, { where: issue.path.join('.') || 'the settings' });
}

/** The later one counts, setting by setting. */
function merged(first: unknown, second: unknown): unknown {
  if (!isSection(first) || !isSection(second)) return second === undefined ? first : second;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries(Array.from(names, (name) => [name, merged(first[name], second[name])]));
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
