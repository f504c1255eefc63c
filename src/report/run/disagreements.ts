/** Scored sentences about which the arms disagree: what DARE gains, and what it costs. */
import { html } from 'hono/html';
import type { Arm } from '../../dare/arms/arms.ts';
import type { Prediction } from '../../dare/run-scores.ts';
import { showNumber, type Piece } from '../page.ts';
import { chiefComparison, titleOf } from './headline.ts';
import type { RunReport } from './run-data.ts';

/** Sentences shown on each side. */
const SHOWN = 40;

export function disagreementSection({ scores, predictions, corpus }: RunReport): Piece {
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
  const label = (relation: string | null | undefined): string => relation ?? 'no relation';
  return html`<section>
    <h2>Where ${titleOf(first)} and ${titleOf(second)} disagree</h2>
    <label class="search" for="search-disagreements">Search the sentences</label>
    <input
      type="search"
      id="search-disagreements"
      data-searches="disagreements"
      aria-describedby="disagreements-status"
    />
    <p class="note" id="disagreements-status" role="status"></p>
    <div id="disagreements">
      ${groups.map(
        ([title, all], index) =>
          html`<details ${index === 0 ? 'open' : ''}>
            <summary>
              ${title}<span class="count"
                >${showNumber(all.length)}${all.length > SHOWN ? `, ${SHOWN} shown` : ''}</span
              >
            </summary>
            ${all.slice(0, SHOWN).map(
              (each) =>
                html`<div class="pair" data-entry>
                  <p>${texts.get(each.id) ?? each.id}</p>
                  <p class="nearest">
                    gold: ${label(each.relation)}; ${titleOf(first)}: ${label(each.predicted[first])};
                    ${titleOf(second)}: ${label(each.predicted[second])} <span class="id">${each.id}</span>
                  </p>
                </div>`,
            )}
          </details>`,
      )}
    </div>
  </section>`;
}
