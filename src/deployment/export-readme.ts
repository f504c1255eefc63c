/** The README of an export: what the files are, and how Python reads them. */
import type { ClassifierHead } from '../checkpoint/config.ts';
import { describePlaceholders } from '../corpus/placeholders.ts';
import type { Placeholders } from '../corpus/placeholders.ts';
import type { Distillation } from './distil.ts';

/** What an export is, as in its `ensemble.json`. */
export interface ExportDescription {
  readonly arm: string;
  /** L in its order, then null: the places that `label`, `votes` and `probabilities` speak of. */
  readonly classes: readonly string[];
  /** What the classifiers decide by. */
  readonly head: ClassifierHead;
  /**
   * What stands in a sentence in place of head and tail, the markers with it where the classifiers read them: one pair for all, or a pair for each
   * pair of entity types.
   */
  readonly placeholders: readonly Placeholders[];
  /** Tokens that the classifiers read of a sentence, special tokens included. */
  readonly maxLength: number;
  /** Of each member, in order. */
  readonly thresholds: readonly number[];
  /** Of the mean probabilities: p^(1/temperature), scaled to sum to one, are calibrated on the run's validation data. */
  readonly temperature: number;
  /** Model folders, below the export's. */
  readonly members: readonly string[];
  /** Files of the whole ensemble: the model, and its weights where they are apart. */
  readonly onnx: readonly string[];
  /** One classifier in place of the ensemble: its folder, its files for ONNX Runtime, and what it lost. */
  readonly distilled?: Distillation & { readonly folder: string; readonly onnx: readonly string[] };
}

export function exportReadme(description: ExportDescription): string {
  const { arm, classes, placeholders, maxLength, thresholds, temperature, members, onnx, distilled } = description;
  const { head, tail } = placeholders[0]!;
  const model = onnx[0]!;
  const weights = onnx[1] === undefined ? '' : ` Its weights are in \`${onnx[1]}\`, which must stay beside it.`;
  return `# A relation classifier

An ensemble of ${members.length} BERT classifiers, trained by dare (arm \`${arm}\`). It reads one sentence with two marked mentions and says which relation holds between them.

| | |
| --- | --- |
| classes, in this order | ${classes.map((name) => `\`${name}\``).join(', ')}; the last means that no relation holds |
| in place of head and tail | ${describePlaceholders(placeholders)} |
| tokens read of a sentence | ${maxLength}, special tokens included |
| thresholds of the members | ${thresholds.map((threshold) => threshold.toPrecision(4)).join(', ')} |
| temperature | ${temperature.toPrecision(4)}, under which the mean probabilities mean what they say |

Put the two placeholders in place of the mentions, each as a word of its own: \`Severe ${tail} was induced by ${head} .\`

- \`${model}\` is the whole ensemble for ONNX Runtime.${weights} Inputs \`input_ids\`, \`attention_mask\`, \`token_type_ids\` (int64, batch × sequence); outputs \`label\` (place of
  the class that most members say, each under its own threshold), \`votes\` (members for each class) and \`probabilities\` (mean over the members).
- \`${members[0]!}\` … are the members, model folders for Hugging Face's transformers${description.head === 'cls' ? '' : ', with a head of their own (below)'}.
${distilled ? studentOf(distilled) : ''}- \`ensemble.json\` says all of the above for programs.

## From Python

\`\`\`python
import json
import onnxruntime
from transformers import AutoTokenizer

ensemble = json.load(open("ensemble.json"))
tokenizer = AutoTokenizer.from_pretrained(ensemble["members"][0])
session = onnxruntime.InferenceSession(ensemble["onnx"][0])

sentences = ["Severe ${tail} was induced by ${head} ."]
inputs = tokenizer(sentences, padding=True, truncation=True, max_length=ensemble["maxLength"], return_tensors="np")
label, votes, probabilities = session.run(
    ["label", "votes", "probabilities"],
    {name: inputs[name].astype("int64") for name in ["input_ids", "attention_mask", "token_type_ids"]},
)
print([ensemble["classes"][place] for place in label], votes, probabilities)
\`\`\`

\`probabilities\` are not calibrated. Under the temperature, which was fitted on validation data and is in the model's metadata as well, they are, as far as one number can do that:

\`\`\`python
calibrated = probabilities ** (1 / ensemble["temperature"])
print(calibrated / calibrated.sum(-1, keepdims=True))
\`\`\`

A member alone, with the same numbers as in the ensemble:

\`\`\`python
${MEMBER_IN_PYTHON[description.head]}\`\`\`

The tokenizer cuts a sentence of more than ${maxLength} tokens at its end; dare cuts it around the two mentions. Cut long sentences yourself so that both placeholders stay.
`;
}

/** How `transformers` computes what a member says of `sentences`, by its head. */
const MEMBER_IN_PYTHON: Readonly<Record<ClassifierHead, string>> = {
  cls: `import torch
from transformers import AutoModelForSequenceClassification

member = AutoModelForSequenceClassification.from_pretrained(ensemble["members"][0]).eval()
with torch.no_grad():
    print(member(**tokenizer(sentences, padding=True, return_tensors="pt")).logits.softmax(-1))
`,
  'entity-markers': `# The last states at [E1] and at [E2], side by side, through one linear layer. transformers has no class for it: the encoder is read as usual,
# and the layer by name.
import torch
from safetensors.torch import load_file
from transformers import AutoModel

folder = ensemble["members"][0]
encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
weights = load_file(f"{folder}/model.safetensors")
inputs = tokenizer(sentences, padding=True, return_tensors="pt")
starts = [(inputs["input_ids"] == tokenizer.convert_tokens_to_ids(marker)).int().argmax(-1) for marker in ("[E1]", "[E2]")]
with torch.no_grad():
    states = encoder(**inputs).last_hidden_state
    rows = torch.arange(len(states))
    read = torch.cat([states[rows, start] for start in starts], dim=-1)
    print(torch.nn.functional.linear(read, weights["classifier.weight"], weights["classifier.bias"]).softmax(-1))
`,
};

const studentOf = ({
  folder,
  onnx,
  f1,
  ensembleF1,
  lossInterval,
  learnedNothing,
  threshold,
  temperature,
  sentences,
}: NonNullable<ExportDescription['distilled']>) =>
  `- \`${folder}\` and \`${onnx[0]!}\` are one classifier that learned the ensemble's probabilities on ${sentences} sentences, with the same inputs and outputs: F1 ${f1.toFixed(3)} on
  the run's test data, where the ensemble has ${ensembleF1.toFixed(3)} (95% interval of what is lost: ${lossInterval.map((loss) => loss.toFixed(3)).join(' to ')}). Its threshold is ${threshold.toPrecision(4)}, its temperature ${temperature.toPrecision(4)}.${learnedNothing ? ' **It learned nothing but how frequent the classes are: do not use it.**' : ''}
`;
