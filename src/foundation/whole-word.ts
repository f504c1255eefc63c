/** A pattern that finds a word as it stands by itself, in its exact case: no letter, digit, underscore or dollar sign beside it. */
export function wholeWord(word: string): RegExp {
  const literal = word.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${literal}(?![\\p{L}\\p{N}_$])`, 'u');
}
