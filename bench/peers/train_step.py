"""Times one training step: forward, backward, AdamW; dropout 0.1 on, attention probabilities included.

    python bench/peers/train_step.py --model bert-base --batch 8 --length 128 --mode sdpa --steps 10 --warmup 3
    python bench/peers/train_step.py --model gpt2 --batch 2 --length 512 --mode compiled
    python bench/peers/train_step.py --model bert-base --mode eager --onednn off --dropout 0
    python bench/peers/train_step.py --model bert-large --batch 32 --mode sdpa --device cuda --dtype bfloat16

Modes: `eager` and `sdpa` are Hugging Face's two attention implementations; `compiled` and `compiled-eager` are torch.compile (default mode)
over sdpa and eager; `max-autotune` is torch.compile(mode="max-autotune") over sdpa. AdamW is the fastest of torch's fused and foreach
forms, and torch.compile's, tried on tensors of the model's shapes in a process of its own; --optimizer fixes one. With --dtype bfloat16
weights and moments stay float32 and products are computed in bfloat16 (torch.autocast), as is usual in fine-tuning.

Every step has a fresh random batch without padding; the language model's loss is on all its tokens. GPT-2's fixed costs
(logits of every position) are part of the step. Compiling happens in the first warm-up
step, reported as `firstStepSeconds`.
"""

import json
import subprocess
import sys
import time

import torch

import peer

ATTENTION = {"eager": "eager", "sdpa": "sdpa", "compiled": "sdpa", "compiled-eager": "eager", "max-autotune": "sdpa"}
COMPILE = {"compiled": "default", "compiled-eager": "default", "max-autotune": "max-autotune"}
BERT_SHAPES = {
    "bert-base": {},
    "bert-tiny": dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512, vocab_size=1000),
    "bert-large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
}
OPTIMIZERS = ["fused", "foreach", "compiled"]


def build(arguments) -> torch.nn.Module:
    attention = ATTENTION[arguments.mode]
    if arguments.model != "gpt2":
        model = peer.bert(arguments, attention, labels=3, dropout=arguments.dropout, **BERT_SHAPES[arguments.model])
        if arguments.checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        return model.to(arguments.device).train()
    positions = max(1024, arguments.length)
    sizes = dict(n_layer=arguments.layers, n_embd=arguments.hidden, n_head=arguments.heads, vocab_size=arguments.vocabulary)
    model = peer.gpt2(arguments, attention, arguments.dropout, use_cache=False, n_positions=positions, **sizes)
    if arguments.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if arguments.lora_rank:
        import peft

        targets = ["c_attn", "c_proj", "c_fc"]
        lora = peft.LoraConfig(r=arguments.lora_rank, lora_alpha=16, target_modules=targets, fan_in_fan_out=True, task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, lora)
    return model.to(arguments.device).train()


def make_optimizer(parameters, kind: str):
    """A function that makes one AdamW step, and one that clears the gradients."""
    if kind == "compiled":
        # With the rate as a number, as here, a schedule that changes it would compile anew: a figure in this form's favour.
        optimizer = torch.optim.AdamW(parameters, lr=2e-5, weight_decay=0.01, foreach=True)
        return torch.compile(optimizer.step), optimizer.zero_grad
    optimizer = torch.optim.AdamW(parameters, lr=2e-5, weight_decay=0.01, fused=kind == "fused", foreach=kind == "foreach")
    return optimizer.step, optimizer.zero_grad


def time_optimizer(arguments, kind: str) -> float:
    """The best of three steps over tensors of the model's shapes, after one to start from."""
    model = build(arguments)
    for parameter in (each for each in model.parameters() if each.requires_grad):
        parameter.grad = torch.randn_like(parameter)
    step, _ = make_optimizer([each for each in model.parameters() if each.requires_grad], kind)
    best = float("inf")
    for iteration in range(4):
        peer.synchronize(arguments)
        start = time.perf_counter()
        step()
        peer.synchronize(arguments)
        if iteration > 0:
            best = min(best, time.perf_counter() - start)
    return best


