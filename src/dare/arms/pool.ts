/**
 * A pool from elsewhere: as DARE, with sentences that were given (written by hand, or by another model) in place of those that generators wrote.
 * What differs between the two is who wrote.
 */
import { dare } from './dare.ts';
import { defineArm } from './arm.ts';

export const pool = defineArm({
  title: 'pool from elsewhere',
  pools: 'given',
  usesRatio: () => true,
  settings: {},
  trainingData: (material, recipe, streams) => dare.trainingData(material, recipe, streams),
});
