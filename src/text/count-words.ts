/** The number of words of a text: stretches without white space. */
export const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;
