/**
 * Dividing examples, seeded and repeatable.
 *
 * Sentences of one document resemble each other, so documents, not examples, are what is divided. Stratified: each
 * part gets its share of every relation as nearly as whole documents allow. Subsamples are nested: the 50 positives
 * of a small experiment are among the 250 of a larger.
 */
import { RandomStream } from '../foundation/random.ts';
import type { Example, Split } from './example.ts';

/** What is divided: whole documents, or single examples, whatever their document. */
export const DIVISION_UNITS = ['document', 'example'] as const;
export type DivisionUnit = (typeof DIVISION_UNITS)[number];

/** What stays together. */
interface Unit {
  id: string;
  /** Number of examples by label. */
  counts: Map<string | null, number>;
}

/** What dividing looks at. */
type Divisible = Pick<Example, 'id' | 'document' | 'relation'>;

const unitOf = (example: Divisible, by: DivisionUnit): string => (by === 'document' ? example.document : example.id);

function unitsOf(examples: readonly Divisible[], by: DivisionUnit): Unit[] {
  const byId = new Map<string, Unit>();
  for (const example of examples) {
    const id = unitOf(example, by);
    let unit = byId.get(id);
    if (!unit) byId.set(id, (unit = { id, counts: new Map() }));
    unit.counts.set(example.relation, (unit.counts.get(example.relation) ?? 0) + 1);
  }
  return [...byId.values()];
}

function labelsRarestFirst(examples: readonly Divisible[]): (string | null)[] {
  const totals = new Map<string | null, number>();
  for (const { relation } of examples) totals.set(relation, (totals.get(relation) ?? 0) + 1);
  return [...totals].sort(([, m], [, n]) => m - n).map(([label]) => label);
}

/**
 * Divides examples into parts of the given shares of the documents, stratified by label (null included).
 *
 * Documents are laid in a row so that neighbours are alike (by how many examples of the rarest label they hold, then
 * of the next rarest, …; by chance where equal) and dealt along it: each goes to the part that is furthest behind its
 * share, by chance where several are. Every part so gets its share of each kind of document, and of the documents.
 * @param shares positive; they are scaled to sum to one.
 * @param by what is dealt: documents, or, for corpora whose makers divided them so, single examples.
 * @returns one list a share, each in the order of `examples`.
 */
export function splitByDocument<E extends Divisible>(
  examples: readonly E[],
  shares: readonly number[],
  seed: number,
  by: DivisionUnit = 'document',
): E[][] {
  const stream = RandomStream.named(seed, 'split');
  const rarestFirst = labelsRarestFirst(examples);
  const row = stream.shuffle(unitsOf(examples, by)).sort((a, b) => {
    const label = rarestFirst.find((each) => a.counts.get(each) !== b.counts.get(each));
    return label === undefined ? 0 : (b.counts.get(label) ?? 0) - (a.counts.get(label) ?? 0);
  });

  const whole = shares.reduce((sum, share) => sum + share, 0);
  const parts = shares.map((share) => ({ share: share / whole, behind: 0, units: new Set<string>() }));
  for (const { id } of row) {
    for (const part of parts) part.behind += part.share;
    const chosen = stream.shuffle(parts).reduce((most, part) => (part.behind > most.behind + 1e-9 ? part : most));
    chosen.behind -= 1;
    chosen.units.add(id);
  }
  return parts.map(({ units }) => examples.filter((example) => units.has(unitOf(example, by))));
}

/** The share of training documents that serves as validation data where the corpus has none. */
export const VALIDATION_FRACTION = 0.15;

/** The share taken out for testing where the corpus has neither development nor test data. */
export const HELD_OUT_FRACTION = 0.2;

/**
 * Takes validation data out of training data: whole documents unless told otherwise, stratified, the same for the
 * same seed whatever is done with the rest. Call it before any subsampling.
 */
