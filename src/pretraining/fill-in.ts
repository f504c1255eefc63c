/** What a BERT makes of held-out text, for people: its guess in brackets where a token was hidden, and what stood there where that is another. */
import type { Program } from '../runtime/device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { PreparedBatch } from './objective.ts';

/** Tokens that are shown of a text. */
const SHOWN = 60;

/**
 * @param program the objective's scoring.
 * @param batch masked rows, of which those at `places` are run (all of them unless given); the first text of each is shown.
 * @returns at most `count` texts, such as `aspirin [caused] bleeding in [the, not ten] patients`.
 */
export async function fillIn(
  program: Program,
  batch: PreparedBatch,
  tokenizer: Tokenizer,
  count: number,
  places?: readonly number[],
): Promise<string[]> {
  const feeds = batch.feeds(1, places);
  const { best } = await program.run(feeds);
  const { inputIds, segments, predictedRows, labels } = feeds;
  const [rows, length] = segments!.shape as [number, number];
  const name = (id: number): string => tokenizer.idToToken(id) ?? '';
  const guesses = new Map<number, string>();
  predictedRows!.data.forEach((place, index) => {
    const [guess, label] = [best!.data[index]!, labels!.data[index]!];
    guesses.set(place, `[${name(guess)}${guess === label ? '' : `, not ${name(label)}`}]`);
  });
  return Array.from({ length: Math.min(count, rows) }, (_, row) => {
    const first = segments!.data[row * length];
    const shown: string[] = [];
    let isCut = false;
    const show = (token: string): void => {
      // A piece that goes on a word is shown with it; a guess is shown as the vocabulary has it.
      if (token.startsWith('##') && shown.length > 0) shown.push(`${shown.pop()!}${token.slice(2)}`);
      else shown.push(token);
    };
    for (let position = 1; position < length && position <= SHOWN + 1; position++) {
      if (segments!.data[row * length + position] !== first) break;
      const place = position * rows + row;
      const id = inputIds!.data[place]!;
      if (id === tokenizer.sep) continue;
      if (position > SHOWN) isCut = true;
      else show(guesses.get(place) ?? name(id));
    }
    return shown.join(' ') + (isCut ? ' …' : '');
  });
}
