#!/bin/sh
# First a new head on the frozen network, then its last layers too: both learning curves, both confusion matrices.
# usage: two-steps.sh GRAFT DATA NETWORK FOLDER     (DATA: with train/ and validation/ of its own)
set -eu
graft=$1 data=$2 network=$3 out=$4
mkdir -p "$out"
"$graft" train "$data" --base "$network" --head "gap dense:64:relu dropout:0.2 dense" --epochs 5 \
    --runs "$out/head" -o "$out/head.graft"
"$graft" finetune "$out/head.graft" "$data" --unfreeze last:3 --epochs 5 --runs "$out/tuned" -o "$out/tuned.graft"
for step in head tuned; do
    echo "== $step: learning curve"
    cat "$out/$step"/*/history.csv
    echo "== $step: confusion"
    "$graft" evaluate "$out/$step.graft" "$data/validation"
done | tee "$out/two-steps.txt"