export function takeValidation(
  training: readonly Example[],
  seed: number,
  validationFraction = VALIDATION_FRACTION,
  by: DivisionUnit = 'document',
): { train: Example[]; validation: Example[] } {
  const shares = [1 - validationFraction, validationFraction];
  const [train = [], validation = []] = splitByDocument(training, shares, seed, by);
  return { train, validation };
}

/** Where the data that a run is scored on comes from. */
export const TESTED_ON = ['test', 'development', 'held-out training documents', 'held-out training examples'] as const;
export type TestedOn = (typeof TESTED_ON)[number];

/** The three parts of a run's data. */
export interface Division {
  train: Example[];
  /** Chooses epochs and thresholds, and is never reported on. */
  validation: Example[];
  test: Example[];
  testedOn: TestedOn;
}

export interface DivisionRules {
  /** Keep to the corpus's own division. */
  givenSplits: boolean;
  validationFraction: number;
  testFraction: number;
  divideBy: DivisionUnit;
}

/**
 * A corpus's examples as training, validation and test data. Where the corpus has no test data, its development data
 * stands in, and validation comes out of the training data; where it has neither, test data does too.
 */
export function divide(
  examples: Readonly<Record<Split, readonly Example[]>>,
  { givenSplits, validationFraction, testFraction, divideBy }: DivisionRules,
  seed: number,
): Division {
  const { development, test } = givenSplits ? examples : { development: [], test: [] };
  const training = givenSplits ? examples.train : Object.values(examples).flat();
  if (test.length > 0 && development.length > 0) {
    return { train: [...training], validation: [...development], test: [...test], testedOn: 'test' };
  }
  if (test.length > 0) return { ...validated(training), test: [...test], testedOn: 'test' };
  if (development.length > 0) return { ...validated(training), test: [...development], testedOn: 'development' };
  const [rest = [], heldOut = []] = splitByDocument(training, [1 - testFraction, testFraction], seed, divideBy);
  return { ...validated(rest), test: heldOut, testedOn: `held-out training ${divideBy}s` };

  function validated(from: readonly Example[]): Pick<Division, 'train' | 'validation'> {
    return takeValidation(from, seed, validationFraction, divideBy);
  }
}

/** K folds by document, stratified; fold k is the k-th list. */
export function foldsByDocument<E extends Divisible>(examples: readonly E[], folds: number, seed: number): E[][] {
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
 * Keeps at most `count` examples, single ones or whole documents (then never fewer than one document); in the order given. For one seed smaller
 * subsamples lie within larger ones.
 *
 * Every unit gets a place in one order and the longest beginning that fits is kept. Units of a kind (by the rarest label that they hold) are in
 * an order by chance and spread evenly over the whole, so that every beginning has its share of them: a relation that stands in few documents is
 * not lost.
 * @param part names what is sampled from, so that samples of several parts are independent.
 */
export function subsample<E extends Divisible>(
  examples: readonly E[],
  count: number,
  seed: number,
  { part, by }: { part: string; by: DivisionUnit },
): E[] {
  const rarestFirst = labelsRarestFirst(examples);
  const kinds = new Map<string | null, Unit[]>();
  for (const unit of unitsOf(examples, by)) {
    const kind = rarestFirst.find((label) => unit.counts.has(label)) ?? null;
    const others = kinds.get(kind);
    if (others) others.push(unit);
    else kinds.set(kind, [unit]);
  }
  const places = [...kinds].flatMap(([kind, units]) =>
    RandomStream.named(seed, 'subsample', part, kind ?? 'null')
      .shuffle(units)
      .map((unit, i) => ({ unit, place: (i + 0.5) / units.length })),
  );
  places.sort((a, b) => a.place - b.place);
  const kept = new Set<string>();
  let sum = 0;
  for (const { unit } of places) {
    for (const ofLabel of unit.counts.values()) sum += ofLabel;
    if (sum > count && kept.size > 0) break;
    kept.add(unit.id);
  }
  return examples.filter((example) => kept.has(unitOf(example, by)));
}
