#!/bin/sh
# Trains the model that ships in models/, a GPT-2, from one text file of abstracts (one a line; plain or gzip).
#   scripts/train-shipped-models.sh abstracts.txt.gz [work folder]
# An interrupted training goes on where it stopped when the same command is given again; hours and device stand in the card (models/gpt2-small-pubmed/README.md).
set -eu
text=${1:?name the file of abstracts}
work=${2:-out/shipped-models}
name=gpt2-small-pubmed
cd "$(dirname "$0")/.."

[ -d "$work/bpe" ] || bin/dare tokenizer train --kind byte-level-bpe --vocabulary 8000 "$text" --out "$work/bpe"
bin/dare pretrain --objective causal --text "$text" --tokenizer "$work/bpe" --held-out 500 --layers 4 --hidden-size 256 --heads 4 --batch-size 16 \
  --tokens 10000000 --dtype float16 --seed 1 --title "GPT-2 small PubMed" --notes models/notes.md --out "$work/$name"
rm -rf "models/$name"
cp -R "$work/$name/model" "models/$name"
