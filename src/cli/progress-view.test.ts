import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ProgressEvent } from '../foundation/progress.ts';
import { showDuration, showFigures, showNumber } from './progress-text.ts';
import { createProgressView, progressStyle } from './progress-view.ts';
import type { ProgressStyle } from './progress-view.ts';

const step = (stage: string, done: number, figures: Record<string, number> = {}): ProgressEvent => ({
  kind: 'step',
  stage,
  done,
  total: 100,
  figures,
});

/** What a view writes for events at given seconds; `columns` makes the stream a terminal of that width. */
function written(style: ProgressStyle, events: readonly [number, ProgressEvent][], columns?: number): string {
  let seconds = 0;
  const stream = Object.assign(new PassThrough(), columns === undefined ? {} : { columns, rows: 24, isTTY: true });
  const view = createProgressView(stream, style, () => seconds * 1000);
  for (const [time, event] of events) {
    seconds = time;
    view.show(event);
  }
  view.close();
  return ((stream.read() as Buffer | null) ?? '').toString();
}

/** Two stages at once, a note, a cached result. */
const story: [number, ProgressEvent][] = [
  [0, { kind: 'cached', stage: 'read corpus' }],
  [0, { kind: 'stage', stage: 'generator · treats' }],
  [1, step('generator · treats', 1, { loss: 5.1234 })],
  [4, step('generator · treats', 4, { loss: 4.5 })],
  [6, step('generator · treats', 6, { loss: 4.25, 'sentences/s': 12.345 })],
  [7, { kind: 'note', text: 'drawing with replacement' }],
  [8, step('pool', 10)],
  [9, step('generator · treats', 9, { loss: 4 })],
  [12, step('generator · treats', 12, { loss: 3.5 })],
  [14, step('pool', 20)],
  [3700, { kind: 'done', stage: 'generator · treats', seconds: 3700, figures: { loss: 3.14159 } }],
];

test('plain lines: beginnings, ends and notes always, steps at most every five seconds', () => {
  expect(written('lines', story)).toMatchInlineSnapshot(`
    "✓ read corpus · done before
    • generator · treats
      generator · treats · 6/100 · loss 4.25 · 12.3 sentences/s · 0:06, 1:34 left
    ! drawing with replacement
    • pool
      generator · treats · 12/100 · loss 3.5 · 0:12, 1:28 left
      pool · 20/100 · 0:06, 0:48 left
    ✓ generator · treats · loss 3.14 · 1:01:40
    "
  `);
});

test('the time left counts from the last step that added nothing, such as those of a measurement before the first update', () => {
  const events: [number, ProgressEvent][] = [
    [0, { kind: 'stage', stage: 'pretrain' }],
    [1, step('pretrain', 0)],
    [60, step('pretrain', 0)],
    [70, step('pretrain', 10)],
  ];
  expect(written('lines', events).trim().split('\n').at(-1)).toBe('  pretrain · 10/100 · 1:10, 1:30 left');
});

test('what is counted has its unit; what the work came to on the way is no warning', () => {
  const counted = (stage: string, done: number, total: number, unit: string): ProgressEvent => {
    return { kind: 'step', stage, done, total, unit, figures: {} };
  };
  const events: [number, ProgressEvent][] = [
    [0, { kind: 'stage', stage: 'by hours' }],
    [6, counted('by hours', 754, 10_800, 's')],
    [6, { kind: 'done', stage: 'by hours', seconds: 6, figures: {} }],
    [6, { kind: 'stage', stage: 'by tokens' }],
    [12, counted('by tokens', 1_234_567, 14_570_256, 'tokens')],
    [12, { kind: 'note', text: 'it writes: a sentence', routine: true }],
    [12, { kind: 'done', stage: 'by tokens', seconds: 6, figures: {} }],
    [12, { kind: 'stage', stage: 'by both' }],
    [18, counted('by both', 36.62, 100, '%')],
  ];
  expect(written('lines', events)).toMatchInlineSnapshot(`
    "• by hours
      by hours · 12:34 of 3:00:00 · 0:06
    ✓ by hours · 0:06
    • by tokens
      by tokens · 1.2M/14.6M tokens · 0:06
      it writes: a sentence
    ✓ by tokens · 0:06
    • by both
      by both · 36.6% · 0:06
    "
  `);
});

