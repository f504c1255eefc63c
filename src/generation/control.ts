/**
 * One generator for all relations: what tells it which to write.
 *
 * DARE's authors tried this before they settled on a generator a relation (section 3.3 of the paper: "fine-tuning over the whole D, by adding
 * a special token to the beginning of each sentence that encoded the relation type, e.g., <0>: or <1>:"), and found it worse than gold
 * alone. Each training sentence, null ones too, has its class's control before it; that of a relation is the prompt for its sentences.
 */

/** `<0>:` for null, `<1>:` for the first relation of L. Plain text of the model's own vocabulary, so that it needs no new embeddings. */
export function controlOf(relation: string | null, relations: readonly string[]): string {
  return `<${relation === null ? 0 : relations.indexOf(relation) + 1}>:`;
}
