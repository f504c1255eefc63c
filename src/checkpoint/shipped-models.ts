/**
 * The models that ship with the product: folders in the package's `models/`, called `dare/<folder>` wherever a model is named: a generator
 * and a classifier's encoder, both learned from PubMed abstracts and small enough to fine-tune in minutes on two cores.
 *
 * They are ordinary Hugging Face folders with a card (README.md) each, so that nothing behind a name knows the difference, and no network is needed.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../foundation/errors.ts';
import { kindAt } from '../foundation/files.ts';

/** What the names begin with; no repository of the hub can have this owner without meaning these. */
const OWNER = 'dare/';

/** What generators start from. */
export const SHIPPED_GPT2 = `${OWNER}gpt2-small-pubmed`;
/** What classifiers start from. */
export const SHIPPED_BERT = `${OWNER}bert-small-pubmed`;

const NAMES: readonly string[] = [SHIPPED_GPT2, SHIPPED_BERT];

/** `models/` of the package; the same from src/ and from dist/. */
const MODELS = fileURLToPath(new URL('../../models', import.meta.url));

/**
 * The folder of a shipped model, or undefined for a name that is none of ours.
 * @throws UserError when the name is `dare/…` but no such model ships, or its files are missing from the installation.
 */
export async function shippedModelFolder(name: string): Promise<string | undefined> {
  if (!name.startsWith(OWNER)) return undefined;
  if (!NAMES.includes(name)) {
    throw new UserError('no model of this name ships with dare', { where: name, remedy: `known: ${NAMES.join(', ')}` });
  }
  const folder = join(MODELS, name.slice(OWNER.length));
  if ((await kindAt(join(folder, 'config.json'))) === 'file') return folder;
  throw new UserError(`the files of ${name} are missing from this installation`, {
    where: folder,
    remedy: 'install dare again, or name another model',
    exitCode: 1,
  });
}
