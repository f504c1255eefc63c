/** A sweep on one page: a curve for all that was varied, and every run's figures with the way to its report. */
import { basename, join } from 'node:path';
import { html } from 'hono/html';
import type { Sweep, SweepCell } from '../../experiments/sweep.ts';
import { writeFileAtomically } from '../../foundation/files.ts';
import { VERSION } from '../../foundation/version.ts';
import { figure, pageText } from '../page.ts';
import type { Piece } from '../page.ts';
import { showF1, titleOf } from '../run/headline.ts';
import { armsOf, colourOf } from '../run/run-charts.ts';
import { legend, swatch } from '../run/score-sections.ts';
import { sweepChart } from './sweep-chart.ts';
import type { Axis } from './sweep-chart.ts';

/** Writes the page into the sweep's folder. @returns its path. */
export async function writeSweepPage(sweep: Sweep): Promise<string> {
  const path = join(sweep.folder, 'sweep.html');
  await writeFileAtomically(path, await sweepPage(sweep));
  return path;
}

/** The page as the text of an HTML file, which needs nothing beside it but the runs' own reports. */
export async function sweepPage({ folder, cells }: Sweep): Promise<string> {
  const sections = await Promise.all([...curves(cells, 'ratio'), ...curves(cells, 'positives')].map(curveSection));
  return pageText(
    `${basename(folder)}: a sweep`,
    html`<h1>${basename(folder)}</h1>
      <p class="lead">
        ${cells.length} runs that differ in the ratio of synthetic to gold sentences, and in how many gold positives
        there are to learn from. All ratios draw from the same pools.
      </p>`,
    html`${sections}${runsSection(cells)}`,
    html`<p>Made by <code>dare sweep</code>, version ${VERSION}. Nothing is loaded from elsewhere.</p>`,
  );
}

interface Curve {
  readonly axis: Axis;
  readonly title: string;
  readonly cells: readonly SweepCell[];
}

/** The curves over one axis: one for each value of the other. A single point is none. */
function curves(cells: readonly SweepCell[], axis: Axis): Curve[] {
  const other = (cell: SweepCell): number | null => (axis === 'ratio' ? cell.positives : cell.ratio);
  return [...new Set(cells.map(other))].flatMap((value) => {
    const own = cells.filter((cell) => other(cell) === value);
    if (own.length < 2) return [];
    const fixed = axis === 'ratio' ? `${value ?? 'all'} gold positives` : `a ratio of ${value}`;
    const varied = axis === 'ratio' ? 'synthetic sentences for each gold one' : 'the number of gold positives';
    return [{ axis, title: `F1 by ${varied}, with ${fixed}`, cells: own }];
  });
}

async function curveSection({ axis, title, cells }: Curve): Promise<Piece> {
  return html`<section>
    <h2>${title}</h2>
    ${legend(cells[0]!.scores)} ${await figure((width) => sweepChart(cells, axis, width))}
    <p class="note">Lines up and down are 95% intervals: bootstrap by document, 1,000 resamples.</p>
  </section>`;
}

function runsSection(cells: readonly SweepCell[]): Piece {
  return html`<section>
    <h2>Runs</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="F1 of every run">
      <table>
        <thead>
          <tr>
            <th scope="col">run</th>
            <th scope="col">arm</th>
            <th scope="col" class="figure">gold positives</th>
            <th scope="col" class="figure">ratio</th>
            <th scope="col" class="figure">F1</th>
            <th scope="col" class="figure">95% interval</th>
          </tr>
        </thead>
        <tbody>
          ${cells.flatMap(({ run, positives, ratio, scores }) =>
            armsOf(scores).map(
              ({ arm, scores: { f1, interval } }) =>
                html`<tr>
                  <th scope="row"><a href="${run}/report.html">${basename(run)}</a></th>
                  <td>${swatch(colourOf(arm))}${titleOf(arm)}</td>
                  <td class="figure">${positives ?? 'all'}</td>
                  <td class="figure">${ratio}</td>
                  <td class="figure">${showF1(f1)}</td>
                  <td class="figure">${interval.map(showF1).join(' to ')}</td>
                </tr>`,
            ),
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
