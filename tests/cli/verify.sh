#!/bin/bash
# behaviour_24: a run can be repeated from what it left, and comes out the same to the byte.
. "$(dirname "$0")/tap.sh"

three_colours data
base=(--base "$source/tests/cli/data/tiny.h5" --preprocess 01 --image-size 32)
same() { [ "$code" -eq 0 ] && [ "$(grep -cE '^(manifest.json|layers.csv|history.csv|model.graft) +the same$' "$scratch/out")" -eq 4 ]; }

run train data "${base[@]}" --seed 5 --validation 0.25 -o model.graft
[ "$code" -eq 0 ] && grep -q '"verb": "train"' runs/data-1/run.json && grep -q '"cpu"' runs/data-1/run.json
result $? "a run leaves a record of how it was begun"
run verify runs/data-1
same && says out '^made by +graft ' && [ -z "$(find runs/data-1 -name 'again-*')" ]
result $? "behaviour_24_a_run_is_repeated_to_the_byte"
mkdir elsewhere && cd elsewhere || exit 1
run verify ../runs/data-1 --threads 1 --json
[ "$code" -eq 0 ] && [ "$(json same)" = true ] && says out '"model.graft":true'
result $? "from another folder, on one thread"
cd .. || exit 1
run train data "${base[@]}" --fine-tune conv2 --epochs 2 --augment flip --runs tuned
run verify tuned/data-1
same
result $? "a fine-tuned one too"
run finetune model.graft data --unfreeze all --epochs 1 --runs on
run verify on/data-1
same
result $? "and a model that went on"

run train data --plan runs/data-1/plan.json "${base[@]}" --validation 0.25 --runs planned
cmp -s runs/data-1/manifest.json planned/data-1/manifest.json
result $? "a plan given back splits as it did"
first=$(find data/red -type f | LC_ALL=C sort | sed -n 1p) && cp "$first" kept && cp data/blue/000.ppm "$first"
expect 4 "other pictures are told by code 4" verify runs/data-1
says out '^manifest.json +differs$' && says err 'came out differently' && [ -z "$(find runs/data-1 -name 'again-*')" ]
result $? "and named"
cp kept "$first"
touch runs/data-1/PARTIAL
expect 2 "a run that has not ended" verify runs/data-1
rm runs/data-1/PARTIAL runs/data-1/run.json
expect 3 "a run without a record" verify runs/data-1

# ---- what a run goes on with ----
expect 2 "a run that has ended is not resumed" train data --resume tuned/data-1
touch tuned/data-1/PARTIAL && cp tuned/data-1/run.json tuned/data-1/plan.json && rm -rf tuned/data-1/checkpoints
run train data --resume tuned/data-1
[ "$code" -eq 0 ] && says out 'conv2' && ! says out graft-s && [ ! -e tuned/data-1/PARTIAL ]
result $? "what is resumed has the network that it began with"
finish
