"""Times sampling from GPT-2 with Hugging Face's generate: top-k 5, temperature 1, as the DARE paper samples.

    python bench/peers/generate.py --batch 1,8,16,32 --new-tokens 64 --repeats 3
    python bench/peers/generate.py --batch 8,16,32,64,128,256,512 --until-slower
    python bench/peers/generate.py --model-config gpt2-medium.json --batch 8 --attention eager
    python bench/peers/generate.py --batch 8 --cache compiled
    python bench/peers/generate.py --batch 1,8,32,128,512 --device cuda --dtype bfloat16

GPT-2 124M (or the sizes of --model-config, a config.json) with random weights, in evaluation mode. The prompt is <|endoftext|>, repeated to
--prompt tokens; every row goes on for exactly --new-tokens, as no end token is set. `tokensPerSecond` counts new tokens of all rows, the
prompt's forward pass included in the time; it stands beside each batch size, from the median of the repeats after two runs to warm up.

Caches: `dynamic` is generate's default; `static` allocates the whole cache at once; `compiled` is static with the decoding step through
torch.compile.
"""

import json
import time
from pathlib import Path

import torch
from transformers import CompileConfig

import peer


def main() -> None:
    options = peer.parser(__doc__, gpu=True)
    options.add_argument("--model-config", type=Path, help="a GPT-2 config.json (default: GPT-2 124M)")
    options.add_argument("--batch", default="1,8,16,32", help="batch sizes, by commas")
    options.add_argument("--until-slower", action="store_true", help="end when two batch sizes have followed the fastest one")
    options.add_argument("--new-tokens", type=int, default=64)
    options.add_argument("--prompt", type=int, default=1, help="prompt tokens (default: 1)")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--warmup", type=int, default=2)
    options.add_argument("--top-k", type=int, default=5)
    options.add_argument("--temperature", type=float, default=1.0)
    options.add_argument("--attention", choices=["eager", "sdpa"], default="sdpa")
    options.add_argument("--cache", choices=["dynamic", "static", "compiled"], default="dynamic")
    arguments = options.parse_args()
    peer.prepare(arguments)

    changes = json.loads(arguments.model_config.read_text()) if arguments.model_config else {}
    model = peer.gpt2(arguments, arguments.attention, **changes).eval().to(arguments.device, getattr(torch, arguments.dtype))
    end_of_text = model.config.eos_token_id
    settings = dict(
        do_sample=True,
        top_k=arguments.top_k,
        temperature=arguments.temperature,
        max_new_tokens=arguments.new_tokens,
        min_new_tokens=None,
        pad_token_id=end_of_text,
    )
    model.generation_config.eos_token_id = None  # every row runs to the end
    if arguments.cache == "dynamic":
        settings |= dict(disable_compile=True)
    elif arguments.cache == "static":
        settings |= dict(cache_implementation="static", disable_compile=True)
    else:
        compiling = CompileConfig(mode="default", fullgraph=False)
        compiling._compile_all_devices = True  # generate compiles on GPUs only, unless told so
        settings |= dict(cache_implementation="static", compile_config=compiling)

    batches = []
    for size in (int(part) for part in arguments.batch.split(",")):
        torch.compiler.reset()  # each batch size is compiled for itself, not as one graph of unknown sizes
        prompt = torch.full((size, arguments.prompt), end_of_text, device=arguments.device)
        mask = torch.ones_like(prompt)
        seconds = []
        for _ in range(arguments.warmup + arguments.repeats):
            peer.synchronize(arguments)
            start = time.perf_counter()
            output = model.generate(prompt, attention_mask=mask, **settings)
            peer.synchronize(arguments)
            seconds.append(time.perf_counter() - start)
            assert output.shape == (size, arguments.prompt + arguments.new_tokens)
        measured = peer.timings(seconds[arguments.warmup :])
        batches.append(
            {
                "batch": size,
                "seconds": measured,
                "tokensPerSecond": size * arguments.new_tokens / measured["median"],
                "firstSeconds": seconds[0],
            }
        )
        fastest = max(each["tokensPerSecond"] for each in batches)
        if arguments.until_slower and all(each["tokensPerSecond"] < fastest for each in batches[-2:]):
            break
    named = {**vars(arguments), "model_config": arguments.model_config.name if arguments.model_config else "gpt2 124M"}
    peer.report("generate", named, {"parameters": peer.parameter_count(model), "batches": batches, **peer.gpu_memory(arguments)})


if __name__ == "__main__":
    main()
