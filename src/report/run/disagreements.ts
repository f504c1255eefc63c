/** Scored sentences about which the arms disagree: what DARE gains, and what it costs. */
import { html } from 'hono/html';
import type { Arm } from '../../dare/arms/arms.ts';
import type { Prediction } from '../../dare/run-scores.ts';
import { showNumber, type Piece } from '../page.ts';
import { chiefComparison, titleOf } from './headline.ts';
import { narrowingControls } from './narrowed-list.ts';
import type { RunReport } from './run-data.ts';

/** Sentences shown of each gold label on each side: a rare label is there too. */
const SHOWN = 20;

export function disagreementSection({
  scores,
  predictions,
  corpus,
}: Pick<RunReport, 'scores' | 'predictions'> & {
  readonly corpus: Pick<RunReport['corpus'], 'relations' | 'test'>;
}): Piece {
  const chief = chiefComparison(scores);
  if (!chief) return html``;
  const { first, second } = chief;
  const texts = new Map(corpus.test.map(({ id, text }) => [id, text]));
  const isRight = (prediction: Prediction, arm: Arm): boolean => prediction.predicted[arm] === prediction.relation;
  const onlyRight = (arm: Arm, other: Arm): Prediction[] =>
    predictions.filter((each) => isRight(each, arm) && !isRight(each, other));
  const groups: [string, Prediction[]][] = [
    [`Only ${titleOf(first)} is right`, onlyRight(first, second)],
    [`Only ${titleOf(second)} is right`, onlyRight(second, first)],
  ];
  return html`<section>
    <h2>Where ${titleOf(first)} and ${titleOf(second)} disagree</h2>
    <p class="note">The first ${SHOWN} sentences of each gold label, on each side.</p>
    ${narrowingControls(
      'disagreements',
      'Gold label',
      [...corpus.relations, null]
        .filter((label) => groups.some(([, all]) => all.some(({ relation }) => relation === label)))
        .map(nameOf),
    )}
    <div id="disagreements" data-narrowed>
      ${groups.map(([title, all], index) => {
        const shown = firstOfEachLabel(all);
        return html`<details ${index === 0 ? 'open' : ''}>
          <summary>
            ${title}<span class="count"
              >${showNumber(all.length)}${all.length > shown.length ? `, ${showNumber(shown.length)} shown` : ''}</span
            >
          </summary>
          ${shown.map(
            (each) =>
              html`<div class="pair" data-entry data-label="${nameOf(each.relation)}">
                <p>${texts.get(each.id) ?? each.id}</p>
                <p class="nearest">
                  gold: ${nameOf(each.relation)}; ${titleOf(first)}: ${nameOf(each.predicted[first])};
                  ${titleOf(second)}: ${nameOf(each.predicted[second])} <span class="id">${each.id}</span>
                </p>
              </div>`,
          )}
        </details>`;
      })}
    </div>
  </section>`;
}

const nameOf = (relation: string | null | undefined): string => relation ?? 'no relation';

/** In their order. */
function firstOfEachLabel(predictions: readonly Prediction[]): Prediction[] {
  const counts = new Map<string | null, number>();
  return predictions.filter(({ relation }) => {
    const count = (counts.get(relation) ?? 0) + 1;
    counts.set(relation, count);
    return count <= SHOWN;
  });
}