def try_optimizers() -> dict[str, float | None]:
    """Each form in a process of its own: its memory shall not count, and one that fails shall not end the run."""
    seconds: dict[str, float | None] = {}
    for kind in OPTIMIZERS:
        command = [sys.executable, __file__, *sys.argv[1:], "--time-optimizer", kind]
        child = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        seconds[kind] = json.loads(child.stdout) if child.returncode == 0 else None
    return seconds


def main() -> None:
    options = peer.parser(__doc__, gpu=True)
    options.add_argument("--model", choices=[*BERT_SHAPES, "gpt2"], default="bert-base")
    options.add_argument("--mode", choices=list(ATTENTION), default="eager")
    options.add_argument("--batch", type=int, default=8)
    options.add_argument("--length", type=int, default=128)
    options.add_argument("--steps", type=int, default=10)
    options.add_argument("--warmup", type=int, default=3)
    options.add_argument("--layers", type=int, default=12, help="of the GPT-2, as the three that follow")
    options.add_argument("--hidden", type=int, default=768)
    options.add_argument("--heads", type=int, default=12)
    options.add_argument("--vocabulary", type=int, default=50257)
    options.add_argument("--accumulation", type=int, default=1, help="batches of a step")
    options.add_argument("--checkpointing", action="store_true", help="gradient checkpointing")
    options.add_argument("--lora-rank", type=int, help="train adapters with peft (GPT-2)")
    options.add_argument("--dropout", type=float, default=0.1)
    options.add_argument("--optimizer", choices=["auto", *OPTIMIZERS], default="auto")
    options.add_argument("--time-optimizer", choices=OPTIMIZERS, help="print the seconds of one AdamW step, nothing else")
    arguments = options.parse_args()
    peer.prepare(arguments)
    if arguments.time_optimizer:
        print(time_optimizer(arguments, arguments.time_optimizer))
        return
    candidates = try_optimizers() if arguments.optimizer == "auto" else {}
    working = {kind: seconds for kind, seconds in candidates.items() if seconds is not None}
    chosen = min(working, key=working.__getitem__) if working else arguments.optimizer

    model = build(arguments)
    run = torch.compile(model, mode=COMPILE[arguments.mode]) if arguments.mode in COMPILE else model
    step, clear = make_optimizer([each for each in model.parameters() if each.requires_grad], chosen)
    generator = torch.Generator().manual_seed(arguments.seed)
    total, forward_backward, update, losses = [], [], [], []
    for _ in range(arguments.warmup + arguments.steps):
        ids = torch.randint(0, model.config.vocab_size, (arguments.batch, arguments.length), generator=generator)
        labels = ids if arguments.model == "gpt2" else torch.randint(0, 3, (arguments.batch,), generator=generator)
        mask = torch.ones_like(ids)
        ids, labels, mask = (tensor.to(arguments.device) for tensor in (ids, labels, mask))
        peer.synchronize(arguments)
        start = time.perf_counter()
        for _ in range(arguments.accumulation):
            with torch.autocast(arguments.device, dtype=torch.bfloat16, enabled=arguments.dtype == "bfloat16"):
                loss = run(input_ids=ids, attention_mask=mask, labels=labels).loss / arguments.accumulation
            loss.backward()
        peer.synchronize(arguments)
        middle = time.perf_counter()
        step()
        clear()
        peer.synchronize(arguments)
        end = time.perf_counter()
        total.append(end - start)
        forward_backward.append(middle - start)
        update.append(end - middle)
        losses.append(round(loss.item(), 4))
    timed = slice(arguments.warmup, None)
    peer.report(
        "train_step",
        {name: value for name, value in vars(arguments).items() if name != "time_optimizer"},
        {
            "parameters": peer.parameter_count(model),
            "optimizer": {"chosen": chosen, "secondsTried": candidates},
            "stepSeconds": peer.timings(total[timed]),
            "forwardBackwardSeconds": peer.timings(forward_backward[timed]),
            "optimizerSeconds": peer.timings(update[timed]),
            "firstStepSeconds": total[0],
            "losses": losses,
            **peer.gpu_memory(arguments),
        },
    )


if __name__ == "__main__":
    main()
