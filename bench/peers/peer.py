"""What all peers share: threads, the models timed, the summary of timings, the one line of JSON they print.

A peer is a script that does with PyTorch and Hugging Face what dare does, as fast as those can on this machine's CPU or, with --device cuda,
its GPU. Everything is float32 (`torch.set_float32_matmul_precision` stays at "highest", no TF32) unless --dtype says bfloat16. Standard
output holds one line, a JSON object; all else goes to standard error. Times are wall-clock seconds, sizes bytes.
"""

import argparse
import atexit
import json
import os
import platform
import resource
import shutil
import statistics
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # weights are random: nothing is ever fetched
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
if "TORCHINDUCTOR_CACHE_DIR" not in os.environ:
    # torch.compile's usual cache is shared and outlives runs: compile times would depend on what ran before, and a run killed while
    # compiling leaves half-written libraries that the next one fails on. Child processes inherit this one.
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.mkdtemp(prefix="peer-compiled-")
    atexit.register(shutil.rmtree, os.environ["TORCHINDUCTOR_CACHE_DIR"], ignore_errors=True)

import torch
import transformers


def parser(description: str, gpu: bool = False) -> argparse.ArgumentParser:
    """What all scripts are told. `gpu`: this one can work on a GPU, and in bfloat16."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--threads", type=int, default=2, help="intra-op threads (default: 2)")
    result.add_argument("--seed", type=int, default=1)
    result.add_argument("--device", choices=["cpu", "cuda"] if gpu else ["cpu"], default="cpu")
    result.add_argument("--dtype", choices=["float32", "bfloat16"] if gpu else ["float32"], default="float32")
    result.add_argument("--tiny", action="store_true", help="2 layers of width 64: to see that the script runs, never to time")
    result.add_argument("--onednn", choices=["on", "off"], default="on", help="torch.backends.mkldnn (default: on, as torch does)")
    return result


def prepare(arguments: argparse.Namespace) -> None:
    """Threads, seed, oneDNN, for the whole process."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    assert torch.get_float32_matmul_precision() == "highest"
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if arguments.onednn == "off":
        torch.backends.mkldnn.set_flags(False)
        assert not torch.backends.mkldnn.enabled


def synchronize(arguments: argparse.Namespace) -> None:
    """Waits for the GPU, which works on after the call that gave it work returned: before any reading of the clock."""
    if arguments.device == "cuda":
        torch.cuda.synchronize()


def gpu_memory(arguments: argparse.Namespace) -> dict:
    """Peak bytes that tensors took on the GPU, and that PyTorch held there."""
    if arguments.device != "cuda":
        return {}
    return {"peakGpuBytes": torch.cuda.max_memory_allocated(), "peakGpuReservedBytes": torch.cuda.max_memory_reserved()}


def bert(arguments: argparse.Namespace, attention: str, labels: int, dropout: float = 0.1, **changes) -> transformers.PreTrainedModel:
    """BERT-base (uncased sizes), or as `changes` say, with random weights; dropout on hidden states and attention probabilities."""
    sizes = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=256) if arguments.tiny else {}
    rates = dict(hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    config = transformers.BertConfig(num_labels=labels, attn_implementation=attention, **{**rates, **changes, **sizes})
    config.problem_type = "single_label_classification"  # else the first forward sets it, and torch.compile compiles twice
    return transformers.BertForSequenceClassification(config)


def gpt2(arguments: argparse.Namespace, attention: str, dropout: float = 0.1, **changes) -> transformers.PreTrainedModel:
    """GPT-2 124M with random weights; dropout on embeddings, residual branches and attention probabilities."""
    sizes = dict(n_embd=64, n_layer=2, n_head=4) if arguments.tiny else {}
    rates = dict(resid_pdrop=dropout, embd_pdrop=dropout, attn_pdrop=dropout)
    config = transformers.GPT2Config(attn_implementation=attention, **{**rates, **changes, **sizes})
    return transformers.GPT2LMHeadModel(config)


def parameter_count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def peak_rss() -> int:
    """Peak resident bytes of this process. ru_maxrss can be inherited from the process that started this one; VmHWM cannot."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except OSError:
        return ru_maxrss()


def ru_maxrss() -> int:
    value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return value if sys.platform == "darwin" else value * 1024


def timings(seconds: list[float]) -> dict:
    return {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds), "each": [round(s, 6) for s in seconds]}


def cpu_name() -> str:
    try:
        with open("/proc/cpuinfo") as info:
            return next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def report(peer: str, settings: dict, results: dict) -> None:
    """Prints the one line: what was asked, what came out, and on what."""
    line = {
        "peer": peer,
        "settings": {**settings, "float32MatmulPrecision": torch.get_float32_matmul_precision()},
        **results,
        "peakRssBytes": peak_rss(),
        "ruMaxrssBytes": ru_maxrss(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__},
        "machine": {
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "gpu": torch.cuda.get_device_name() if settings["device"] == "cuda" else None,
            "torchThreads": torch.get_num_threads(),
            "torchCpuCapability": torch.backends.cpu.get_cpu_capability(),
            "mklAvailable": torch.backends.mkl.is_available(),
            "onednnAvailable": torch.backends.mkldnn.is_available(),
            "preload": os.environ.get("LD_PRELOAD"),
            "ompWaitPolicy": os.environ.get("OMP_WAIT_POLICY"),
        },
    }
    print(json.dumps(line), flush=True)
