/** How the models of a run were trained: losses of the generators, and of every classifier. */
import { html } from 'hono/html';
import { figure, type Piece } from '../page.ts';
import { titleOf } from './headline.ts';
import { generatorLossChart, lineColour, lossChart } from './loss-charts.ts';
import { armsOf, colourOf } from './run-charts.ts';
import type { RunReport } from './run-data.ts';
import { halfChart, swatch } from './score-sections.ts';

export function trainingSections(report: RunReport): Promise<Piece>[] {
  return [generatorSection(report), classifierSection(report)];
}

async function generatorSection({ generators }: RunReport): Promise<Piece> {
  if (generators.length === 0) return html``;
  return html`<section>
    <h2>Training of every generator</h2>
    <p class="note">
      Loss on the gold sentences of its relation, in nats a token, as a mean over each epoch; the last epoch was kept.
      Beside each name: its last loss.
    </p>
    <div class="legend">
      ${generators.map(
        ({ name, epochs }, place) =>
          html`<span>${swatch(lineColour(place))}${name} ${epochs.at(-1)?.trainingLoss.toFixed(2)}</span>`,
      )}
    </div>
    ${await figure((width) => generatorLossChart(generators, width))}
  </section>`;
}

async function classifierSection({ scores, members }: RunReport): Promise<Piece> {
  const charts = await Promise.all(
    armsOf(scores).map(({ arm }) => {
      const own = members.filter((member) => member.arm === arm);
      return halfChart(titleOf(arm), (width) => lossChart(own, colourOf(arm), width));
    }),
  );
  return html`<section>
    <h2>Training of every classifier</h2>
    <p class="note">
      Whole lines: loss on validation data. Dashed: on training data. The epoch of least validation loss was kept.
    </p>
    <div class="charts">${charts}</div>
  </section>`;
}
