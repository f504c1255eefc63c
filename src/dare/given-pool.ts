/**
 * Sentences from elsewhere, written by hand or by another model, as a pool: JSON Lines, `{"relation": …, "text": …}`, the text with
 * placeholders for its two entities: those of the corpus, or $ENTITYA$ and $ENTITYB$, which stand for the types that the relation holds between most often.
 */
import { z } from 'zod';
import { ENTITY_PLACEHOLDERS, renamePlaceholders, type Placeholders } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import { readJsonLines } from '../foundation/json-lines.ts';

/** Other fields are left alone: whoever wrote the file may note in it what they like. */
const lineSchema = z.object({ text: z.string().min(1), relation: z.string().min(1) });

/** Texts by relation, in the order of the file, with the corpus's placeholders. @throws UserError with file:line. */
export async function readGivenPool(
  path: string,
  relations: readonly string[],
  placeholdersOf: (relation: string) => Placeholders,
): Promise<Map<string, string[]>> {
  const texts = new Map(relations.map((relation): [string, string[]] => [relation, []]));
  for await (const { value, line } of readJsonLines(path, lineSchema)) {
    const own = texts.get(value.relation);
    if (!own) {
      throw new UserError(`there is no relation "${value.relation}"`, {
        where: `${path}:${line}`,
        remedy: `known: ${relations.join(', ')}`,
      });
    }
    own.push(renamePlaceholders(value.text, ENTITY_PLACEHOLDERS, placeholdersOf(value.relation)));
  }
  if ([...texts.values()].every((own) => own.length === 0)) {
    throw new UserError('there are no sentences', {
      where: path,
      remedy: 'give one a line: {"relation": …, "text": …}',
    });
  }
  return texts;
}
