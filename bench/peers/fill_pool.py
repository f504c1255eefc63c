"""Times filling a pool of accepted sentences with Hugging Face's generate: a fine-tuned GPT-2's folder, top-k 5, temperature 1, from <|endoftext|>.

    python bench/peers/fill_pool.py --model GENERATOR --gold train.jsonl --wanted 500 --batch 32,64,128,256

It ends with the first batch size that writes fewer tokens a second than the one before. A size has as many attempts as --attempts allows for each wanted sentence; where that is not enough
(the pool is not full), `seconds` is for what was written, and `accepted` and `tokens` say how much that was.

Batches of sentences are written, each until all of its sentences have ended, and judged in turn by dare's filters: each of the two placeholders exactly once, at
least eight words, new beside the gold sentences and those before. (dare also drops what it finds in held-out data, and does so in the time given.) As many new tokens as dare allows, 256 or as many as the model reads; `tokens` are those up to
the end of each sentence.
"""

import json
import re
import time
import unicodedata

import torch
import transformers

import peer

MASKS = ["DRUG", "DISEASE"]
MINIMUM_WORDS = 8


def key(text: str) -> str:
    """A sentence without what does not make it another: case, space, how Unicode spells it."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def is_wanted(text: str, seen: set[str]) -> bool:
    if any(len(re.findall(rf"(?<!\w){mask}(?!\w)", text)) != 1 for mask in MASKS):
        return False
    if len(text.split()) < MINIMUM_WORDS or key(text) in seen:
        return False
    seen.add(key(text))
    return True


def main() -> None:
    options = peer.parser(__doc__)
    options.add_argument("--model", required=True, help="a fine-tuned GPT-2's folder")
    options.add_argument("--gold", required=True, help="masked gold sentences, JSON Lines with text")
    options.add_argument("--wanted", type=int, default=500)
    options.add_argument("--attempts", type=float, default=20, help="sentences written at most, for each wanted")
    options.add_argument("--batch", default="32,64,128,256", help="batch sizes, by commas")
    options.add_argument("--new-tokens", type=int, default=256)
    arguments = options.parse_args()
    peer.prepare(arguments)

    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.model)
    model = transformers.AutoModelForCausalLM.from_pretrained(arguments.model, dtype=torch.float32).eval()
    with open(arguments.gold, encoding="utf-8") as lines:
        gold = {key(json.loads(line)["text"]) for line in lines}
    end = model.config.eos_token_id
    new_tokens = min(arguments.new_tokens, model.config.n_positions - 1)
    settings = dict(do_sample=True, top_k=5, temperature=1.0, max_new_tokens=new_tokens, pad_token_id=end)

    batches = []
    for size in (int(part) for part in arguments.batch.split(",")):
        torch.manual_seed(arguments.seed)
        seen, accepted, attempts, tokens = set(gold), 0, 0, 0
        start = time.perf_counter()
        while accepted < arguments.wanted and attempts < arguments.attempts * arguments.wanted:
            prompt = torch.full((size, 1), end)
            output = model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)[:, 1:]
            for row in output:
                ended = (row == end).nonzero()
                length = int(ended[0]) if len(ended) else len(row)
                text = tokenizer.decode(row[:length])
                if accepted == arguments.wanted:
                    break
                attempts += 1
                tokens += length
                accepted += is_wanted(text, seen)
        batches.append(
            {
                "batch": size,
                "seconds": time.perf_counter() - start,
                "accepted": accepted,
                "attempts": attempts,
                "tokens": tokens,
            }
        )
        rates = [each["tokens"] / each["seconds"] for each in batches]
        if len(rates) > 1 and rates[-1] < rates[-2]:
            break
    peer.report("fill_pool", {**vars(arguments), "model": "generator", "gold": "gold"}, {"batches": batches})


if __name__ == "__main__":
    main()
