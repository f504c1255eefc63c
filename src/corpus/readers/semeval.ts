/**
 * SemEval-2010 Task 8, the official text: a numbered sentence in quotes, its relation, a comment, an empty line.
 *
 *     1⇥"The <e1>child</e1> was wrapped into the <e2>cradle</e2>."
 *     Content-Container(e1,e2)
 *     Comment:
 *
 * e1 is the head. The relation keeps its direction in its name: `Cause-Effect(e1,e2)` and `Cause-Effect(e2,e1)` are
 * two relations, as the task scores them. `Other` is null.
 */
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import { Labels } from './labels.ts';
import { parseTagged } from './marked-text.ts';
import { describePlace, type CorpusReader, type Place } from './reader.ts';

const SENTENCE = /^(\d+)\s+(.*<e[12]>.*)$/s;

export const semEvalReader: CorpusReader = {
  format: 'semeval',
  title: 'SemEval-2010 Task 8, the official text',
  unit: 'sentence',
  recognises: ({ beginning }) => /^\uFEFF?\s*\d+\s+"?[^\n]*<e[12]>/.test(beginning),
  async *read(files, { warnings, options }) {
    const labels = new Labels(['Other'], options, warnings);
    for (const { path, split } of files) {
      /** The sentence that has no relation yet. */
      let open: { number: string; text: string; place: Place } | undefined;
      let sentences = 0;
      for await (const { text, line } of readLines(path)) {
        const place = { path, line };
        const [, number, sentence] = SENTENCE.exec(text) ?? [];
        if (number !== undefined && sentence !== undefined) {
          if (open) throw withoutRelation(open);
          open = { number, text: sentence, place };
          sentences++;
        } else if (open) {
          const label = text.trim();
          if (label === '' || /^comment:/i.test(label)) throw withoutRelation(open);
          const marked = parseTagged(/^".*"$/s.test(open.text) ? open.text.slice(1, -1) : open.text);
          if (typeof marked === 'string') {
            throw new UserError(marked, {
              where: describePlace(open.place),
              remedy: 'mark the two entities with <e1>…</e1> and <e2>…</e2>',
            });
          }
          const relation = labels.relation(label, describePlace(place));
          const { number: id } = open;
          yield {
            kind: 'example',
            place: open.place,
            example: { id, document: id, ...marked, relation, ...(split && { split }) },
          };
          open = undefined;
        } else if (text.trim() !== '' && !/^comment:/i.test(text)) {
          throw new UserError('neither a numbered sentence with <e1> and <e2> nor a comment', {
            where: describePlace(place),
            remedy: 'a sentence, its relation and its comment stand on three lines, an empty line after them',
          });
        }
      }
      if (open) throw withoutRelation(open);
      if (sentences === 0)
        throw new UserError('the file holds no sentences', { where: path, remedy: 'check the format' });
    }
  },
};

const withoutRelation = ({ number, place }: { number: string; place: Place }): UserError =>
  new UserError(`sentence ${number} has no relation`, {
    where: describePlace(place),
    remedy: 'write the relation on the next line, Other where there is none',
  });
