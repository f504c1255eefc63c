/** DARE itself (Algorithm 1, step 2): all gold sentences, and r·|D_c| synthetic ones for each relation, drawn anew for each member. */
import { drawSynthetic } from '../draw.ts';
import { defineArm } from './arm.ts';

export const dare = defineArm({
  title: 'DARE',
  pools: 'generated',
  usesRatio: () => true,
  settings: {},
  trainingData({ gold, pools }, { ratio }, { seed, path }) {
    const { sentences, replaced } = drawSynthetic(pools, ratio, seed, path);
    const notes = replaced.length > 0 ? [`pools too small, drawn with replacement: ${replaced.join(', ')}`] : [];
    return { gold, added: sentences, notes };
  },
});
