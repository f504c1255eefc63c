/** How training went: the losses of classifiers and of generators, epoch by epoch. */
import { drawChart } from '../../foundation/chart.ts';
import { CHART_STYLE, described } from '../page.ts';
import { ARM_COLOURS } from './run-charts.ts';
import type { GeneratorReport, MemberReport } from './run-data.ts';

/** Whole epochs, no more than there is room for. */
function epochTicks(last: number, width: number): number[] {
  const step = Math.ceil(last / (width > 500 ? 10 : 5));
  return Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step);
}

/** Loss after each epoch of every classifier of an arm: dashed on training data, whole on validation data. */
export function lossChart(members: readonly MemberReport[], colour: string, width: number): Promise<string> {
  const points = (of: 'trainingLoss' | 'validationLoss') =>
    members.flatMap(({ number, epochs }) =>
      epochs.flatMap((record) => {
        const loss = record[of];
        return loss === undefined ? [] : { number, epoch: record.epoch, loss };
      }),
    );
  const [training, validation] = [points('trainingLoss'), points('validationLoss')];
  const least = Math.min(...validation.map(({ loss }) => loss)).toFixed(3);
  const last = Math.max(...training.map(({ epoch }) => epoch), 1);
  const line = { x: 'epoch', y: 'loss', z: 'number', stroke: colour };
  return drawChart((plot) => ({
    ...described(
      'Loss of every classifier',
      `classifiers: ${members.length}` + (validation.length > 0 ? `; least validation loss ${least}` : ''),
    ),
    style: CHART_STYLE,
    width,
    height: 200,
    marginLeft: 44,
    marginBottom: 36,
    x: { label: 'epoch →', ticks: epochTicks(last, width), tickFormat: 'd' },
    y: { label: '↑ loss', grid: true, ticks: 4, zero: true },
    marks: [
      plot.line(training, { ...line, strokeDasharray: '4 3', strokeOpacity: 0.6, marker: true }),
      plot.line(validation, { ...line, strokeWidth: 1.6, marker: true }),
    ],
  }));
}

/** The colour of a generator's line, by its place: those of the arms, again and again where there are more. */
export const lineColour = (place: number): string => ARM_COLOURS[place % ARM_COLOURS.length]!;

/** Training loss after each epoch of every generator, in nats a token. */
export function generatorLossChart(generators: readonly GeneratorReport[], width: number): Promise<string> {
  const points = generators.flatMap(({ name, epochs }) =>
    epochs.map(({ epoch, trainingLoss }) => ({ name, epoch, loss: trainingLoss })),
  );
  const last = Math.max(...points.map(({ epoch }) => epoch), 1);
  const ends = generators.map(({ name, epochs }) => `${name} ${epochs.at(-1)?.trainingLoss.toFixed(2) ?? 'none'}`);
  return drawChart((plot) => ({
    ...described('Training loss of every generator', `after the last epoch: ${ends.join('; ')}`),
    style: CHART_STYLE,
    width,
    height: 240,
    marginLeft: 44,
    marginBottom: 36,
    x: { label: 'epoch →', ticks: epochTicks(last, width), tickFormat: 'd' },
    y: { label: '↑ loss', grid: true, ticks: 4 },
    color: { domain: generators.map(({ name }) => name), range: generators.map((_, place) => lineColour(place)) },
    marks: [plot.line(points, { x: 'epoch', y: 'loss', z: 'name', stroke: 'name', strokeWidth: 1.6, marker: true })],
  }));
}
