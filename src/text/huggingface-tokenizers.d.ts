/**
 * The parts of `@huggingface/tokenizers` that we use. The package's own declarations import each other without file extensions, which
 * TypeScript's `nodenext` resolution does not find.
 */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    constructor(tokenizerJson: object, tokenizerConfig: object);
    readonly normalizer: { normalize(text: string): string } | null;
    readonly pre_tokenizer: { pre_tokenize(text: string): string[] } | null;
    readonly model: { encode(words: string[]): string[] } | null;
    readonly decoder: { decode(tokens: string[]): string } | null;
  }
}
