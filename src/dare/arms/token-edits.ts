/**
 * Token edits: gold sentences of each relation are repeated with a few words changed, after EDA (Wei and Zou 2019, arXiv 1901.11196). The cheap
 * augmentation that a generator must beat; as many sentences are added as DARE adds.
 *
 * EDA's operations, without its thesaurus: words that are put in come from the corpus's own training sentences, as often as they stand there. Each
 * sentence gets one operation, on n = max(1, round(alpha · words)) words; deletion takes each word out with probability alpha, as
 * in EDA. A word that holds a placeholder is never taken out, replaced or moved past another: both stay, in their order.
 */
import { z } from 'zod';
import type { Placeholders } from '../../corpus/placeholders.ts';
import { RandomStream } from '../../foundation/random.ts';
import { drawSize } from '../draw.ts';
import { defineArm } from './arm.ts';
import { repeated } from './oversampling.ts';

export const EDITS = ['replace', 'insert', 'swap', 'delete'] as const;
export type Edit = (typeof EDITS)[number];

/** Words as white space divides them; `isFixed` where a placeholder is in it. */
interface Word {
  readonly text: string;
  readonly isFixed: boolean;
}

const wordsOf = (text: string): string[] => text.match(/\S+/g) ?? [];

function holdsPlaceholder(word: string, placeholders: readonly Placeholders[]): boolean {
  return placeholders.some(({ head, tail }) => word.includes(head) || word.includes(tail));
}

/** All words of the sentences that hold no placeholder, each as often as it stands there. */
export function ownVocabulary(texts: readonly string[], placeholders: readonly Placeholders[]): string[] {
  return texts.flatMap(wordsOf).filter((word) => !holdsPlaceholder(word, placeholders));
}

/**
 * A sentence with one edit.
 * @param vocabulary words to put in; without any, nothing is put in or replaced.
 * @returns the sentence, its words apart by one space; unchanged where there is nothing to edit.
 */
export function editSentence(
  text: string,
  edit: Edit,
  alpha: number,
  { placeholders, vocabulary }: { placeholders: readonly Placeholders[]; vocabulary: readonly string[] },
  stream: RandomStream,
): string {
  let words: Word[] = wordsOf(text).map((word) => ({ text: word, isFixed: holdsPlaceholder(word, placeholders) }));
  const free = words.flatMap(({ isFixed }, place) => (isFixed ? [] : place));
  const count = Math.max(1, Math.round(alpha * words.length));
  const newWord = (): Word => ({ text: vocabulary[stream.integer(vocabulary.length)]!, isFixed: false });
  switch (edit) {
    case 'replace':
      if (vocabulary.length > 0) for (const place of stream.sample(free, count)) words[place] = newWord();
      break;
    case 'insert':
      if (vocabulary.length > 0) {
        for (let done = 0; done < count; done++) words.splice(stream.integer(words.length + 1), 0, newWord());
      }
      break;
    case 'swap':
      for (let done = 0; done < count && free.length > 1; done++) {
        const [first, second] = stream.sample(free, 2) as [number, number];
        [words[first], words[second]] = [words[second]!, words[first]!];
      }
      break;
    case 'delete':
      words = words.filter(({ isFixed }) => isFixed || stream.uniform() >= alpha);
      break;
  }
  return words.map((word) => word.text).join(' ');
}

/** An edit may change nothing (two equal words change places): so many others are tried before it is left at that. */
const TRIES = 10;

export const tokenEdits = defineArm({
  title: 'token edits',
  pools: null,
  usesRatio: () => true,
  settings: {
    alpha: z.number().positive().max(1).default(0.1).describe('part of a sentence’s words that an edit changes'),
    edits: z
      .array(z.enum(EDITS))
      .min(1)
      .default([...EDITS])
      .describe('kinds of edits'),
  },
  trainingData({ gold, relations, placeholders }, { ratio, options }, { seed, path }) {
    const vocabulary = ownVocabulary(
      gold.map(({ text }) => text),
      placeholders,
    );
    const added = relations.flatMap((relation) => {
      const stream = RandomStream.named(seed, ...path, 'draw', relation);
      const own = gold.filter((example) => example.relation === relation);
      return repeated(own, drawSize(own.length, ratio), stream).map(({ text }) => {
        const original = wordsOf(text).join(' ');
        let edited = original;
        for (let tries = 0; edited === original && tries < TRIES; tries++) {
          const edit = options.edits[stream.integer(options.edits.length)]!;
          edited = editSentence(text, edit, options.alpha, { placeholders, vocabulary }, stream);
        }
        return { text: edited, relation };
      });
    });
    return { gold, added };
  },
});
