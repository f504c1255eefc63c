"""Trains with PyTorch on what bench/pretrain-losses.ts kept, and compares the losses update by update.

    python bench/peers/pretrain_losses.py FOLDER

The same first weights, documents, learning rates, AdamW and clipping; Hugging Face's GPT-2 in float32. The documents of a row are kept apart by
an attention mask made here, so that the packing is checked as well.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel


def batch_of(rows, length):
    """Token ids, positions, labels (-100 where nothing is predicted) and additive attention mask of packed rows."""
    shape = (len(rows), length)
    ids = torch.zeros(shape, dtype=torch.long)
    positions = torch.zeros(shape, dtype=torch.long)
    labels = torch.full(shape, -100)
    segments = torch.full(shape, -1)
    for row, pieces in enumerate(rows):
        start = 0
        for number, piece in enumerate(pieces):
            end = start + len(piece)
            ids[row, start:end] = torch.tensor(piece)
            positions[row, start:end] = torch.arange(len(piece))
            labels[row, start : end - 1] = torch.tensor(piece[1:])
            segments[row, start:end] = number
            start = end
    seen = (segments[:, :, None] == segments[:, None, :]) & torch.ones(length, length).tril().bool()
    mask = torch.zeros(len(rows), 1, length, length).masked_fill(~seen[:, None], torch.finfo(torch.float32).min)
    return ids, positions, labels, mask


def main():
    folder = Path(sys.argv[1])
    updates = [json.loads(line) for line in (folder / "updates.jsonl").open()]
    torch.set_num_threads(2)
    model = GPT2LMHeadModel.from_pretrained(folder / "model", attn_implementation="eager", use_cache=False, dtype=torch.float32).eval()  # no dropout
    first = updates[0]
    decayed = [p for n, p in model.named_parameters() if not n.endswith(".bias") and ".ln_" not in n]
    others = [p for n, p in model.named_parameters() if n.endswith(".bias") or ".ln_" in n]
    groups = [{"params": decayed, "weight_decay": first["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, first["beta2"]), eps=1e-8)
    largest = 0.0
    for number, update in enumerate(updates, 1):
        ids, positions, labels, mask = batch_of(update["rows"], update["length"])
        logits = model(input_ids=ids, position_ids=positions, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), update["maxGradientNorm"])
        for group in optimizer.param_groups:
            group["lr"] = update["learningRate"]
        optimizer.step()
        difference = abs(loss.item() - update["loss"]) / loss.item()
        largest = max(largest, difference)
        if number in (1, 2) or number % 10 == 0:
            print(f"update {number}: dare {update['loss']:.6f}, PyTorch {loss.item():.6f}, relative difference {difference:.1e}", flush=True)
    print(f"largest relative difference of {len(updates)} updates: {largest:.1e}")


if __name__ == "__main__":
    main()
