/** A run on one page: the answer first, then what it rests on, down to the sentences and settings. */
import { html } from 'hono/html';
import { pageText, showNumber, type Piece } from '../page.ts';
import { disagreementSection } from './disagreements.ts';
import { chiefComparison, headline, titleOf, verdictOf } from './headline.ts';
import { poolSections } from './pool-sections.ts';
import { armsOf, colourOf, lossChart } from './run-charts.ts';
import { TESTED_ON_WORDS, type RunReport } from './run-data.ts';
import { RUN_SCRIPT } from './run-script.ts';
import {
  armsSection,
  comparisonSection,
  confusionSection,
  curveSection,
  halfChart,
  relationSection,
} from './score-sections.ts';

/** Where and with what the report is made. */
export interface ReportSurroundings {
  readonly version: string;
}

/** The page as the text of an HTML file, which needs nothing beside it; the same for the same run. */
export async function runPage(report: RunReport, { version }: ReportSurroundings): Promise<string> {
  const { name, scores, corpus } = report;
  const chief = chiefComparison(scores);
  const sections = await Promise.all([
    armsSection(report),
    comparisonSection(scores),
    relationSection(scores),
    curveSection(scores),
    confusionSection(scores),
    ...poolSections(report),
    disagreementSection(report),
    lossSection(report),
    dataSection(report),
    settingsSection(report, version),
  ]);
  return pageText(
    `${name}: does synthetic data help?`,
    html`<h1>${name}</h1>
      <p class="answer ${chief ? verdictOf(chief) : ''}">${headline(scores)}</p>
      <p class="lead">
        Scored on ${TESTED_ON_WORDS[corpus.testedOn]}: ${showNumber(corpus.test.length)} sentences, of which
        ${showNumber(corpus.test.filter(({ relation }) => relation !== null).length)} state a relation.
      </p>`,
    html`${sections}`,
    html`<p>
      Made by <code>dare report</code>, version ${version}. Everything is in this file; nothing is loaded from
      elsewhere.
    </p>`,
    RUN_SCRIPT,
  );
}

async function lossSection({ scores, members }: RunReport): Promise<Piece> {
  const charts = await Promise.all(
    armsOf(scores).map(({ arm }) =>
      halfChart(
        titleOf(arm),
        (width) =>
          lossChart(
            members.filter((member) => member.arm === arm),
            colourOf(arm),
            width,
          ),
        '',
      ),
    ),
  );
  return html`<section>
    <h2>Training of every classifier</h2>
    <p class="note">
      Whole lines: loss on validation data. Dashed: on training data. The epoch of least validation loss was kept.
    </p>
    <div class="charts">${charts}</div>
  </section>`;
}

function dataSection({ corpus, run }: RunReport): Piece {
  const parts = ['train', 'validation', 'test'] as const;
  const count = (part: (typeof parts)[number], relation: string | null): number =>
    corpus[part].filter((example) => example.relation === relation).length;
  const row = (name: string, of: (part: (typeof parts)[number]) => number): Piece =>
    html`<tr>
      <th scope="row">${name}</th>
      ${parts.map((part) => html`<td class="figure">${showNumber(of(part))}</td>`)}
    </tr>`;
  return html`<section>
    <h2>Data</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Sizes of the data">
      <table>
        <thead>
          <tr>
            <th scope="col">sentences</th>
            <th scope="col" class="figure">training</th>
            <th scope="col" class="figure">validation</th>
            <th scope="col" class="figure">scored on</th>
          </tr>
        </thead>
        <tbody>
          ${[
            ...corpus.relations.map((relation) => row(relation, (part) => count(part, relation))),
            row('no relation', (part) => count(part, null)),
            row('documents', (part) => new Set(corpus[part].map(({ document }) => document)).size),
          ]}
        </tbody>
      </table>
    </div>
    <p class="note">
      Corpus: <code>${run.configuration.corpus.path}</code>. What is in it, and what is odd about it:
      <code>dare data inspect ${run.configuration.corpus.path}</code>.
    </p>
  </section>`;
}

function settingsSection({ configuration, run, folder, stages }: RunReport, version: string): Piece {
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const longest = stages.toSorted((a, b) => b.seconds - a.seconds).slice(0, 10);
  return html`<section>
    <h2>How it was made</h2>
    <p>
      ${stages.length} steps took ${(seconds / 3600).toFixed(2)} hours on <code>${run.configuration.device}</code>, seed
      ${run.configuration.seed}, dare ${version}. To run it again:
    </p>
    <pre tabindex="0">dare run --config ${folder}/configuration.yaml --out ${folder}-again</pre>
    <details>
      <summary>Longest steps</summary>
      <table>
        <tbody>
          ${longest.map(
            (each) =>
              html`<tr>
                <th scope="row">${each.stage}</th>
                <td class="figure">${each.seconds.toFixed(1)} s</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
    <details>
      <summary>All settings</summary>
      <pre tabindex="0">${configuration}</pre>
    </details>
  </section>`;
}
