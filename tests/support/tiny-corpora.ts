/** The paper's three corpora in small, of our own sentences, laid out as users have them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTinyCorpus } from './tiny-corpus.ts';

interface Sentence {
  readonly text: string;
  readonly first: string;
  readonly second: string;
  readonly relation: string | null;
}

/** `count` sentences with two names, every second of them related. */
function sentences(count: number, templates: Readonly<Record<string, string>>, unrelated: string): Sentence[] {
  const relations = Object.keys(templates);
  return Array.from({ length: count }, (_, index) => {
    const relation = index % 2 === 0 ? relations[(index / 2) % relations.length]! : null;
    const [first, second] = [`alpha${index}`, `beta${index}`];
    const template = relation === null ? unrelated : templates[relation]!;
    return { text: template.replace('FIRST', first).replace('SECOND', second), first, second, relation };
  });
}

const PROTEINS = {
  'CPR:3': 'the compound FIRST strongly activates the receptor SECOND in cells .',
  'CPR:4': 'the compound FIRST strongly inhibits the enzyme SECOND in cells .',
};

function writeChemProt(folder: string, part: string, count: number): void {
  const name = `chemprot_${part}`;
  mkdirSync(join(folder, name), { recursive: true });
  const rows = { abstracts: '', entities: '', relations: '' };
  for (const [index, { text, first, second, relation }] of sentences(
    count,
    PROTEINS,
    'the compound FIRST was given before the level of SECOND was measured .',
  ).entries()) {
    const [title, document] = ['A short report .', `${part}${index}`];
    const offset = title.length + 1;
    const entity = (id: string, type: string, mention: string): string => {
      const start = offset + text.indexOf(mention);
      return `${document}\t${id}\t${type}\t${start}\t${start + mention.length}\t${mention}\n`;
    };
    rows.abstracts += `${document}\t${title}\t${text}\n`;
    rows.entities += entity('T1', 'CHEMICAL', first) + entity('T2', 'GENE-Y', second);
    if (relation !== null) rows.relations += `${document}\t${relation}\tY \tACTIVATOR\tArg1:T1\tArg2:T2\n`;
  }
  for (const [kind, content] of Object.entries(rows)) writeFileSync(join(folder, name, `${name}_${kind}.tsv`), content);
}

const INTERACTIONS = {
  effect: 'the effect of FIRST is increased when SECOND is taken at the same time .',
  mechanism: 'the clearance of FIRST is reduced by SECOND in healthy volunteers .',
};

function writeDdi(folder: string, count: number): void {
  mkdirSync(join(folder, 'Train', 'DrugBank'), { recursive: true });
  for (const [index, { text, first, second, relation }] of sentences(
    count,
    INTERACTIONS,
    'no interaction of FIRST with the drug SECOND was seen in this study .',
  ).entries()) {
    const sentence = `D${index}.s0`;
    const entity = (number: number, mention: string): string => {
      const start = text.indexOf(mention);
      const offset = `${start}-${start + mention.length - 1}`;
      return `<entity id="${sentence}.e${number}" charOffset="${offset}" type="drug" text="${mention}"/>`;
    };
    const label = relation === null ? 'ddi="false"' : `ddi="true" type="${relation}"`;
    const pair = `<pair id="${sentence}.p0" e1="${sentence}.e0" e2="${sentence}.e1" ${label}/>`;
    writeFileSync(
      join(folder, 'Train', 'DrugBank', `drug${index}.xml`),
      `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<document id="D${index}"><sentence id="${sentence}" text="${text}">` +
        `${entity(0, first)}${entity(1, second)}${pair}</sentence></document>\n`,
    );
  }
}

/** Writes `cdr/`, `chemprot/` and `ddi2013/` without test data. */
export function writeTinyCorpora(folder: string): string {
  writeTinyCorpus(join(folder, 'cdr'));
  writeChemProt(join(folder, 'chemprot'), 'training', 40);
  writeChemProt(join(folder, 'chemprot'), 'development', 16);
  writeDdi(join(folder, 'ddi2013'), 60);
  return folder;
}
