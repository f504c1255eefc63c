/**
 * Two small model folders and an adapter that dare writes, always the same: what `transformers` and `peft` must be able to read.
 *
 * Run as a program it writes them for tests/fixtures/make/verify_written_folders.py:
 *   tsx tests/support/written-folders.ts OUTPUT
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../src/foundation/random.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { openBert, openGpt2, loadWeights, saveModel, withTokens } from '../../src/nn/model.ts';
import { bertClassifierTraining } from '../../src/nn/bert.ts';
import { gpt2Training } from '../../src/nn/gpt2.ts';
import { saveAdapter } from '../../src/nn/adapted-model.ts';
import { isAdapter } from '../../src/nn/lora.ts';
import type { LoraSettings } from '../../src/nn/lora.ts';
import type { Device } from '../../src/runtime/device.ts';

export const TEXTS = [
  'DRUG induced DISEASE in two patients .',
  'No association between $ENTITYA$ and $ENTITYB$ was seen; naïve β-blockers (5 mg/kg) were given.',
  'Acute renal failure',
];

const SENTENCES = [
  'DRUG induced severe DISEASE in patients with renal failure after two weeks of treatment .',
  'the incidence of DISEASE was higher in the group that was given DRUG than in the placebo group .',
  'DISEASE is a rare adverse effect of DRUG , and resolves when the drug is withdrawn .',
  'we report a case of DISEASE associated with the use of DRUG in an elderly woman .',
];

export const LABELS = ['CID', 'null'];

const LORA: LoraSettings = { rank: 4, alpha: 6, dropout: 0.1, targets: ['c_attn', 'c_proj', 'c_fc'] };

/** Writes `gpt2` and `bert` below `output`, with a placeholder as an added token each, and `lora`, an adapter of that `gpt2`. */
export async function writeFolders(device: Device, output: string): Promise<void> {
  const size = { layers: 2, hiddenSize: 32, heads: 4, vocabulary: 320, maxLength: 160, texts: SENTENCES, seed: 7 };
  for (const kind of ['gpt2', 'bert'] as const) {
    const base = join(output, `${kind}-base`);
    await writeRandomModel(base, { kind, ...size });
    if (kind === 'gpt2') {
      const model = withTokens(await openGpt2(base), ['DISEASE']);
      const { parameters } = await loadWeights(device, model, gpt2Training(model.config).graph, { trainable: false });
      await saveModel(join(output, kind), model, parameters, { architecture: 'GPT2LMHeadModel' });
      await parameters.dispose();
    } else {
      const model = withTokens(await openBert(base), ['$ENTITYA$', '$ENTITYB$']);
      const { graph } = bertClassifierTraining(model.config, LABELS.length);
      const { parameters } = await loadWeights(device, model, graph, { trainable: false, optional: [/^classifier\./] });
      const options = { architecture: 'BertForSequenceClassification', labels: LABELS };
      await saveModel(join(output, kind), model, parameters, options);
      await parameters.dispose();
    }
  }
  const model = await openGpt2(join(output, 'gpt2'));
  const { graph } = gpt2Training(model.config, { lora: LORA });
  const options = { trainable: isAdapter, optional: [/\.lora_[AB]\.weight$/], seed: 7 };
  const { parameters } = await loadWeights(device, model, graph, options);
  for (const { name, shape } of parameters.trained) {
    // As after some training: B is no longer zero.
    const stream = RandomStream.named(7, name);
    await parameters.write(
      name,
      Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.3 * stream.normal()),
    );
  }
  await saveAdapter(join(output, 'lora'), parameters, LORA, '../gpt2');
  await parameters.dispose();
  await writeFile(join(output, 'texts.json'), JSON.stringify(TEXTS));
}
