/**
 * Tab-separated lines of a sentence with tags and its relation, without a header, in either order, perhaps with an id.
 *
 *     Content-Container(e1,e2)⇥The <e1> child </e1> was wrapped into the <e2> cradle </e2> .
 *
 * The relation is the column right after the sentence, or else the one right before it. As in the official text of
 * SemEval, relations keep the direction in their names. (With a header line it is the format `csv`.)
 */
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import { COMMON_NULL_LABELS, Labels } from './labels.ts';
import { isTagged, parseTagged } from './marked-text.ts';
import { quote } from './offsets.ts';
import { describePlace, lineId, type CorpusReader } from './reader.ts';

export const taggedTsvReader: CorpusReader = {
  format: 'tagged-tsv',
  title: 'TSV of sentences with <e1>…</e1> and <e2>…</e2>',
  unit: 'sentence',
  recognises({ beginning }) {
    const [first = ''] = beginning.trimStart().split('\n');
    return first.includes('\t') && /<e[12]>/.test(first) && !/^\uFEFF?\d+\t"/.test(first);
  },
  async *read(files, { warnings, options }) {
    const labels = new Labels(COMMON_NULL_LABELS, options, warnings);
    for (const { path, name, split } of files) {
      for await (const { text: row, line } of readLines(path)) {
        if (row.trim() === '') continue;
        const place = { path, line };
        const where = describePlace(place);
        const columns = row.split('\t');
        const sentence = columns.findIndex(isTagged);
        const found = columns.findIndex((column) => /<\/?e[12]>/.test(column));
        const marked =
          found < 0 ? 'no column holds <e1> and <e2>' : parseTagged(columns[sentence < 0 ? found : sentence]!.trim());
        if (typeof marked === 'string') {
          throw new UserError(marked, { where, remedy: 'mark the two entities with <e1>…</e1> and <e2>…</e2>' });
        }
        const label = (columns[sentence + 1] ?? columns[sentence - 1])?.trim() ?? '';
        if (label === '') {
          throw new UserError(`the sentence ${quote(marked.text)} has no relation`, {
            where,
            remedy: 'write the relation in the column beside it, Other where there is none',
          });
        }
        const id = lineId(name, line);
        const relation = labels.relation(label, where);
        yield { kind: 'example', place, example: { id, document: id, ...marked, relation, ...(split && { split }) } };
      }
    }
  },
};
