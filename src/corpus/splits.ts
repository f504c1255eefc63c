/**
 * Dividing examples, seeded and repeatable.
 *
 * Sentences of one document resemble each other, so documents, not examples, are what is divided. Stratified: each
 * part gets its share of every relation as nearly as whole documents allow. Subsamples are nested: the 50 positives
 * of a small experiment are among the 250 of a larger.
 */
import { RandomStream } from '../foundation/random.ts';
import type { Example } from './example.ts';

interface Document {
  id: string;
  /** Number of examples by label. */
  counts: Map<string | null, number>;
}

function documentsOf(examples: readonly Example[]): Document[] {
  const byId = new Map<string, Document>();
  for (const example of examples) {
    let document = byId.get(example.document);
    if (!document) byId.set(example.document, (document = { id: example.document, counts: new Map() }));
    document.counts.set(example.relation, (document.counts.get(example.relation) ?? 0) + 1);
  }
  return [...byId.values()];
}

/**
 * Divides examples into parts of the given shares of the documents, stratified by label (null included).
 *
 * Documents are laid in a row so that neighbours are alike (by how many examples of the rarest label they hold, then
 * of the next rarest, …; by chance where equal) and dealt along it: each goes to the part that is furthest behind its
 * share, by chance where several are. Every part so gets its share of each kind of document, and of the documents.
 * @param shares positive; they are scaled to sum to one.
 * @returns one list a share, each in the order of `examples`.
 */
export function splitByDocument(examples: readonly Example[], shares: readonly number[], seed: number): Example[][] {
  const stream = RandomStream.named(seed, 'split');
  const totals = new Map<string | null, number>();
  for (const { relation } of examples) totals.set(relation, (totals.get(relation) ?? 0) + 1);
  const rarestFirst = [...totals].sort(([, m], [, n]) => m - n).map(([label]) => label);
  const row = stream.shuffle(documentsOf(examples)).sort((a, b) => {
    const label = rarestFirst.find((each) => a.counts.get(each) !== b.counts.get(each));
    return label === undefined ? 0 : (b.counts.get(label) ?? 0) - (a.counts.get(label) ?? 0);
  });

  const whole = shares.reduce((sum, share) => sum + share, 0);
  const parts = shares.map((share) => ({ share: share / whole, behind: 0, documents: new Set<string>() }));
  for (const { id } of row) {
    for (const part of parts) part.behind += part.share;
    const chosen = stream.shuffle(parts).reduce((most, part) => (part.behind > most.behind + 1e-9 ? part : most));
    chosen.behind -= 1;
    chosen.documents.add(id);
  }
  return parts.map(({ documents }) => examples.filter(({ document }) => documents.has(document)));
}

/** The share of training documents that serves as validation data where the corpus has none. */
export const VALIDATION_FRACTION = 0.15;

/**
 * Takes validation data out of training data: whole documents, stratified, the same for the same seed whatever is
 * done with the rest. Call it before any subsampling.
 */
export function takeValidation(
  training: readonly Example[],
  seed: number,
  validationFraction = VALIDATION_FRACTION,
): { train: Example[]; validation: Example[] } {
  const [train = [], validation = []] = splitByDocument(training, [1 - validationFraction, validationFraction], seed);
  return { train, validation };
}

/** K folds by document, stratified; fold k is the k-th list. */
export function foldsByDocument(examples: readonly Example[], folds: number, seed: number): Example[][] {
  return splitByDocument(examples, Array<number>(folds).fill(1), seed);
}

/**
 * Keeps `count` positives of the training data and all of its negatives, in the order given. Positives are spread
 * over relations in their own proportions. For one seed smaller subsamples lie within larger ones.
 *
 * Every positive gets a place in one order and the first `count` are kept: within its relation by chance, and between
 * relations so that every beginning of the order has the whole's proportions (the i-th of n has the place (i + ½)/n).
 */
export function subsamplePositives(examples: readonly Example[], count: number, seed: number): Example[] {
  const byRelation = new Map<string, Example[]>();
  for (const example of examples) {
    if (example.relation === null) continue;
    const members = byRelation.get(example.relation);
    if (members) members.push(example);
    else byRelation.set(example.relation, [example]);
  }
  const places = [...byRelation].flatMap(([relation, members]) =>
    RandomStream.named(seed, 'subsample', relation)
      .shuffle(members)
      .map((example, i) => ({ example, place: (i + 0.5) / members.length })),
  );
  places.sort((a, b) => a.place - b.place);
  const kept = new Set(places.slice(0, count).map(({ example }) => example));
  return examples.filter((example) => example.relation === null || kept.has(example));
}

/**
 * Keeps `counts[relation]` positives of each relation named, all of those not named, and all negatives; nested as
 * above.
 */
export function subsampleByRelation(
  examples: readonly Example[],
  counts: Readonly<Record<string, number>>,
  seed: number,
): Example[] {
  const kept = new Set<Example>();
  for (const [relation, count] of Object.entries(counts)) {
    const members = examples.filter((example) => example.relation === relation);
    for (const example of RandomStream.named(seed, 'subsample', relation).sample(members, count)) kept.add(example);
  }
  return examples.filter(
    (example) => example.relation === null || !Object.hasOwn(counts, example.relation) || kept.has(example),
  );
}
