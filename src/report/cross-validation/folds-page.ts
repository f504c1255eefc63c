/** A cross-validation on one page: the answer over all folds first, what each fold gives by itself, and where the arms disagree. */
import { html } from 'hono/html';
import { VERSION } from '../../foundation/version.ts';
import { foldFolder } from '../../tasks/folds.ts';
import { pageText, showNumber, type Piece } from '../page.ts';
import { disagreementSection } from '../run/disagreements.ts';
import { chiefComparison, headline, showF1, titleOf, verdictOf } from '../run/headline.ts';
import { armsOf, colourOf } from '../run/run-charts.ts';
import { RUN_SCRIPT } from '../run/run-script.ts';
import {
  armsSection,
  comparisonSection,
  confusionSection,
  curveSection,
  relationSection,
  swatch,
} from '../run/score-sections.ts';
import type { FoldReport, FoldsReport } from './folds-data.ts';

/** The page as the text of an HTML file, which needs nothing beside it but the folds' own reports. */
export async function foldsPage({ name, scores, folds, test, predictions }: FoldsReport): Promise<string> {
  const chief = chiefComparison(scores);
  const sections = await Promise.all([
    armsSection({ scores }),
    foldsSection(scores, folds),
    comparisonSection(scores),
    relationSection({ scores, learned: (relation) => learnedIn(folds, relation) }),
    curveSection(scores),
    confusionSection(scores),
    disagreementSection({ scores, predictions, corpus: { relations: scores.relations, test } }),
  ]);
  return pageText(
    `${name}: does synthetic data help?`,
    html`<h1>${name}</h1>
      <p class="answer ${chief ? verdictOf(scores, chief) : ''}">${headline(scores)}</p>
      <p class="lead">
        ${showNumber(test.length)} sentences in ${folds.length} folds, of which
        ${showNumber(test.filter(({ relation }) => relation !== null).length)} state a relation; each is scored by
        ensembles that have not seen its document.
      </p>`,
    html`${sections}`,
    html`<p>
      Made by <code>dare report</code>, version ${VERSION}. Nothing is loaded from elsewhere; each fold’s report lies in
      its own folder.
    </p>`,
    RUN_SCRIPT,
  );
}

/** "80", or "78 to 81" where folds differ. */
function learnedIn(folds: readonly FoldReport[], relation: string): string {
  const counts = folds.map(({ gold }) => gold[relation] ?? 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least} to ${most}`;
}

function foldsSection(scores: FoldsReport['scores'], folds: readonly FoldReport[]): Piece {
  const arms = armsOf(scores);
  return html`<section>
    <h2>Folds</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="F1 of each fold">
      <table data-sortable>
        <thead>
          <tr>
            <th scope="col" data-sort>fold</th>
            <th scope="col" class="figure" data-sort>trained on</th>
            <th scope="col" class="figure" data-sort>scored on</th>
            ${arms.map(
              ({ arm }) => html`<th scope="col" class="figure" data-sort>${swatch(colourOf(arm))}${titleOf(arm)}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${folds.map(
            ({ number, train, test }, index) =>
              html`<tr>
                <th scope="row"><a href="${foldFolder('', number)}/report.html">fold ${number}</a></th>
                <td class="figure">${train}</td>
                <td class="figure">${test}</td>
                ${arms.map(({ arm }) => html`<td class="figure">${showF1(scores.arms[arm]!.foldF1[index]!)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      F1 of each fold by itself. The scores of this page are of all folds’ sentences together, and not the mean of
      these.
    </p>
  </section>`;
}
