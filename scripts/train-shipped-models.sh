#!/bin/sh
# Trains the two models that ship in models/, from one text file of abstracts (one a line; plain or gzip).
#   scripts/train-shipped-models.sh abstracts.txt.gz [work folder]
# An interrupted training goes on where it stopped when the same command is given again; hours and device stand in the cards (models/*/README.md).
set -eu
text=${1:?name the file of abstracts}
work=${2:-out/shipped-models}
cd "$(dirname "$0")/.."

tokenizer() { # kind, folder
  [ -d "$2" ] || bin/dare tokenizer train --kind "$1" --vocabulary 8000 "$text" --out "$2"
}
train() { # objective, tokenizer, tokens, title, name
  bin/dare pretrain --objective "$1" --text "$text" --tokenizer "$2" --held-out 500 --layers 4 --hidden-size 256 --heads 4 --batch-size 16 \
    --tokens "$3" --dtype float16 --seed 1 --title "$4" --notes models/notes.md --out "$work/$5"
  rm -rf "models/$5"
  cp -R "$work/$5/model" "models/$5"
}

tokenizer byte-level-bpe "$work/bpe"
tokenizer wordpiece "$work/wordpiece"
train causal "$work/bpe" 10000000 "GPT-2 small PubMed" gpt2-small-pubmed
train masked "$work/wordpiece" 8000000 "BERT small PubMed" bert-small-pubmed
