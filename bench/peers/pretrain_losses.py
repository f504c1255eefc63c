"""Trains with PyTorch on what bench/pretrain-losses.ts kept, and prints the losses update by update.

    python bench/peers/pretrain_losses.py FOLDER

The same first weights, documents, hidden tokens, learning rates, AdamW and clipping; Hugging Face's GPT-2 or BERT in float32. The documents of a row
are kept apart by an attention mask made here, so that the packing is checked as well.
"""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, BertForMaskedLM, GPT2LMHeadModel

import peer


def batch_of(rows, length, is_causal):
    """Token ids, positions, labels (-100 where nothing is predicted) and additive attention mask of packed rows."""
    shape = (len(rows), length)
    ids = torch.zeros(shape, dtype=torch.long)
    positions = torch.zeros(shape, dtype=torch.long)
    labels = torch.full(shape, -100)
    segments = torch.full(shape, -1)
    for row, pieces in enumerate(rows):
        start = 0
        for number, piece in enumerate(pieces):
            end = start + len(piece["ids"])
            ids[row, start:end] = torch.tensor(piece["ids"])
            positions[row, start:end] = torch.arange(len(piece["ids"]))
            for predicted in piece["predicted"]:
                labels[row, start + predicted["position"]] = predicted["label"]
            segments[row, start:end] = number
            start = end
    seen = segments[:, :, None] == segments[:, None, :]
    if is_causal:
        seen &= torch.ones(length, length).tril().bool()
    mask = torch.zeros(len(rows), 1, length, length).masked_fill(~seen[:, None], torch.finfo(torch.float32).min)
    return ids, positions, labels, mask


def main():
    options = peer.parser(__doc__)
    options.add_argument("folder", type=Path)
    arguments = options.parse_args()
    peer.prepare(arguments)
    updates = [json.loads(line) for line in (arguments.folder / "updates.jsonl").open()]
    is_causal = AutoConfig.from_pretrained(arguments.folder / "model").model_type == "gpt2"
    kind = GPT2LMHeadModel if is_causal else BertForMaskedLM
    model = kind.from_pretrained(arguments.folder / "model", attn_implementation="eager", dtype=torch.float32).eval()  # no dropout
    first = updates[0]
    undecayed = [name for name, _ in model.named_parameters() if name.endswith(".bias") or ".ln_" in name or "LayerNorm" in name]
    groups = [
        {"params": [p for n, p in model.named_parameters() if n not in undecayed], "weight_decay": first["weightDecay"]},
        {"params": [p for n, p in model.named_parameters() if n in undecayed], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, first["beta2"]), eps=1e-8)
    losses = []
    for update in updates:
        ids, positions, labels, mask = batch_of(update["rows"], update["length"], is_causal)
        extra = {"use_cache": False} if is_causal else {}
        logits = model(input_ids=ids, position_ids=positions, attention_mask=mask, **extra).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), update["maxGradientNorm"])
        for group in optimizer.param_groups:
            group["lr"] = update["learningRate"]
        optimizer.step()
        losses.append(loss.item())
    peer.report("pretrain_losses", {**vars(arguments), "folder": arguments.folder.name}, {"losses": losses})


if __name__ == "__main__":
    main()
