/**
 * BioCreative VI ChemProt: tab-separated files that belong together, told apart by their names.
 *
 *     …abstracts.tsv      document⇥title⇥abstract
 *     …entities.tsv       document⇥T1⇥CHEMICAL⇥start⇥end⇥text
 *     …relations.tsv      document⇥CPR:3⇥Y ⇥ACTIVATOR⇥Arg1:T13⇥Arg2:T57
 *     …gold_standard.tsv  document⇥CPR:3⇥Arg1:T13⇥Arg2:T57
 *
 * Offsets index title + one character + abstract. GENE-Y and GENE-N (with and without a database entry) are one type,
 * GENE. The third column of a relation, often with a blank after it, says whether it is evaluated; a pair may have
 * several relations. New text needs no relations. The gold standard repeats the evaluated relations, and is read only where there are no others.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import type { Annotation, AnnotatedDocument, MentionRelation } from '../document.ts';
import { inTextOrder, OffsetText, quote } from './offsets.ts';
import { describePlace, type CorpusReader } from './reader.ts';
import { RowIndex, type Row } from './row-index.ts';
import type { WarningLog } from './warnings.ts';

const ABSTRACTS = /abstracts/i;
const COMPANION = /(entities|relations|gold_standard)\w*\.tsv$/i;

export const chemProtReader: CorpusReader = {
  format: 'chemprot',
  title: 'BioCreative VI ChemProt: abstracts, entities and relations as TSV',
  unit: 'document',
  recognises: ({ path, beginning }) => ABSTRACTS.test(basename(path)) && /^\uFEFF?[^\t\n]+\t/.test(beginning),
  accompanies: (path) => COMPANION.test(path),
  async *read(files, { warnings, options: { unlabelled = false } }) {
    for (const { path, split } of files) {
      const entitiesPath = besideOf(path, 'entities') ?? absent(path, 'entities');
      const relationsPath = unlabelled
        ? undefined
        : (besideOf(path, 'relations') ?? besideOf(path, 'gold_standard') ?? absent(path, 'relations'));
      const entities = await RowIndex.open(entitiesPath);
      try {
        const relations = relationsPath === undefined ? undefined : await RowIndex.open(relationsPath);
        try {
          const known = new Set<string>();
          for await (const { text: row, line } of readLines(path)) {
            if (row.trim() === '') continue;
            const place = { path, line };
            const [id = '', title, abstract, ...more] = row.split('\t');
            if (title === undefined || abstract === undefined || more.length > 0 || id.trim() === '') {
              fail('not a document, a title and an abstract', describePlace(place), 'separate the three by tabs');
            }
            if (known.has(id)) fail(`document ${id} stands twice`, describePlace(place), 'remove one of the two');
            known.add(id);
            const text = `${title} ${abstract}`;
            const mentions = mentionsOf(entities.rows(id), text, entitiesPath, warnings);
            const ids = new Set(mentions.map((mention) => mention.id));
            const document: AnnotatedDocument = {
              id,
              text,
              passages: [
                { start: 0, end: title.length },
                { start: title.length + 1, end: text.length },
              ],
              mentions: inTextOrder(mentions),
              relations: [],
              mentionRelations: relations ? relationsOf(relations.rows(id), ids, relationsPath!, warnings) : [],
            };
            yield { kind: 'document', place, document, split };
          }
          if (known.size === 0) fail('the file holds no documents', path, 'check that it is the file you meant');
          for (const [index, file] of [
            [entities, entitiesPath],
            [relations, relationsPath],
          ] as const) {
            for (const { key, line } of index?.keys() ?? []) {
              if (!known.has(key))
                warnings.add('unknown-document', `no abstract has the id ${quote(key)}`, `${file}:${line}`);
            }
          }
        } finally {
          relations?.close();
        }
      } finally {
        entities.close();
      }
    }
  },
};

function fail(what: string, where: string, remedy: string): never {
  throw new UserError(what, { where, remedy });
}

/** The file that belongs to an abstracts file: named like it, with another word for `abstracts`. */
function besideOf(path: string, what: 'entities' | 'relations' | 'gold_standard'): string | undefined {
  const beside = join(dirname(path), basename(path).replace(ABSTRACTS, what));
  return beside !== path && existsSync(beside) ? beside : undefined;
}

function absent(path: string, what: string): never {
  fail(`the ${what} of this file are missing`, path, `put ${basename(path).replace(ABSTRACTS, what)} beside it`);
}

const ENTITY_FORM = 'document, id, type, start, end, text, with tabs between';

function mentionsOf(
  rows: readonly Row[],
  text: string,
  path: string,
  warnings: WarningLog,
): (Annotation & { id: string })[] {
  const places = new OffsetText(text);
  const mentions = new Map<string, Annotation & { id: string }>();
  for (const { columns, line } of rows) {
    const where = `${path}:${line}`;
    const [, id = '', type = '', start = '', end = '', named = ''] = columns;
    if (columns.length !== 6) fail(`${columns.length} columns, an entity has 6`, where, ENTITY_FORM);
    if (id === '' || type === '') fail(`an entity needs ${id === '' ? 'an id' : 'a type'}`, where, ENTITY_FORM);
    if (!/^\d{1,9}$/.test(start) || !/^\d{1,9}$/.test(end)) {
      fail(`an entity needs whole numbers for start and end, not "${start}" and "${end}"`, where, ENTITY_FORM);
    }
    const located = places.locate([{ start: Number(start), end: Number(end) }], named);
    if (typeof located === 'string') {
      fail(located, where, 'offsets count the characters of title + one character + abstract, from 0');
    }
    if (mentions.has(id)) {
      warnings.add('repeated-id', `the entity ${id} stands twice in document ${columns[0]!}`, where);
      continue;
    }
    mentions.set(id, { ...located, type: /^GENE-[YN]$/.test(type) ? 'GENE' : type, ids: [], id });
  }
  return [...mentions.values()];
}

const RELATION_FORM = 'document, group, Y or N, relation, Arg1:T…, Arg2:T…, with tabs between';

function relationsOf(
  rows: readonly Row[],
  mentions: ReadonlySet<string>,
  path: string,
  warnings: WarningLog,
): MentionRelation[] {
  return rows.flatMap(({ columns, line }) => {
    const where = `${path}:${line}`;
    // The gold standard has neither the third nor the fourth column.
    const isGold = columns.length === 4;
    const [, type = '', evaluated = 'Y', subtype = '', ...sides] = isGold
      ? [...columns.slice(0, 2), 'Y', '', ...columns.slice(2)]
      : columns;
    const [head, tail] = sides.map((side, i) => (side.startsWith(`Arg${i + 1}:`) ? side.slice(5).trim() : ''));
    if (columns.length !== 6 && !isGold) fail(`${columns.length} columns, a relation has 6`, where, RELATION_FORM);
    if (type === '') fail('a relation needs a group such as CPR:3', where, RELATION_FORM);
    if (!/^[YN]$/.test(evaluated.trim())) fail(`"${evaluated}" is neither Y nor N`, where, RELATION_FORM);
    if (!head || !tail) fail('a relation needs Arg1:… and Arg2:…', where, RELATION_FORM);
    const unknown = [head, tail].find((side) => !mentions.has(side));
    if (unknown !== undefined) {
      warnings.add('unknown-mention', `a relation names ${unknown}, which is no entity of its document`, where);
      return [];
    }
    return { type, head, tail, evaluated: evaluated.trim() === 'Y', ...(subtype !== '' && { subtype }) };
  });
}
