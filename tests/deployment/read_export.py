"""Reads an export as its README shows: `read_export.py FOLDER SENTENCES.json` prints what ONNX Runtime and transformers say of the sentences."""
import json
import os
import sys

import onnx
import onnxruntime
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

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

rows = []
for folder in ensemble["members"]:
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    assert [model.config.id2label[place] for place in range(len(ensemble["classes"]))] == ensemble["classes"]
    with torch.no_grad():
        rows.append(model(**inputs).logits.softmax(-1))

print(json.dumps({
    "label": [ensemble["classes"][place] for place in label],
    "onnx": probabilities.tolist(),
    "members": torch.stack(rows).mean(0).tolist(),
}))
