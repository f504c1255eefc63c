/** What presets of a run say about the corpus, for the commands that look at one. */
import { presets } from '../../../dare/presets.ts';

export const corpusPresets = { paper: presets.paper.corpus ?? {} };
