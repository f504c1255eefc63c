/** What an experiment's figures come from beside its settings, by hashes: weights, corpora, and how the steps are done. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveModel } from '../../checkpoint/hub.ts';
import { isReadOfModel } from '../../checkpoint/model-folder.ts';
import { hashOf, sha256OfFile } from '../../foundation/hash.ts';
import type { Monitor } from '../../foundation/progress.ts';
import { RANDOM_MODEL } from '../../nn/initialize.ts';
import { hashOfFiles } from '../../tasks/surroundings.ts';
import { VERSIONS } from '../../tasks/task.ts';
import { adaptedModel } from './cell-run.ts';
import type { CorpusName, FoundCorpora } from './corpora.ts';
import type { Sources } from './results.ts';
import type { ReproductionSettings } from './settings.ts';

export async function sourcesOf(
  needed: readonly CorpusName[],
  settings: ReproductionSettings,
  found: FoundCorpora,
  options: { readonly offline: boolean; readonly monitor: Monitor },
): Promise<Sources> {
  const weights = async (model: string): Promise<string> => {
    if (model === RANDOM_MODEL) return RANDOM_MODEL;
    const folder = await resolveModel(model, options);
    const names = (await readdir(folder)).filter(isReadOfModel).sort();
    return hashOf(await Promise.all(names.map(async (name) => [name, await sha256OfFile(join(folder, name))])));
  };
  const corpora: Sources['corpora'] = {};
  for (const name of needed) corpora[name] = await hashOfFiles(found.corpora[name]!.path);
  const { meshTree } = found;
  return {
    steps: hashOf(VERSIONS),
    models: {
      generator: await weights(settings.generator.model),
      adapted: await weights(adaptedModel(settings)),
      classifier: await weights(settings.classifier.model),
    },
    corpora: meshTree === null ? corpora : { ...corpora, mesh: await hashOfFiles(meshTree) },
  };
}

/** Those of some corpora. */
export function sourcesWithin(sources: Sources, names: readonly CorpusName[]): Sources {
  const isWithin = (name: string): boolean => name === 'mesh' || names.some((each) => each === name);
  return {
    ...sources,
    corpora: Object.fromEntries(Object.entries(sources.corpora).filter(([name]) => isWithin(name))),
  };
}

/** What differs first, in words. */
export function differenceOfSources(one: Sources, other: Sources): string | undefined {
  if (one.steps !== other.steps) return 'steps that were done in another way';
  const kinds = ['generator', 'adapted', 'classifier'] as const;
  const model = kinds.find((kind) => one.models[kind] !== other.models[kind]);
  if (model !== undefined) return `other weights of the ${model} model`;
  const names = [...new Set([...Object.keys(one.corpora), ...Object.keys(other.corpora)])];
  const corpus = names.find((name) => one.corpora[name] !== other.corpora[name]);
  return corpus === undefined ? undefined : `other files of ${corpus}`;
}
