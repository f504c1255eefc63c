/**
 * BLUE and BLURB: tab-separated sentences in which placeholders already stand for the entities.
 *
 *     index⇥sentence⇥label
 *     10471277.T1.T6⇥Probes based on @CHEMICAL$ show that @GENE$ is …⇥false
 *
 * Without a header line a row is a sentence and its label, or an index, a sentence and a label. The placeholders
 * themselves become the mentions (`masked` examples): the entities' names are not known. A sentence with one
 * placeholder for both entities (`@CHEM-GENE$`), or with more than two, does not say which two are meant: it is left
 * out and counted.
 */
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import { COMMON_NULL_LABELS, Labels } from './labels.ts';
import { isMasked, parseMasked } from './marked-text.ts';
import { describePlace, lineId, numberedId, type CorpusReader } from './reader.ts';
import { splitTsvRow } from './tsv-row.ts';

/** Which columns of a row hold what. */
interface Layout {
  index?: number;
  sentence: number;
  label: number;
}

export const maskedTsvReader: CorpusReader = {
  format: 'masked-tsv',
  title: 'BLUE/BLURB TSV with placeholders such as @GENE$ in place',
  unit: 'sentence',
  recognises({ beginning }) {
    const lines = beginning
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .slice(0, 20);
    return lines[0]?.includes('\t') === true && lines.some((line) => line.includes('\t') && isMasked(line));
  },
  async *read(files, { warnings, options }) {
    const labels = new Labels(COMMON_NULL_LABELS, options, warnings);
    for (const { path, name, split } of files) {
      let layout: Layout | undefined;
      for await (const { text: row, line } of readLines(path)) {
        if (row.trim() === '') continue;
        if (line === 1 && !isMasked(row)) {
          layout = layoutOf(row.toLowerCase().trim().split('\t'), path);
          continue;
        }
        const place = { path, line };
        const where = describePlace(place);
        const columns = splitTsvRow(row);
        layout ??= columns.length === 2 ? { sentence: 0, label: 1 } : { index: 0, sentence: 1, label: 2 };
        const wanted = Math.max(layout.sentence, layout.label, layout.index ?? 0) + 1;
        if (columns.length !== wanted) {
          throw new UserError(`${columns.length} columns where there should be ${wanted}`, {
            where,
            remedy: 'every row has the columns of the first; a text must hold no tab',
          });
        }
        const label = columns[layout.label]!.trim();
        if (label === '') {
          throw new UserError('the sentence has no label', { where, remedy: 'write false where there is no relation' });
        }
        const relation = labels.relation(label, where);
        const marked = parseMasked(columns[layout.sentence]!);
        if (typeof marked === 'number') {
          const count = marked === 1 ? '1 placeholder' : `${marked} placeholders`;
          warnings.add('unclear-placeholders', `${count} where two entities should be masked`, where);
          continue;
        }
        const index = layout.index === undefined ? '' : columns[layout.index]!.trim();
        const id = index === '' ? lineId(name, line) : numberedId(name, index);
        const document = documentOf(id);
        yield {
          kind: 'example',
          place,
          example: { id, document, ...marked, relation, ...(split && { split }), masked: true },
        };
      }
    }
  },
};

/** @throws UserError for a header without a sentence or a label. */
function layoutOf(names: readonly string[], path: string): Layout {
  const [index, sentence, label] = [/^(index|id)$/, /^(sentence|text)$/, /^(label|relation)$/].map((pattern) =>
    names.findIndex((name) => pattern.test(name)),
  );
  if (sentence! < 0 || label! < 0) {
    throw new UserError('the header names no sentence or no label', {
      where: `${path}:1`,
      remedy: 'name the columns index, sentence and label',
    });
  }
  return { sentence: sentence!, label: label!, ...(index! >= 0 && { index: index! }) };
}

/** The document of an index such as BLUE makes: `10471277.T1.T6`, `DDI-MedLine.d80.s1.p0`, `i2b2.l47.c14.c20`. */
function documentOf(id: string): string {
  return id.replace(/(\.[A-Za-z]+\d+){2}$/, (tail) => (/^\.(T\d+\.T\d+|s\d+\.p\d+)$/.test(tail) ? '' : tail));
}
