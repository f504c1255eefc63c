/** The command that makes an experiment's results, from their settings. */
import type { ExperimentResult } from './results.ts';
import { reproductionPresets, reproductionSchema } from './settings.ts';

/** Sizes that users choose, each with its flag. */
const SIZES = {
  members: '--members',
  baselineMembers: '--baseline-members',
  seeds: '--seeds',
  figure1Seeds: '--figure1-seeds',
  armsSeeds: '--arms-seeds',
  gold: '--gold',
  validation: '--validation',
  test: '--test',
  retries: '--retries',
} as const;

export function commandFor({ experiment, settings }: ExperimentResult): string {
  const candidates = (['small', 'paper'] as const).map((preset) => {
    const standing = reproductionSchema.parse(reproductionPresets[preset]);
    const flags = (Object.keys(SIZES) as (keyof typeof SIZES)[]).flatMap((name) =>
      settings[name] === standing[name] || settings[name] === null ? [] : [`${SIZES[name]} ${settings[name]}`],
    );
    return { preset, flags };
  });
  // The models tell which preset it was, where sizes do not.
  const { preset, flags } = candidates.reduce((fewest, each) =>
    each.flags.length < fewest.flags.length ? each : fewest,
  );
  return ['dare reproduce', experiment, '--corpora PATH/TO/CORPORA --preset', preset, ...flags].join(' ');
}
