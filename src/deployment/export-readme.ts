/** The README of an export: what the files are, and how Python reads them. */
import type { ExportDescription } from './export.ts';

export function exportReadme({
  arm,
  classes,
  placeholders,
  maxLength,
  thresholds,
  members,
  onnx,
}: ExportDescription): string {
  const { head, tail } = placeholders;
  const model = onnx[0]!;
  const weights = onnx[1] === undefined ? '' : ` Its weights are in \`${onnx[1]}\`, which must stay beside it.`;
  return `# A relation classifier

An ensemble of ${members.length} BERT classifiers, trained by dare (arm \`${arm}\`). It reads one sentence with two marked mentions and says which relation holds between them.

| | |
| --- | --- |
| classes, in this order | ${classes.map((name) => `\`${name}\``).join(', ')}; the last means that no relation holds |
| in place of the head | \`${head}\` |
| in place of the tail | \`${tail}\` |
| tokens read of a sentence | ${maxLength}, special tokens included |
| thresholds of the members | ${thresholds.map((threshold) => threshold.toPrecision(4)).join(', ')} |

Put the two placeholders in place of the mentions, each as a word of its own: \`Severe ${tail} was induced by ${head} .\`

- \`${model}\` is the whole ensemble for ONNX Runtime.${weights} Inputs \`input_ids\`, \`attention_mask\`, \`token_type_ids\` (int64, batch × sequence); outputs \`label\` (place of
  the class that most members say, each under its own threshold), \`votes\` (members for each class) and \`probabilities\` (mean over the members).
- \`${members[0]!}\` … are the members, ordinary model folders for Hugging Face's transformers.
- \`ensemble.json\` says all of the above for programs.

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

A member alone, with the same numbers as in the ensemble:

\`\`\`python
import torch
from transformers import AutoModelForSequenceClassification

member = AutoModelForSequenceClassification.from_pretrained(ensemble["members"][0]).eval()
with torch.no_grad():
    print(member(**tokenizer(sentences, return_tensors="pt")).logits.softmax(-1))
\`\`\`

The tokenizer cuts a sentence of more than ${maxLength} tokens at its end; dare cuts it around the two mentions. Cut long sentences yourself so that both placeholders stay.
`;
}
