/** The pools of a run: what became of the sentences that were written, and what those that passed are like, beside gold. */
import { html } from 'hono/html';
import { countWords } from '../../text/count-words.ts';
import { figure, showNumber, showPercent, type Piece } from '../page.ts';
import { poolTitle, type PoolReport, type RunReport, type ShownSentence } from './run-data.ts';
import { lengthChart, noveltyChart, verdictChart, verdictColour } from './pool-charts.ts';
import { narrowingControls } from './narrowed-list.ts';
import { halfChart, swatch } from './score-sections.ts';
import type { Span } from './shared-span.ts';

export function poolSections(report: RunReport): (Piece | Promise<Piece>)[] {
  const { pools } = report;
  if (pools.length === 0) return [];
  return [funnelSection(pools), qualitySection(report), samplesSection(pools)];
}

/** Reasons in words. */
const wordsOf = (verdict: string): string => verdict.replaceAll('-', ' ');

async function funnelSection(pools: readonly PoolReport[]): Promise<Piece> {
  const met = pools.flatMap(({ counts }) => Object.keys(counts).filter((verdict) => counts[verdict]! > 0));
  const verdicts = [...new Set(met)].filter((verdict) => verdict !== 'accepted');
  return html`<section>
    <h2>What became of the written sentences</h2>
    <div class="legend">
      ${['accepted', ...verdicts].map((verdict, place) => html`<span>${swatch(verdictColour(place))}${wordsOf(verdict)}</span>`)}
    </div>
    ${await figure((width) => verdictChart(pools, ['accepted', ...verdicts], width))}
    <div class="scroll" tabindex="0" role="region" aria-label="Written sentences by verdict">
      <table data-sortable>
        <thead>
          <tr>
            <th scope="col" data-sort>relation</th>
            <th scope="col" class="figure" data-sort>gold</th>
            <th scope="col" class="figure" data-sort>written</th>
            <th scope="col" class="figure" data-sort>accepted</th>
            <th scope="col" class="figure" data-sort>share</th>
            ${verdicts.map((verdict) => html`<th scope="col" class="figure" data-sort>${wordsOf(verdict)}</th>`)}
            <th scope="col" class="figure" data-sort>still missing</th>
          </tr>
        </thead>
        <tbody>
          ${pools.map((pool) => {
            const { gold, attempts, accepted, counts, missing } = pool;
            const share = attempts === 0 ? 0 : accepted / attempts;
            return html`<tr>
              <th scope="row">${poolTitle(pool)}</th>
              ${[gold, attempts, accepted].map((count) => html`<td class="figure" data-value="${count}">${showNumber(count)}</td>`)}
              <td class="figure" data-value="${share}">${showPercent(share)}</td>
              ${[...verdicts.map((verdict) => counts[verdict] ?? 0), missing].map(
                (count) => html`<td class="figure" data-value="${count}">${showNumber(count)}</td>`,
              )}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    <p class="note">A sentence is counted under the first filter that objected to it.</p>
  </section>`;
}

async function qualitySection({ pools, corpus }: RunReport): Promise<Piece> {
  const figureOf = (value: number | null | undefined, digits = 3): string =>
    value === null || value === undefined ? '–' : value.toFixed(digits);
  const charts = await Promise.all(
    pools.flatMap((pool) => {
      const { relation, quality } = pool;
      const gold = corpus.train.flatMap((example) => (example.relation === relation ? countWords(example.text) : []));
      const written = quality.bySentence.map(({ words }) => words);
      return [
        halfChart(`Length: ${poolTitle(pool)}`, (width) => lengthChart(gold, written, width)),
        ...(written.length > 0 ? [halfChart(`How new: ${poolTitle(pool)}`, (width) => noveltyChart(pool, width))] : []),
      ];
    }),
  );
  const rows: [string, (pool: PoolReport) => string][] = [
    ['different words, of all (distinct-1)', ({ quality: { diversity } }) => figureOf(diversity.distinct[0])],
    ['… gold’s', ({ quality: { goldDiversity } }) => figureOf(goldDiversity.distinct[0])],
    ['different word pairs (distinct-2)', ({ quality: { diversity } }) => figureOf(diversity.distinct[1])],
    ['… gold’s', ({ quality: { goldDiversity } }) => figureOf(goldDiversity.distinct[1])],
    ['likeness to each other (self-BLEU)', ({ quality: { diversity } }) => figureOf(diversity.selfBleu)],
    ['… gold’s', ({ quality: { goldDiversity } }) => figureOf(goldDiversity.selfBleu)],
    ['4-grams that gold does not have', ({ quality: { novelty } }) => figureOf(novelty[3])],
    [
      'longest copy from gold, words (median)',
      ({ quality: { longestCopy } }) => figureOf(longestCopy?.quantiles[3], 0),
    ],
    ['likeness to the nearest gold sentence (mean)', ({ quality: { nearestGold } }) => figureOf(nearestGold?.mean)],
    ['mean length in words', ({ quality: { length } }) => figureOf(length?.mean, 1)],
    ['… gold’s', ({ quality: { goldLength } }) => figureOf(goldLength?.mean, 1)],
    ['head stands first', ({ quality: { headFirst } }) => figureOf(headFirst)],
    ['… gold’s', ({ quality: { goldHeadFirst } }) => figureOf(goldHeadFirst)],
  ];
  return html`<section>
    <h2>Written sentences beside gold</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Quality of the accepted sentences">
      <table>
        <thead>
          <tr>
            <th scope="col">accepted sentences</th>
            ${pools.map((pool) => html`<th scope="col" class="figure">${poolTitle(pool)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([name, of]) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${pools.map((pool) => html`<td class="figure">${of(pool)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="legend">
      <span>${swatch('var(--accent-3)')}gold</span>
      <span>${swatch('var(--accent)')}written</span>
    </div>
    <div class="charts">${charts}</div>
  </section>`;
}

function samplesSection(pools: readonly PoolReport[]): Piece {
  return html`<section>
    <h2>Sentences, each with the gold sentence nearest to it</h2>
    <p class="note">
      The first that passed the filters, in the order in which they were written. <mark class="shared">Marked</mark> in
      both: the longest stretch that the two have word for word.
    </p>
    ${narrowingControls('samples', 'Relation', pools.map(poolTitle))}
    <div id="samples" data-narrowed>
      ${pools.map((pool, index) => {
        const { shown, dropped, accepted } = pool;
        const title = poolTitle(pool);
        return html`<details ${index === 0 ? 'open' : ''}>
          <summary>${title}<span class="count">${showNumber(accepted)} accepted</span></summary>
          ${shown.map((sentence) => pair(title, sentence))}
          ${Object.entries(dropped).map(
            ([verdict, texts]) =>
              html`<h3>Dropped: ${wordsOf(verdict)}</h3>
                ${texts.map((text) => html`<div class="pair" data-entry data-label="${title}"><p>${text}</p></div>`)}`,
          )}
        </details>`;
      })}
    </div>
  </section>`;
}

function pair(label: string, { text, novelty, longestCopy, nearest }: ShownSentence): Piece {
  const [inText, inGold] = nearest?.shared?.places ?? [];
  return html`<div class="pair beside" data-entry data-label="${label}">
    <p>${marked(text, inText)}</p>
    <p class="nearest">
      ${nearest ? html`gold: ${marked(nearest.text, inGold)}` : 'no gold sentence has a word in common'}
    </p>
    <p class="id">
      ${nearest ? `likeness ${nearest.similarity.toFixed(2)}, longest stretch in both: ${words(nearest.shared?.words ?? 0)}; ` : ''}${showPercent(novelty)}
      of its 4-grams new, longest copy from any gold sentence: ${words(longestCopy)}
    </p>
  </div>`;
}

const words = (count: number): string => (count === 1 ? '1 word' : `${count} words`);

const marked = (text: string, span: Span | undefined): Piece =>
  span === undefined
    ? html`${text}`
    : html`${text.slice(0, span.start)}<mark class="shared">${text.slice(span.start, span.end)}</mark
        >${text.slice(span.end)}`;
