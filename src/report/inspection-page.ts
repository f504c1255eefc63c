/** A corpus on one page: its figures, what is odd about it, and examples of every label as people and models see them. */
import { basename } from 'node:path';
import { html } from 'hono/html';
import { DROP_REASONS, type DropReason } from '../corpus/candidates/drops.ts';
import { SPLITS } from '../corpus/example.ts';
import type { Inspection } from '../corpus/inspection/inspect.ts';
import type { ShownExamples } from '../corpus/inspection/shown-examples.ts';
import { balanceLegend, classBalanceChart, NO_RELATION, type ShownPart } from './inspection-charts.ts';
import { findingsSection, leakageSection, lengthSection, repeatedSection } from './inspection-sections.ts';
import { markedSentence } from './marked-sentence.ts';
import { figure, pageText, showNumber, showPercent, type Piece } from './page.ts';

/**
 * The page as the text of an HTML file, the same for the same corpus and settings.
 * @example
 * await writeFile('cdr.html', await inspectionPage('CDR', inspection, shown));
 */
export async function inspectionPage(
  path: string,
  inspection: Inspection,
  shown: readonly ShownExamples[],
): Promise<string> {
  const name = basename(path) || path;
  const sections = await Promise.all([
    tiles(inspection),
    findingsSection('What stands out', inspection, inspection.warnings),
    balanceSection(inspection),
    lengthSection(inspection),
    dropSection(inspection),
    examplesSection(inspection, shown),
    repeatedSection(inspection),
    leakageSection(inspection),
  ]);
  return pageText(
    `${name}: corpus`,
    html`<h1>${name}</h1>
      <p class="lead">${inspection.format} corpus, as a model will read it</p>`,
    html`${sections}`,
    html`<p>
      Made by <code>dare data inspect</code>. Sentences are shown with their mentions in colour, and below in grey as
      they are masked.
    </p>`,
  );
}

function tiles({ documents, sentences, examples, relations, null: nulls, lengths }: Inspection): Piece {
  const tile = (figures: string, what: string): Piece =>
    html`<div class="tile"><b>${figures}</b><span>${what}</span></div>`;
  const kinds = Object.keys(relations).length;
  return html`<div class="tiles">
    ${[
      tile(showNumber(documents), 'documents'),
      tile(showNumber(sentences), 'sentences'),
      tile(showNumber(examples), 'examples'),
      tile(showNumber(kinds), kinds === 1 ? 'relation' : 'relations'),
      tile(showPercent(examples === 0 ? 0 : nulls / examples), NO_RELATION),
      tile(showPercent(lengths.share), `longer than ${lengths.limit}`),
    ]}
  </div>`;
}

async function balanceSection(inspection: Inspection): Promise<Piece> {
  const { relations, splits, paper, types } = inspection;
  const there = SPLITS.filter((split) => splits[split]);
  const parts = there.map((split): ShownPart => ({ name: split, counts: splits[split]! }));
  const chart = await figure((width) => classBalanceChart(Object.keys(relations), parts, width));
  const cell = (count: number | undefined, css = ''): Piece =>
    html`<td class="figure ${css}">${count === undefined ? '' : showNumber(count)}</td>`;
  const row = (
    name: string,
    own: (split: (typeof there)[number]) => number,
    papers?: (split: (typeof there)[number]) => number | undefined,
  ): Piece =>
    html`<tr>
      <td>${name}</td>
      ${there.map((split) => html`${cell(own(split))}${paper ? cell(papers?.(split), 'muted') : ''}`)}
    </tr>`;
  return html`<section>
    <h2>Class balance</h2>
    ${balanceLegend(parts)} ${chart}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            ${there.map(
              (split) =>
                html`<th class="figure">${split}</th>
                  ${paper ? html`<th class="figure">paper</th>` : ''}`,
            )}
          </tr>
        </thead>
        <tbody>
          ${[
            row('documents with examples', (split) => splits[split]!.documents),
            row(
              'examples',
              (split) => splits[split]!.examples,
              (split) => paper?.examples[split],
            ),
            ...Object.keys(relations).map((relation) =>
              row(
                relation,
                (split) => splits[split]!.relations[relation] ?? 0,
                (split) => (split === 'train' ? paper?.relations[relation] : undefined),
              ),
            ),
            row(NO_RELATION, (split) => splits[split]!.null),
          ]}
        </tbody>
      </table>
    </div>
    <p class="note">
      Types of head and tail:
      ${Object.entries(types)
        .map(([pair, count], i) => `${i > 0 ? ', ' : ''}${pair.replace(':', ' – ')} (${showNumber(count)})`)
        .join('')}.
      ${paper ? html`“paper” is Table 2 of arXiv 2004.13845 for ${paper.corpus}.` : ''}
    </p>
  </section>`;
}

function dropSection({ dropped }: Inspection): Piece {
  const entries = Object.entries(dropped) as [DropReason, { pairs: number; related: number }][];
  if (entries.length === 0) return html``;
  return html`<section>
    <h2>Not made into examples</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>reason</th>
            <th class="figure">all</th>
            <th class="figure">related</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            ([reason, { pairs, related }]) =>
              html`<tr>
                <td>${DROP_REASONS[reason]}</td>
                <td class="figure">${showNumber(pairs)}</td>
                <td class="figure">${showNumber(related)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function examplesSection({ relations, null: nulls }: Inspection, shown: readonly ShownExamples[]): Piece {
  const legend = (['head', 'tail', 'other'] as const).map(
    (cover) => html`<span><mark class="${cover}">${cover === 'other' ? 'other mentions' : cover}</mark></span>`,
  );
  return html`<section>
    <h2>Examples</h2>
    <div class="legend">${legend}</div>
    ${shown.map(({ relation, examples }, i) => {
      const count = relation === null ? nulls : relations[relation]!;
      return html`<details ${i === 0 ? 'open' : ''}>
        <summary>${relation ?? NO_RELATION}<span class="count">${showNumber(count)}</span></summary>
        ${examples.map(
          ({ example, masked }) =>
            html`<div class="example">
              <p>${markedSentence(example)}</p>
              <p class="masked">${masked}</p>
              <span class="id">${example.id}</span>
            </div>`,
        )}
      </details>`;
    })}
  </section>`;
}
