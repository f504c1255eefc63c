#!/bin/sh
# Trains the models that ship in models/, a GPT-2 and a BERT, from one text file of abstracts (one a line; plain or gzip).
#   scripts/train-shipped-models.sh abstracts.txt.gz [work folder]
# An interrupted training goes on where it stopped when the same command is given again; hours and device stand in the models' cards (models/*/README.md).
set -eu
text=$(realpath "${1:?name the file of abstracts}")
root=$(realpath "$(dirname "$0")/..")
mkdir -p "${2:-$root/out/shipped-models}"
work=$(realpath "${2:-$root/out/shipped-models}")
cd "$root"

[ -d "$work/bpe" ] || bin/dare tokenizer train --kind byte-level-bpe --vocabulary 8000 "$text" --out "$work/bpe"
[ -d "$work/wordpiece" ] || bin/dare tokenizer train --kind wordpiece --vocabulary 8000 "$text" --out "$work/wordpiece"

# Two layers, and as many operations as four take for 10 million tokens: docs/pretraining.md compares sizes.
bin/dare pretrain --objective causal --text "$text" --tokenizer "$work/bpe" --held-out 500 --layers 2 --hidden-size 256 --heads 4 --batch-size 16 \
  --tokens 14570256 --evaluations 10 --dtype float16 --seed 1 --title "GPT-2 small PubMed" --notes models/notes.md --out "$work/gpt2-small-pubmed"

# Two layers and small batches with twice as much to predict: docs/pretraining.md says why.
bin/dare pretrain --objective masked --text "$text" --tokenizer "$work/wordpiece" --held-out 500 --layers 2 --hidden-size 256 --heads 4 --batch-size 8 \
  --masked-share 0.3 --dropout 0 --tokens 26000000 --dtype float16 --seed 1 --threads 1 --title "BERT small PubMed" --notes models/notes.md --out "$work/bert-small-pubmed"

for name in gpt2-small-pubmed bert-small-pubmed; do
  rm -rf "models/$name"
  cp -R "$work/$name/model" "models/$name"
done
