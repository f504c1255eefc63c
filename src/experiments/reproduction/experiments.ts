/** All experiments, in the order in which they are done and shown: what others share first. A new one is a file beside this, and a line here. */
import { UserError } from '../../foundation/errors.ts';
import { allArms } from './all-arms.ts';
import type { Experiment } from './experiment.ts';
import { figure1 } from './figure1.ts';
import { figure2 } from './figure2.ts';
import { table3 } from './table3.ts';
import { table4, table5, table6 } from './table4.ts';

export const EXPERIMENTS: readonly Experiment[] = [table4, table5, table6, allArms, figure1, figure2, table3];

export const EXPERIMENT_NAMES = [...EXPERIMENTS.map(({ id }) => id), 'all'];

/** @throws UserError for a name that is none. */
export function experimentsNamed(name: string): readonly Experiment[] {
  if (name === 'all') return EXPERIMENTS;
  const found = EXPERIMENTS.find(({ id }) => id === name);
  if (found) return [found];
  throw new UserError(`there is no experiment "${name}"`, { remedy: `known: ${EXPERIMENT_NAMES.join(', ')}` });
}