test.each<[ProgressStyle, number?]>([['lines'], ['live', 80]])(
  '%s: what a note or a stage quotes cannot command the terminal',
  (style, columns) => {
    const events: [number, ProgressEvent][] = [
      [0, { kind: 'stage', stage: 'pool · \u001b]0;x\u0007' }],
      [1, { kind: 'note', text: 'it writes: \u001b[31m\u0007 a\rb' }],
      [2, { kind: 'done', stage: 'pool · \u001b]0;x\u0007', seconds: 2, figures: {} }],
    ];
    const text = written(style, events, columns);
    expect(text).toContain(String.raw`! it writes: \x1b[31m\x07 a b`);
    expect(text).toContain(String.raw`✓ pool · \x1b]0;x\x07`);
    expect(text).not.toContain('\u0007');
    expect(text).not.toContain('\u001b[31m');
  },
);

test('json: every event as it is, one a line', () => {
  const lines = written('json', story).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(story.map(([, event]) => event));
});

test('quiet: nothing', () => {
  expect(written('quiet', story)).toBe('');
});

describe('live lines', () => {
  it('shows a bar, steps, figures, the time gone and the time left', () => {
    const events = story.slice(1, 5);
    const frames = stripVTControlCharacters(written('live', events, 100))
      .split('\n')
      .filter(Boolean);
    expect(frames.at(-1)).toMatchInlineSnapshot(
      `"generator · treats ━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 6/100 · loss 4.25 · 12.3 sentences/s · 0:06, 1:34 left"`,
    );
  });

  it('leaves nothing but what has ended and the notes', () => {
    const lasting = stripVTControlCharacters(written('live', story, 100))
      .split('\n')
      .filter((line) => /^[✓!]/.test(line));
    expect(lasting).toEqual([
      '✓ read corpus · done before',
      '! drawing with replacement',
      '✓ generator · treats · loss 3.14 · 1:01:40',
    ]);
  });

  it('never needs more than the width of the terminal', () => {
    for (const columns of [10, 20, 40, 69, 70, 120]) {
      const lines = stripVTControlCharacters(written('live', story.slice(1, 6), columns)).split('\n');
      for (const line of lines.filter((text) => text.startsWith('generator'))) {
        expect(line.length).toBeLessThan(columns);
      }
    }
  });

  it('measures speed from the first step seen, as work goes on from a checkpoint', () => {
    const events: [number, ProgressEvent][] = [
      [0, { kind: 'stage', stage: 'member 1' }],
      [10, step('member 1', 80)],
      [20, step('member 1', 90)],
    ];
    expect(stripVTControlCharacters(written('live', events, 100))).toContain('90/100 · 0:20, 0:10 left');
  });

  it('starts the clock again where work is begun anew', () => {
    const events: [number, ProgressEvent][] = [
      [0, step('member 1', 10)],
      [90, step('member 1', 100)],
      [100, step('member 1', 10)],
      [110, step('member 1', 20)],
    ];
    expect(stripVTControlCharacters(written('live', events, 100))).toContain('20/100 · 0:10, 1:20 left');
  });

  it('lets it run where sentences of a pool are rejected after they were counted', () => {
    const events: [number, ProgressEvent][] = [
      [0, step('pool', 0)],
      [20, step('pool', 40)],
      [40, step('pool', 20)],
    ];
    expect(stripVTControlCharacters(written('live', events, 100))).toContain('20/100 · 0:40, 2:40 left');
  });
});

test('a terminal gets live lines unless something else is asked for', () => {
  expect(progressStyle({ isTTY: true }, {})).toBe(process.env.TERM === 'dumb' ? 'lines' : 'live');
  expect(progressStyle({}, {})).toBe('lines');
  expect(progressStyle({ isTTY: true }, { json: true })).toBe('json');
  expect(progressStyle({ isTTY: true }, { json: true, quiet: true })).toBe('quiet');
});

test.each([
  [0, '0'],
  [12, '12'],
  [2.3456, '2.35'],
  [0.00003, '0.00003'],
  [1234.5, '1235'],
  [548_105_171, '548.1M'],
  [Number.NaN, 'NaN'],
])('%f is shown as %s', (value, text) => {
  expect(showNumber(value)).toBe(text);
});

test('a rate reads after its number, other figures before it', () => {
  expect(showFigures({ loss: 2.5, 'tokens/s': 510.2 })).toBe('loss 2.5 · 510 tokens/s');
});

test('durations are minutes and seconds, with hours where there are any', () => {
  expect([0, 7_400, 750_000, 11_100_000].map(showDuration)).toEqual(['0:00', '0:07', '12:30', '3:05:00']);
  fc.assert(fc.property(fc.nat(10 ** 9), (time) => /^(\d+:[0-5]\d|[1-5]?\d):[0-5]\d$/.test(showDuration(time))));
});
