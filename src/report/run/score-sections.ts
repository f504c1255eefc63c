/** The scores of a run on its page: tables of the arms, how they compare, curves, confusion. */
import { describeCollapse } from '../../dare/member.ts';
import { html, raw } from 'hono/html';
import type { Arm } from '../../dare/arms/arms.ts';
import type { Comparison, RunScores } from '../../dare/run-scores.ts';
import { figure, showNumber, showPercent, type Piece } from '../page.ts';
import { pairTitle, RELATION_INTERVALS, showF1, showP, titleOf } from './headline.ts';
import { showSigned } from '../signed.ts';
import {
  armsChart,
  armsOf,
  colourOf,
  precisionRecallChart,
  relationChart,
  reliabilityChart,
  thresholdChart,
} from './run-charts.ts';
import type { RunReport } from './run-data.ts';

const heading = (text: string, css = ''): Piece => html`<th scope="col" class="${css}" data-sort>${text}</th>`;

const f1Cell = (value: number): Piece => html`<td class="figure" data-value="${value}">${showF1(value)}</td>`;

const intervalCell = ([low, high]: readonly [number, number], show: (value: number) => string): Piece =>
  html`<td class="figure" data-value="${low}">${show(low)} – ${show(high)}</td>`;

/** The colour of something in charts, beside its name. */
export const swatch = (colour: string): Piece =>
  html`<span class="swatch" style="background:${colour}" aria-hidden="true"></span>`;

export async function armsSection({ scores }: Pick<RunReport, 'scores'>): Promise<Piece> {
  const rows = armsOf(scores);
  const chart = await figure((width) => armsChart(scores, width));
  const withFacts = rows.some(({ scores: { documents } }) => documents);
  return html`<section>
    <h2>Arms</h2>
    ${chart}
    <p class="note">Large dots: the ensemble, with its 95% interval. Small dots below: its classifiers one by one.</p>
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
                <th scope="row">${named(arm)}</th>
                ${f1Cell(own.precision)}${f1Cell(own.recall)}${f1Cell(own.f1)} ${intervalCell(own.interval, showF1)}
                ${f1Cell(own.macroF1)}${withFacts ? f1Cell(own.documents?.f1 ?? 0) : ''}
                <td class="figure">${own.members}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">${scores.definition}. Intervals: bootstrap by document, 1,000 resamples.</p>
    ${rows.flatMap(({ arm, scores: { collapse, members } }) => {
      const told = describeCollapse(collapse, members);
      return told === undefined ? [] : html`<p class="note">${titleOf(arm)}: ${told}.</p>`;
    })}
  </section>`;
}

export function comparisonSection({ comparisons }: RunScores): Piece {
  if (comparisons.length === 0) return html``;
  return html`<section>
    <h2>How the arms compare</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Differences between arms">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('one over the other')}${heading('difference in F1', 'figure')}${heading('95% interval', 'figure')}
            ${heading('better in', 'figure')}${heading('right alone', 'figure')}${heading('other right alone', 'figure')}
            ${heading('McNemar p', 'figure')}${heading('p, Holm', 'figure')}
          </tr>
        </thead>
        <tbody>
          ${comparisons.map((comparison) => {
            const { difference, interval, firstIsBetter, mcNemar } = comparison;
            return html`<tr>
              <th scope="row">${pairName(comparison)}</th>
              <td class="figure" data-value="${difference}">${showSigned(difference)}</td>
              ${intervalCell(interval, (value) => showSigned(value))}
              <td class="figure" data-value="${firstIsBetter}">${showPercent(firstIsBetter)}</td>
              <td class="figure">${mcNemar.onlyFirst}</td>
              <td class="figure">${mcNemar.onlySecond}</td>
              <td class="figure" data-value="${mcNemar.pValue}">${showP(mcNemar.pValue)}</td>
              <td class="figure" data-value="${mcNemar.adjusted}">${showP(mcNemar.adjusted)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    <p class="note">
      Differences and “better in” (share of resamples) are of a paired bootstrap by document. McNemar’s exact test asks
      about all labels, null included, so mostly about null: a difference in F1 can be real without it. Holm’s
      correction is over all comparisons of this table.
    </p>
  </section>`;
}

/** "DARE over gold only", each in its colour. */
const pairName = ({ first, second }: Comparison): Piece => html`${named(first)} over ${named(second)}`;

/** An arm's name with its colour, in one piece. */
const named = (arm: Arm): Piece => html`<span class="whole">${swatch(colourOf(arm))}${titleOf(arm)}</span>`;

/** @param learned gold sentences of a relation that were learned from. */
export async function relationSection({
  scores,
  learned,
}: {
  readonly scores: RunScores;
  readonly learned: (relation: string) => string;
}): Promise<Piece> {
  const arms = armsOf(scores);
  if (scores.relations.length < 2) return html``;
  return html`<section>
    <h2>F1 by relation</h2>
    ${legend(scores)} ${await figure((width) => relationChart(scores, width))}
    <div class="scroll" tabindex="0" role="region" aria-label="F1 by relation">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('relation')}${heading('gold learned from', 'figure')}${heading('gold scored on', 'figure')}
            ${arms.map(({ arm }) => heading(titleOf(arm), 'figure'))}
          </tr>
        </thead>
        <tbody>
          ${scores.relations.map(
            (relation) =>
              html`<tr>
                <th scope="row">${relation}</th>
                <td class="figure">${learned(relation)}</td>
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
    ${relationDifferences(scores)}
  </section>`;
}

/** What each comparison comes to on each relation. */
function relationDifferences({ relations, comparisons }: RunScores): Piece {
  if (comparisons.length === 0) return html``;
  return html`<h3>Differences in F1 by relation</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Differences in F1 by relation">
      <table data-sortable>
        <thead>
          <tr>
            ${heading('relation')}${comparisons.map((comparison) => heading(pairTitle(comparison), 'figure'))}
          </tr>
        </thead>
        <tbody>
          ${relations.map(
            (relation) =>
              html`<tr>
                <th scope="row">${relation}</th>
                ${comparisons.map((comparison) => {
                  const { difference, interval } = comparison.relations[relation]!;
                  return html`<td class="figure" data-value="${difference}">
                    ${showSigned(difference)}
                    <span class="id">${interval.map((value) => showSigned(value)).join(' to ')}</span>
                  </td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">${RELATION_INTERVALS}</p>`;
}

/** The arms' names in their colours. */
export const legend = (scores: RunScores): Piece =>
  html`<div class="legend">${armsOf(scores).map(({ arm }) => named(arm))}</div>`;

/** A chart of half the page's width. */
export async function halfChart(title: string, draw: (width: number) => Promise<string>, note = ''): Promise<Piece> {
  return html`<div>
    <h3>${title}</h3>
    <figure>${raw(await draw(400))}</figure>
    ${note === '' ? '' : html`<p class="note">${note}</p>`}
  </div>`;
}

export async function curveSection(scores: RunScores): Promise<Piece> {
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

export function confusionSection(scores: RunScores): Piece {
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
