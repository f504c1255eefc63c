/** A run on one page: the answer first, then what it rests on, down to the sentences and settings. */
import { html, raw } from 'hono/html';
import type { Comparison, RunScores } from '../../dare/run-scores.ts';
import { figure, pageText, showNumber, showPercent, type Piece } from '../page.ts';
import { disagreementSection } from './disagreements.ts';
import { chiefComparison, headline, showF1, showP, showSigned, titleOf, verdictOf } from './headline.ts';
import { poolSections } from './pool-sections.ts';
import {
  armsChart,
  armsOf,
  colourOf,
  lossChart,
  precisionRecallChart,
  reliabilityChart,
  thresholdChart,
} from './run-charts.ts';
import { TESTED_ON_WORDS, type RunReport } from './run-data.ts';
import { RUN_SCRIPT } from './run-script.ts';

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

const heading = (text: string, css = ''): Piece => html`<th scope="col" class="${css}" data-sort>${text}</th>`;

const f1Cell = (value: number): Piece => html`<td class="figure" data-value="${value}">${showF1(value)}</td>`;

const intervalCell = ([low, high]: readonly [number, number], show: (value: number) => string): Piece =>
  html`<td class="figure" data-value="${low}">${show(low)} – ${show(high)}</td>`;

const swatch = (colour: string): Piece =>
  html`<span class="swatch" style="background:${colour}" aria-hidden="true"></span>`;

