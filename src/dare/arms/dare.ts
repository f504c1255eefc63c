/** DARE itself (Algorithm 1, step 2): all gold sentences, and r·|D_c| synthetic ones for each relation, drawn anew for each member. */
import { drawSynthetic } from '../draw.ts';
import { defineArm } from './arm.ts';

export const dare = defineArm({
  title: 'DARE',
  pools: 'generated',
  usesRatio: () => true,
  settings: {},
  trainingData({ gold, pools }, { ratio }, { seed, path }) {
    const { sentences, replaced, empty } = drawSynthetic(pools, ratio, seed, path);
    const notes = [
      ...(replaced.length > 0 ? [`pools too small, drawn with replacement: ${replaced.join(', ')}`] : []),
      ...empty.map((relation) => `no synthetic sentence for ${relation}; its gold ones stand alone`),
    ];
    return { gold, added: sentences, notes };
  },
});
