/** What did not become an example, counted by reason: nothing is left out in silence. */

/** The reasons, in words for people. */
export const DROP_REASONS = {
  'mention-across-sentences': 'pairs with a mention that no one sentence holds',
  'crowded-sentence': 'pairs of a sentence with so many that it must be a table or a list',
  'mention-without-concept': 'pairs with a mention that has no concept id',
  'repeated-pair': 'further mentions of a pair of concepts that is an example already',
  'same-entity': 'pairs of an entity with itself',
  'nested-mentions': 'pairs where one mention lies in the other',
  'overlapping-mentions': 'pairs whose mentions share words',
  'discontinuous-mention': 'pairs with a mention in pieces',
  'broader-concept': 'unrelated pairs with a broader concept than a related pair',
  'other-types': 'listed pairs of other entity types',
  'beyond-window': 'listed pairs whose mentions are too far apart',
  'also-within-fewer-sentences': 'pairs of concepts that fewer sentences hold as well',
  'relation-not-counted': 'pairs whose relation does not count',
  'several-relations': 'pairs with several relations',
  'placeholder-in-text': 'sentences that hold a placeholder of their own',
  'relation-beyond-window': 'relations whose two sides are never near enough',
  'relation-of-other-types': 'relations between other entity types',
  'relation-without-mention': 'relations of a concept that no mention has',
} as const satisfies Record<string, string>;

export type DropReason = keyof typeof DROP_REASONS;

/** How many pairs were dropped for a reason, and how many of them are related. */
export interface DropCount {
  pairs: number;
  related: number;
}

export type DropCounts = Partial<Record<DropReason, DropCount>>;

/** Adds up drops. */
export class DropLog {
  readonly #counts = new Map<DropReason, DropCount>();

  add(reason: DropReason, related: boolean, by = 1): void {
    if (by > 0) this.#count(reason, by, related ? by : 0);
  }

  /** In the order of `DROP_REASONS`. */
  counts(): DropCounts {
    const reasons = (Object.keys(DROP_REASONS) as DropReason[]).filter((reason) => this.#counts.has(reason));
    return Object.fromEntries(reasons.map((reason) => [reason, { ...this.#counts.get(reason)! }]));
  }

  #count(reason: DropReason, pairs: number, related: number): void {
    const count = this.#counts.get(reason);
    if (!count) this.#counts.set(reason, { pairs, related });
    else {
      count.pairs += pairs;
      count.related += related;
    }
  }
}
