/** The data of a run on its page: how much there is of what, and what is odd about it. */
import { html } from 'hono/html';
import { PARTS } from '../../dare/divided-corpus.ts';
import { balanceLegend, classBalanceChart, NO_RELATION, type ShownPart } from '../inspection-charts.ts';
import { findingsSection, leakageSection, lengthSection, repeatedSection } from '../inspection-sections.ts';
import { figure, showNumber, type Piece } from '../page.ts';
import { inspectCommand } from './inspect-command.ts';
import type { RunReport } from './run-data.ts';

export function dataSections(report: RunReport): (Piece | Promise<Piece>)[] {
  const { findings } = report;
  return [
    balanceSection(report),
    findingsSection('What stands out in the data', findings),
    lengthSection(findings),
    repeatedSection(findings),
    leakageSection(findings),
  ];
}

/** What the parts are called on the page. */
const NAMES = { train: 'training', validation: 'validation', test: 'scored on' } as const;

async function balanceSection({ corpus, run }: RunReport): Promise<Piece> {
  const parts = PARTS.map((part): ShownPart => {
    const count = (relation: string | null): number =>
      corpus[part].filter((example) => example.relation === relation).length;
    const relations = Object.fromEntries(corpus.relations.map((relation) => [relation, count(relation)]));
    return { name: NAMES[part], counts: { relations, null: count(null) } };
  });
  const chart = await figure((width) => classBalanceChart(corpus.relations, parts, width));
  const row = (name: string, figures: readonly number[]): Piece =>
    html`<tr>
      <th scope="row">${name}</th>
      ${figures.map((each) => html`<td class="figure">${showNumber(each)}</td>`)}
    </tr>`;
  const settings = run.configuration.corpus;
  return html`<section>
    <h2>Data</h2>
    ${balanceLegend(parts)} ${chart}
    <div class="scroll" tabindex="0" role="region" aria-label="Sizes of the data">
      <table>
        <thead>
          <tr>
            <th scope="col">sentences</th>
            ${parts.map(({ name }) => html`<th scope="col" class="figure">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${[
            ...corpus.relations.map((relation) =>
              row(
                relation,
                parts.map(({ counts }) => counts.relations[relation]!),
              ),
            ),
            row(
              NO_RELATION,
              parts.map(({ counts }) => counts.null),
            ),
            row(
              'documents',
              PARTS.map((part) => new Set(corpus[part].map(({ document }) => document)).size),
            ),
          ]}
        </tbody>
      </table>
    </div>
    <p class="note">
      Corpus: <code>${settings.path}</code>. What its reader left out and warned of, as this prints where the corpus is:
    </p>
    <pre tabindex="0">${inspectCommand(settings)}</pre>
  </section>`;
}
