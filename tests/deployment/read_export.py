"""Reads an export as its README shows: `read_export.py FOLDER SENTENCES.json` prints what ONNX Runtime and transformers say of the sentences."""
import json
import os
import sys

import onnx
import onnxruntime
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer

sentences = json.load(open(sys.argv[2], encoding="utf-8"))
os.chdir(sys.argv[1])
ensemble = json.load(open("ensemble.json", encoding="utf-8"))
onnx.checker.check_model(ensemble["onnx"][0])
tokenizer = AutoTokenizer.from_pretrained(ensemble["members"][0])
session = onnxruntime.InferenceSession(ensemble["onnx"][0], providers=["CPUExecutionProvider"])

inputs = tokenizer(sentences, padding=True, truncation=True, max_length=ensemble["maxLength"], return_tensors="pt")
label, probabilities = session.run(
    ["label", "probabilities"],
    {name: inputs[name].numpy().astype("int64") for name in ["input_ids", "attention_mask", "token_type_ids"]},
)


def by_first_position(folder: str) -> torch.Tensor:
    return AutoModelForSequenceClassification.from_pretrained(folder).eval()(**inputs).logits


def by_entity_markers(folder: str) -> torch.Tensor:
    encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    weights = load_file(f"{folder}/model.safetensors")
    starts = [(inputs["input_ids"] == tokenizer.convert_tokens_to_ids(marker)).int().argmax(-1) for marker in ("[E1]", "[E2]")]
    states = encoder(**inputs).last_hidden_state
    rows = torch.arange(len(states))
    read = torch.cat([states[rows, start] for start in starts], dim=-1)
    return torch.nn.functional.linear(read, weights["classifier.weight"], weights["classifier.bias"])


logits_of = {"cls": by_first_position, "entity-markers": by_entity_markers}[ensemble["head"]]
rows = []
for folder in ensemble["members"]:
    labels = AutoConfig.from_pretrained(folder).id2label
    assert [labels[place] for place in range(len(ensemble["classes"]))] == ensemble["classes"]
    with torch.no_grad():
        rows.append(logits_of(folder).softmax(-1))

print(json.dumps({
    "label": [ensemble["classes"][place] for place in label],
    "onnx": probabilities.tolist(),
    "members": torch.stack(rows).mean(0).tolist(),
}))