async function armsSection({ scores }: RunReport): Promise<Piece> {
  const rows = armsOf(scores);
  const chart = await figure((width) => armsChart(scores, width));
  const withFacts = rows.some(({ scores: { documents } }) => documents);
  return html`<section>
    <h2>Arms</h2>
    ${chart}
    <p class="note">Large dots: the ensemble, with its 95% interval. Small dots: its classifiers one by one.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Scores of the arms">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('arm')}${heading('precision', 'figure')}${heading('recall', 'figure')}${heading('F1', 'figure')}
            ${heading('95% interval', 'figure')}${heading('macro-F1', 'figure')}
            ${withFacts ? heading('F1 of documents’ facts', 'figure') : ''}${heading('classifiers', 'figure')}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ arm, scores: own }) =>
              html`<tr>
                <th scope="row">${swatch(colourOf(arm))}${titleOf(arm)}</th>
                ${f1Cell(own.precision)}${f1Cell(own.recall)}${f1Cell(own.f1)} ${intervalCell(own.interval, showF1)}
                ${f1Cell(own.macroF1)}${withFacts ? f1Cell(own.documents?.f1 ?? 0) : ''}
                <td class="figure">${own.members}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">${scores.definition}. Intervals: bootstrap by document, 1,000 resamples.</p>
    ${rows
      .filter(({ scores: { collapse } }) => collapse.members > 0)
      .map(
        ({ arm, scores: { collapse, members } }) =>
          html`<p class="note">
            ${titleOf(arm)}: ${collapse.members} of ${members} classifiers learned nothing at first (trained anew
            ${collapse.retrainings} times; ${collapse.remaining} still had not and vote all the same).
          </p>`,
      )}
  </section>`;
}

function comparisonSection({ comparisons }: RunScores): Piece {
  if (comparisons.length === 0) return html``;
  const [{ first }] = comparisons as [Comparison];
  return html`<section>
    <h2>${titleOf(first)} against the others</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Differences between arms">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('against')}${heading('difference in F1', 'figure')}${heading('95% interval', 'figure')}
            ${heading('better in', 'figure')}${heading('right alone', 'figure')}${heading('other right alone', 'figure')}
            ${heading('McNemar p', 'figure')}${heading('p, Holm', 'figure')}
          </tr>
        </thead>
        <tbody>
          ${comparisons.map(
            ({ second, difference, interval, firstIsBetter, mcNemar }) =>
              html`<tr>
                <th scope="row">${swatch(colourOf(second))}${titleOf(second)}</th>
                <td class="figure" data-value="${difference}">${showSigned(difference)}</td>
                ${intervalCell(interval, showSigned)}
                <td class="figure" data-value="${firstIsBetter}">${showPercent(firstIsBetter)}</td>
                <td class="figure">${mcNemar.onlyFirst}</td>
                <td class="figure">${mcNemar.onlySecond}</td>
                <td class="figure" data-value="${mcNemar.pValue}">${showP(mcNemar.pValue)}</td>
                <td class="figure" data-value="${mcNemar.adjusted}">${showP(mcNemar.adjusted)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      Differences and “better in” (share of resamples) are of a paired bootstrap by document. McNemar’s exact test asks
      about all labels, null included, so mostly about null: a difference in F1 can be real without it.
    </p>
  </section>`;
}

function relationSection(scores: RunScores): Piece {
  const arms = armsOf(scores);
  if (scores.relations.length < 2) return html``;
  return html`<section>
    <h2>F1 by relation</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="F1 by relation">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('relation')}${heading('scored on', 'figure')}
            ${arms.map(({ arm }) => heading(titleOf(arm), 'figure'))}
          </tr>
        </thead>
        <tbody>
          ${scores.relations.map(
            (relation) =>
              html`<tr>
                <th scope="row">${relation}</th>
                <td class="figure">${arms[0]!.scores.relations[relation]!.gold}</td>
                ${arms.map(({ scores: own }) => {
                  const { f1, interval } = own.relations[relation]!;
                  return html`<td class="figure" data-value="${f1}">
                    ${showF1(f1)} <span class="id">${showF1(interval[0])}–${showF1(interval[1])}</span>
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

const legend = (scores: RunScores): Piece =>
  html`<div class="legend">
    ${armsOf(scores).map(({ arm }) => html`<span>${swatch(colourOf(arm))}${titleOf(arm)}</span>`)}
  </div>`;

/** A chart of half the page's width. */
async function halfChart(title: string, draw: (width: number) => Promise<string>, note: string): Promise<Piece> {
  return html`<div>
    <h3>${title}</h3>
    <figure>${raw(await draw(400))}</figure>
    <p class="note">${note}</p>
  </div>`;
}

async function curveSection(scores: RunScores): Promise<Piece> {
  const temperatures = armsOf(scores)
    .map(({ arm, scores: { calibration } }) => {
      const { temperature, before, after } = calibration;
      return `${titleOf(arm)} ${showF1(before.expectedError)}, ${showF1(after.expectedError)} at temperature ${temperature.toFixed(2)}`;
    })
    .join('; ');
  const charts = await Promise.all([
    halfChart(
      'Precision and recall',
      (width) => precisionRecallChart(scores, width),
      'Of the mean probabilities, as the threshold falls. Dots: the votes.',
    ),
    halfChart(
      'F1 over the threshold',
      (width) => thresholdChart(scores, width),
      'Of the mean probabilities on the scored data. Ticks: thresholds that the classifiers chose on validation data.',
    ),
    halfChart(
      'Are probabilities what they say?',
      (width) => reliabilityChart(scores, width),
      `On the diagonal they are. Expected calibration error, before and after temperature scaling: ${temperatures}.`,
    ),
  ]);
  return html`<section>
    <h2>Curves</h2>
    ${legend(scores)}
    <div class="charts">${charts}</div>
  </section>`;
}

function confusionSection(scores: RunScores): Piece {
  return html`<section>
    <h2>Confusion</h2>
    ${armsOf(scores).map(({ arm, scores: { confusion } }, index) => {
      const name = (label: string | null): string => label ?? 'no relation';
      return html`<details ${index === 0 ? 'open' : ''}>
        <summary>${titleOf(arm)}</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Confusion of ${titleOf(arm)}">
          <table>
            <thead>
              <tr>
                <th scope="col">gold ↓, predicted →</th>
                ${confusion.labels.map((label) => html`<th scope="col" class="figure">${name(label)}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${confusion.labels.map((label, row) => {
                const counts = confusion.counts[row]!;
                const total = Math.max(
                  1,
                  counts.reduce((sum, count) => sum + count, 0),
                );
                return html`<tr>
                  <th scope="row">${name(label)}</th>
                  ${counts.map(
                    (count) =>
                      html`<td
                        class="heat"
                        style="background:color-mix(in srgb, var(--accent-3) ${Math.round((100 * count) / total)}%, transparent)"
                      >
                        ${showNumber(count)}
                      </td>`,
                  )}
                </tr>`;
              })}
            </tbody>
          </table>
        </div>
      </details>`;
    })}
  </section>`;
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
