/** What docs/guides/memory.md says that models need is what `dare doctor` estimates, and what it says was measured is what the benchmarks have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { largeSchema } from '../../bench/memory.ts';
import { KNOWN_MODELS, modelNeeds, usualAccumulation } from '../../src/cli/model-needs.ts';
import { ROOT } from '../support/documented-commands.ts';

const page = readFileSync(join(ROOT, 'docs/guides/memory.md'), 'utf8');
const gigabytes = (bytes: number, digits: number): string => (bytes / 1e9).toFixed(digits);

it('estimates are those of the program', () => {
  const rows = Array.from(page.matchAll(/^\| `([\w-]+)`(, LoRA of rank 8)? \| (.*) \|$/gm));
  expect(rows).toHaveLength(7);
  for (const [, name, adapters, cells] of rows) {
    const config = KNOWN_MODELS[name!]!;
    const [millions, batch, ...shown] = cells!.split(' | ');
    const shape = { batch: Number(batch), length: 128, accumulation: usualAccumulation(config) };
    const needs = modelNeeds(config, { ...shape, ...(adapters && { loraRank: 8 }) });
    expect(Number(millions!.replace(',', ''))).toBe(Math.round(needs.parameters / 1e6));
    const { training, inference, modelFile, trainingCheckpoint } = needs;
    const digitsOf = (place: number): number => /\.(\d+)$/.exec(shown[place]!)?.[1]!.length ?? 0;
    const figures = [training.total, inference, modelFile, trainingCheckpoint];
    expect({ name, adapters, shown }).toEqual({
      name,
      adapters,
      shown: figures.map((bytes, place) => gigabytes(bytes, digitsOf(place))),
    });
  }
});

it('GPT-2-large is fine-tuned in less than 16 GB, with adapters in less than 8, by the estimate and as measured', () => {
  const large = largeSchema.parse(
    (JSON.parse(readFileSync(join(ROOT, 'docs/benchmarks.json'), 'utf8')) as { large: unknown }).large,
  );
  const { ways } = large['GPT-2-large']!;
  const shape = { batch: 4, length: 128, accumulation: 2 };
  for (const [way, limit, flags] of [
    ['all weights', 16e9, {}],
    ['LoRA, rank 8', 8e9, { loraRank: 8 }],
  ] as const) {
    const { total } = modelNeeds(KNOWN_MODELS['gpt2-large']!, { ...shape, ...flags }).training;
    const { peakRssBytes, estimatedBytes } = ways[`${way}: dare`]!;
    expect(total).toBeLessThan(limit);
    expect(peakRssBytes).toBeLessThan(limit);
    // What was measured then is what is estimated now.
    expect(estimatedBytes! / total).toBeCloseTo(1, 2);
    expect(page).toContain(gigabytes(peakRssBytes, 2));
    expect(page).toContain(`(${gigabytes(estimatedBytes!, 2)}`);
  }
});

it('what gradient checkpointing costs is as measured', () => {
  const large = largeSchema.parse(
    (JSON.parse(readFileSync(join(ROOT, 'docs/benchmarks.json'), 'utf8')) as { large: unknown }).large,
  );
  const more = Object.values(large).map(({ ways }) => {
    const ratio = ways['all weights, gradient checkpointing: dare']!.seconds / ways['all weights: dare']!.seconds;
    return `${Math.round(100 * (ratio - 1))}%`;
  });
  expect(page).toContain(`${more.join(' and ')} measured`);
});
