/** How a run was made: settings, seed, versions, what it cost on which device, and the command that makes it again. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { html } from 'hono/html';
import { shellLine } from '../../foundation/shell.ts';
import { CONFIGURATION_FILE } from '../../tasks/run-index.ts';
import { showNumber, type Piece } from '../page.ts';
import type { RunReport } from './run-data.ts';

/** Kinds of tasks, as a reader calls them. */
const STAGES: Readonly<Record<string, string>> = {
  corpus: 'reading the corpus',
  'random-model': 'random weights',
  generator: 'fine-tuning generators',
  judge: 'training judges of labels',
  pool: 'writing sentences',
  'given-pool': 'reading given sentences',
  'reviewed-pool': 'applying verdicts',
  quality: 'measuring sentences',
  member: 'training classifiers',
  scores: 'scoring',
};

/** Longest steps that are listed. */
const LISTED = 10;

export function makingSection(report: RunReport): Piece {
  const { configuration, run, log } = report;
  const longest = log.steps.toSorted((a, b) => b.seconds - a.seconds).slice(0, LISTED);
  return html`<section>
    <h2>How it was made</h2>
    <p>To make it again, where the corpus and the models are (in a clone: <code>bin/dare</code>):</p>
    <pre tabindex="0">${rerunCommand(report)}</pre>
    <p class="note">
      Seed ${run.configuration.seed}.
      ${log.sessions.map(({ dare, node, platform }) => `dare ${dare}, Node ${node}, ${platform}.`).join(' ')}
    </p>
    ${costTable(report)}
    <details>
      <summary>Longest steps</summary>
      <table>
        <tbody>
          ${longest.map(
            ({ name, seconds }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="figure">${showTime(seconds)}</td>
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

/** The command line that carries out the same configuration. */
export function rerunCommand({ folder }: Pick<RunReport, 'folder'>): string {
  // Beside the run, however its folder was typed: `.`, or with a slash at its end.
  const path = isAbsolute(folder) ? resolve(folder) : relative('', folder) || resolve(folder);
  return shellLine(['dare', 'run', '--config', join(path, CONFIGURATION_FILE), '--out', `${path}-again`]);
}

/** Time that kinds of steps took on a device. */
interface Cost {
  /** "no model" of steps that ask none. */
  readonly device: string;
  readonly stage: string;
  readonly steps: number;
  readonly seconds: number;
}

/** By device, then in the order in which the stages began. */
export function costsOf({ log }: Pick<RunReport, 'log'>): Cost[] {
  const costs = new Map<string, Cost>();
  for (const { kind, device, seconds } of log.steps) {
    const own = { device: device ?? 'no model', stage: STAGES[kind] ?? kind };
    const key = `${own.device}\t${own.stage}`;
    const before = costs.get(key) ?? { ...own, steps: 0, seconds: 0 };
    costs.set(key, { ...before, steps: before.steps + 1, seconds: before.seconds + seconds });
  }
  const devices = [...new Set([...costs.values()].map(({ device }) => device))];
  return devices.flatMap((device) => [...costs.values()].filter((cost) => cost.device === device));
}

function costTable(report: RunReport): Piece {
  const costs = costsOf(report);
  const { reused } = report.log;
  if (costs.length === 0) return html`<p class="note">What it cost is not known: its log is missing.</p>`;
  const devices = [...new Set(costs.map(({ device }) => device))];
  const sum = (of: readonly Cost[]): number => of.reduce((total, { seconds }) => total + seconds, 0);
  const row = (name: string, of: readonly Cost[]): Piece =>
    html`<tr>
      <th scope="row">${name}</th>
      <td class="figure">${showNumber(of.reduce((total, { steps }) => total + steps, 0))}</td>
      <td class="figure">${showTime(sum(of))}</td>
    </tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Time by device and stage">
      <table>
        <thead>
          <tr>
            <th scope="col">device and stage</th>
            <th scope="col" class="figure">steps</th>
            <th scope="col" class="figure">time</th>
          </tr>
        </thead>
        ${devices.map((device) => {
          const own = costs.filter((cost) => cost.device === device);
          return html`<tbody>
            <tr>
              <th scope="rowgroup" colspan="2" class="group">${device}</th>
              <td class="figure">${showTime(sum(own))}</td>
            </tr>
            ${own.map((cost) => row(cost.stage, [cost]))}
          </tbody>`;
        })}
      </table>
    </div>
    <p class="note">
      ${showTime(sum(costs))} in all, over every session of this folder. Steps that ran side by side count each their
      own time.
      ${
        reused.length > 0
          ? `${reused.length === 1 ? 'One step was' : `${showNumber(reused.length)} steps were`} taken over from other runs of the same store and cost nothing here: ${listed(reused)}.`
          : 'Nothing was taken over from other runs.'
      }
    </p>`;
}

/** Names that a sentence has room for. */
const NAMED = 6;

const listed = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(', ') + (names.length > NAMED ? `, and ${names.length - NAMED} more` : '');

/** In the unit that is read most easily. */
const showTime = (seconds: number): string =>
  seconds < 120
    ? `${seconds.toFixed(1)} s`
    : seconds < 7200
      ? `${(seconds / 60).toFixed(1)} min`
      : `${(seconds / 3600).toFixed(2)} h`;
