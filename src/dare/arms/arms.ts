/** All arms, in the order in which they are shown. A new one is a file beside this, and a line here. */
import { balancedBagging } from './balanced-bagging.ts';
import { classWeighting } from './class-weighting.ts';
import { dare } from './dare.ts';
import { gold } from './gold.ts';
import { oversampling } from './oversampling.ts';
import { pool } from './pool.ts';
import { tokenEdits } from './token-edits.ts';

export const arms = {
  dare,
  gold,
  'class-weighting': classWeighting,
  'balanced-bagging': balancedBagging,
  oversampling,
  'token-edits': tokenEdits,
  pool,
};

/** An arm's name, in settings and results. */
export type Arm = keyof typeof arms;

export const ARMS = Object.keys(arms) as [Arm, ...Arm[]];
