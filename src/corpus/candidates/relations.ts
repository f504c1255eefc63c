/**
 * What a document says about two mentions: the relations between them, or between their concepts.
 *
 * Each stated relation is remembered as found once a pair asks for it, so that those that no pair can have are known in the end.
 */
import type { AnnotatedDocument, Annotation } from '../document.ts';

/** A relation as a document states it. */
interface Stated {
  type: string;
  /** Concept ids or mention ids. */
  head: string;
  tail: string;
  between: 'concepts' | 'mentions';
  /** Whether the corpus itself counts it. */
  evaluated: boolean;
  found: boolean;
}

/** One side of a pair: a mention, and the concepts by which it takes part. */
export interface Side {
  mention: Annotation;
  ids: readonly string[];
}

/** A relation of a pair. */
export interface PairRelation {
  type: string;
  evaluated: boolean;
}

export class StatedRelations {
  readonly #all: Stated[];
  readonly #byPair = new Map<string, Stated[]>();
  readonly #idsOfMention: ReadonlyMap<string, readonly string[]>;
  readonly #directed: boolean;

  /** @param directed a relation holds in the order in which it is written, and in no other. */
  constructor({ relations, mentionRelations = [], mentions }: AnnotatedDocument, directed: boolean) {
    this.#directed = directed;
    this.#idsOfMention = new Map(mentions.flatMap(({ id, ids }) => (id === undefined ? [] : [[id, ids] as const])));
    this.#all = [
      ...relations.map((each): Stated => ({ ...each, between: 'concepts', evaluated: true, found: false })),
      ...mentionRelations.map(({ type, head, tail, evaluated = true }): Stated => {
        return { type, head, tail, between: 'mentions', evaluated, found: false };
      }),
    ];
    for (const stated of this.#all) {
      const { head, tail, between } = stated;
      this.#enter(keyOf(between, head, tail), stated);
      if (!directed && head !== tail) this.#enter(keyOf(between, tail, head), stated);
    }
  }

  #enter(key: string, stated: Stated): void {
    const standing = this.#byPair.get(key);
    if (standing) standing.push(stated);
    else this.#byPair.set(key, [stated]);
  }

  /** The relations of a pair, each type once, in the order of the document; they count as found. */
  between(head: Side, tail: Side): PairRelation[] {
    const keys = head.ids.flatMap((a) => tail.ids.map((b) => keyOf('concepts', a, b)));
    if (head.mention.id !== undefined && tail.mention.id !== undefined) {
      keys.push(keyOf('mentions', head.mention.id, tail.mention.id));
    }
    const byType = new Map<string, PairRelation>();
    for (const stated of keys.flatMap((key) => this.#byPair.get(key) ?? [])) {
      stated.found = true;
      const { type, evaluated } = stated;
      const standing = byType.get(type);
      byType.set(type, { type, evaluated: evaluated || standing?.evaluated === true });
    }
    return [...byType.values()];
  }

  /** How many of the stated relations hold between some of these heads and tails; they count as found. */
  among(heads: readonly Side[], tails: readonly Side[]): number {
    const namesOf = (sides: readonly Side[]): Record<Stated['between'], Set<string | undefined>> => ({
      concepts: new Set(sides.flatMap(({ ids }) => ids)),
      mentions: new Set(sides.map(({ mention }) => mention.id)),
    });
    const [ofHeads, ofTails] = [namesOf(heads), namesOf(tails)];
    const holds = ({ between }: Stated, head: string, tail: string): boolean =>
      ofHeads[between].has(head) && ofTails[between].has(tail);
    const found = this.#all.filter(
      (stated) =>
        holds(stated, stated.head, stated.tail) || (!this.#directed && holds(stated, stated.tail, stated.head)),
    );
    for (const stated of found) stated.found = true;
    return found.length;
  }

  /** Concepts that are related to one of these, as its tails or (side `head`) as its heads. */
  partnersOf(ids: readonly string[], side: 'head' | 'tail'): string[] {
    return this.#all.flatMap(({ head, tail, between }) => {
      const ends = [head, tail].map((end) => (between === 'concepts' ? [end] : (this.#idsOfMention.get(end) ?? [])));
      const [near, far] = side === 'tail' ? [ends[0]!, ends[1]!] : [ends[1]!, ends[0]!];
      if (near.some((id) => ids.includes(id))) return far;
      return !this.#directed && far.some((id) => ids.includes(id)) ? near : [];
    });
  }

  /** Relations that no pair asked for; of several between the same two concepts, one. */
  notFound(): Pick<Stated, 'head' | 'tail' | 'between'>[] {
    const found = new Set(
      this.#all.filter((each) => each.found).map(({ between, head, tail }) => keyOf(between, head, tail)),
    );
    const left = new Map<string, Stated>();
    for (const stated of this.#all) {
      const key = keyOf(stated.between, stated.head, stated.tail);
      if (!found.has(key)) left.set(key, stated);
    }
    return [...left.values()];
  }
}

const keyOf = (between: Stated['between'], head: string, tail: string): string => `${between}\t${head}\t${tail}`;
