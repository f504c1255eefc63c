/** Gold only: the control. Whatever DARE gains over it comes from the synthetic sentences, not from being an ensemble. */
import { defineArm } from './arm.ts';

export const gold = defineArm({
  title: 'gold only',
  pools: null,
  usesRatio: () => false,
  settings: {},
  trainingData: (material) => ({ gold: material.gold, added: [] }),
});
