/** Command lines that people copy into a shell. */

/** A word as a shell reads it as one, and as it is. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Words as a line that a shell takes apart into the same words. */
export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
