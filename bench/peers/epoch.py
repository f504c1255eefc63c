"""Times one epoch (or a share of its batches) of fine-tuning BERT-base with Hugging Face's Trainer.

    python bench/peers/epoch.py --data train.jsonl --tokenizer DIR --every 10 --seed 1 --mode padded128
    python bench/peers/epoch.py --data train.jsonl --tokenizer DIR --every 10 --mode dynamic --attention eager

The file holds an object a line, {"text": "…", "label": 0}. --every 10 trains on every tenth by size of the batches that Trainer makes of the whole file:
its length grouping sorts more rows together the more there are. Texts are cut at --length tokens. Modes:
    padded128   every row is padded to --length (128 by default): the DARE paper's setting
    dynamic     rows in random order, padded to the longest of their batch (DataCollatorWithPadding)
    grouped     the same in the order of Trainer's length grouping (train_sampling_strategy="group_by_length", formerly group_by_length=True)

BERT-base starts at random weights (the time does not depend on them) with its dropout of 0.1, attention probabilities included. AdamW is
torch's fused one; batch 32, learning rate 2e-5, gradient clipping at 1.0, linear decay: Trainer's defaults and the paper's values. Nothing
is saved, evaluated or logged. `epochSeconds` runs from the first batch asked for to the last update done: it leaves out loading and
tokenising (given apart); with --compile it holds the compiling, which falls into the first steps.
"""

import json
import tempfile
import time
from pathlib import Path

import torch
from transformers import (
    AutoTokenizer,
    BertTokenizer,
    DataCollatorWithPadding,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.trainer_pt_utils import get_length_grouped_indices

import peer


def read_examples(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def plan(arguments, lengths: list[int]) -> list[list[int]]:
    """The batches of an epoch, as Trainer's samplers make them."""
    generator = torch.Generator().manual_seed(arguments.seed)
    if arguments.mode == "grouped":
        order = get_length_grouped_indices(lengths, arguments.batch, generator=generator)
    else:
        order = torch.randperm(len(lengths), generator=generator).tolist()
    return [order[at : at + arguments.batch] for at in range(0, len(order), arguments.batch)]


def every_of(batches: list[list[int]], size, every: int) -> list[list[int]]:
    """Every so manieth batch, by size, in their order: the last, which may be smaller, stays last."""
    by_size = sorted(range(len(batches)), key=lambda index: (-size(batches[index]), index))
    chosen = set(by_size[every // 2 :: every])
    return [batch for index, batch in enumerate(batches) if index in chosen]


class PlannedTrainer(Trainer):
    """Trainer, with rows in a given order."""

    def __init__(self, order: list[int], **rest) -> None:
        super().__init__(**rest)
        self.order = order

    def _get_train_sampler(self, *_, **__):
        return self.order  # iterable, with a length: all that a sampler is


def load_tokenizer(folder: Path):
    """A Hugging Face tokenizer folder, or one with nothing but BERT-uncased's vocab.txt."""
    if (folder / "tokenizer.json").exists() or (folder / "tokenizer_config.json").exists():
        return AutoTokenizer.from_pretrained(folder)
    return BertTokenizer.from_pretrained(folder, do_lower_case=True)


class CountingCollator:
    """Pads as the wrapped collator does, and counts real tokens, padded sizes and rows."""

    def __init__(self, collate) -> None:
        self.collate = collate
        self.tokens = self.padded_tokens = self.rows = 0

    def __call__(self, features: list[dict]) -> dict[str, torch.Tensor]:
        batch = self.collate(features)
        self.tokens += int(batch["attention_mask"].sum())
        self.padded_tokens += batch["input_ids"].numel()
        self.rows += len(features)
        return batch


class Clock(TrainerCallback):
    """When the epoch began and every step ended."""

    def __init__(self) -> None:
        self.marks: list[float] = []

    def on_epoch_begin(self, *_, **__) -> None:
        self.marks.append(time.perf_counter())

    def on_step_end(self, *_, **__) -> None:
        self.marks.append(time.perf_counter())

    def steps(self) -> list[float]:
        return [end - start for start, end in zip(self.marks, self.marks[1:])]


def main() -> None:
    options = peer.parser(__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--tokenizer", type=Path, required=True, help="folder with tokenizer.json or BERT's vocab.txt")
    options.add_argument("--mode", choices=["padded128", "dynamic", "grouped"], default="padded128")
    options.add_argument("--every", type=int, default=1, help="train on every so manieth batch (default: all)")
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--length", type=int, default=128)
    options.add_argument("--attention", choices=["eager", "sdpa"], default="sdpa")
    options.add_argument("--optimizer", default="adamw_torch_fused", help="TrainingArguments.optim (default: adamw_torch_fused)")
    options.add_argument("--compile", action="store_true", help="torch_compile=True; the first steps then hold compiling")
    options.add_argument("--max-steps", type=int, default=-1, help="stop early, to see that the script runs (counts then hold a batch fetched ahead)")
    arguments = options.parse_args()
    peer.prepare(arguments)

    examples = read_examples(arguments.data)
    tokenizer = load_tokenizer(arguments.tokenizer)
    start = time.perf_counter()
    encoded = tokenizer([example["text"] for example in examples], truncation=True, max_length=arguments.length)
    tokenising = time.perf_counter() - start
    names = list(encoded.keys())
    rows = [
        {**{name: encoded[name][index] for name in names}, "label": example["label"]} for index, example in enumerate(examples)
    ]
    if arguments.mode == "padded128":
        collator = CountingCollator(DataCollatorWithPadding(tokenizer, padding="max_length", max_length=arguments.length))
    else:
        collator = CountingCollator(DataCollatorWithPadding(tokenizer, padding="longest"))

    lengths = [len(ids) for ids in encoded["input_ids"]]

    def size(batch: list[int]) -> int:
        return len(batch) * (arguments.length if arguments.mode == "padded128" else max(lengths[row] for row in batch))

    batches = every_of(plan(arguments, lengths), size, arguments.every)

    model = peer.bert(arguments, arguments.attention, labels=max(2, 1 + max(example["label"] for example in examples)))
    assert len(tokenizer) <= model.config.vocab_size, "the tokenizer has more entries than BERT-base's embeddings"
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        trainer = PlannedTrainer(
            [row for batch in batches for row in batch],
            model=model,
            args=TrainingArguments(
                output_dir=scratch,
                num_train_epochs=1,
                max_steps=arguments.max_steps,
                per_device_train_batch_size=arguments.batch,
                learning_rate=2e-5,
                optim=arguments.optimizer,
                torch_compile=arguments.compile,
                seed=arguments.seed,
                use_cpu=True,
                dataloader_pin_memory=False,
                save_strategy="no",
                eval_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=rows,
            data_collator=collator,
            processing_class=tokenizer,
            callbacks=[clock],
        )
        trainer.remove_callback(PrinterCallback)  # standard output is for the one line
        outcome = trainer.train()
    steps = clock.steps()
    peer.report(
        "epoch",
        {**vars(arguments), "data": arguments.data.name, "tokenizer": arguments.tokenizer.name},
        {
            "parameters": peer.parameter_count(model),
            "examples": len(rows),
            "examplesTrained": collator.rows,
            "steps": len(steps),
            "tokens": collator.tokens,
            "paddedTokens": collator.padded_tokens,
            "epochSeconds": sum(steps),
            "stepSeconds": peer.timings(steps),
            "tokenisingSeconds": tokenising,
            "trainerRuntimeSeconds": outcome.metrics["train_runtime"],
            "meanLoss": outcome.training_loss,
        },
    )


if __name__ == "__main__":
    main()
