/** Words as they stand by themselves, in their exact case: what is beside one is no letter, digit, underscore or dollar sign. */
const IN_WORD = String.raw`[\p{L}\p{N}_$]`;

/** A pattern that finds a word. */
export function wholeWord(word: string): RegExp {
  const literal = word.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<!${IN_WORD})${literal}(?!${IN_WORD})`, 'u');
}

const BEGINNING = new RegExp(`^${IN_WORD}`, 'u');
const END = new RegExp(`${IN_WORD}$`, 'u');

/** Whether a text begins, or ends, with a character that would run into a word beside it and hide it. */
export const beginsInWord = (text: string): boolean => BEGINNING.test(text.slice(0, 2));
export const endsInWord = (text: string): boolean => END.test(text.slice(-2));
