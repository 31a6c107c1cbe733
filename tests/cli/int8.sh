#!/bin/bash
# Frozen layers on 8-bit integers: calibrated, measured, stored, kept apart in the cache, and done without.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
three_colours "$scratch/colours"
data=$scratch/colours
settings=(--base "$base" --preprocess 01 --image-size 32)

run doctor --json
if ! grep -q '"int8":true' "$scratch/out"; then
  run train "$data" "${settings[@]}" --base-precision int8 -o floats.graft
  [ "$code" -eq 0 ] && says err 'no instructions for sums of 8-bit products'
  result $? "train computes on floats without VNNI, and says so"
  skip "8-bit integers" "this CPU has no VNNI"
  finish
fi

run train "$data" "${settings[@]}" -o floats.graft
run train "$data" "${settings[@]}" --base-precision int8 -o int8.graft
[ "$code" -eq 0 ] && says out '^  precision +int8 +[0-9]+ of [0-9]+ layers on 8-bit integers.* [0-9.]+ % of [0-9]+ held-back pictures get the class that floats give$'
result $? "train says how many layers compute on integers and how the classes agree"
says out '^features +[1-9][0-9]* computed'
result $? "features of floats in the cache do not count as those of integers"
run train "$data" "${settings[@]}" --base-precision int8 -o again.graft --json
tail -n 1 "$scratch/out" >"$scratch/last" && cp "$scratch/last" "$scratch/out"
[ "$(json features.computed)" = 0 ] && [ "$(json precision.compared)" -gt 0 ] && [ "$(json precision.int8_layers)" -gt 0 ]
result $? "the same again computes no features; --json has the agreement"
cmp -s int8.graft again.graft
result $? "the same again gives the same bytes"
run train "$data" "${settings[@]}" -o floats2.graft --json
tail -n 1 "$scratch/out" >"$scratch/last" && cp "$scratch/last" "$scratch/out"
cmp -s floats.graft floats2.graft && [ "$(json precision)" = '"f32"' ]
result $? "floats are as before"
run train "$data" "${settings[@]}" --base-precision int8 -o one.graft --threads 1 --no-cache
cmp -s int8.graft one.graft
result $? "one thread and no cache give the same bytes"

picture=$(find "$data" -type f | sort | head -n 1)
run predict int8.graft "$picture" --json && cp "$scratch/out" stored
run predict int8.graft "$picture" --json --base-precision int8
[ "$code" -eq 0 ] && cmp -s "$scratch/out" stored
result $? "predict computes as the model was trained"
run predict int8.graft "$picture" --json --base-precision f32
[ "$code" -eq 0 ] && ! cmp -s "$scratch/out" stored
result $? "predict --base-precision f32 computes on floats"
expect 2 "predict --base-precision int8 needs a calibration in the model" predict floats.graft "$picture" --base-precision int8
run evaluate int8.graft "$data" --json && cp "$scratch/out" stored
run evaluate int8.graft "$data" --json --base-precision f32
[ "$code" -eq 0 ] && ! cmp -s "$scratch/out" stored
result $? "evaluate knows both"
run summary int8.graft
[ "$code" -eq 0 ] && says out '^precision +[0-9]+ of [0-9]+ layers on 8-bit integers'
result $? "summary tells the precision"
run summary int8.graft --json
[ "$(json precision.precision)" = '"int8"' ]
result $? "summary --json, too"

export ONEDNN_MAX_CPU_ISA=AVX2
run predict int8.graft "$picture" --json
[ "$code" -eq 0 ] && says err 'computes on floats'
result $? "without VNNI a model on integers opens, passes its self-test and computes on floats, and says so"
run train "$data" "${settings[@]}" --base-precision int8 -o none.graft
[ "$code" -eq 0 ] && says err 'computes on floats' && ! says out '^  precision'
result $? "without VNNI train computes on floats, and says so"
unset ONEDNN_MAX_CPU_ISA

run extract "$data" "${settings[@]}" -o f.npy
run extract "$data" "${settings[@]}" -o i.npy --base-precision int8
[ "$code" -eq 0 ] && says out '^precision [0-9]+ of [0-9]+ layers on 8-bit integers' && ! cmp -s f.npy i.npy
result $? "extract says how near the features are"
expect 4 "extract --max-drop 0 refuses features that differ" extract "$data" "${settings[@]}" -o j.npy --base-precision int8 --max-drop 0
[ ! -e j.npy ]
result $? "what is refused is not written"
expect 2 "--max-drop is a share" extract "$data" "${settings[@]}" -o j.npy --base-precision int8 --max-drop 2
expect 2 "--base-precision takes two words" train "$data" "${settings[@]}" --base-precision int4

run train "$data" "${settings[@]}" --base-precision int8 --fine-tune last:2 --epochs 1 --json -o tuned.graft
[ "$code" -eq 0 ] && run predict tuned.graft "$picture" --json && [ "$code" -eq 0 ]
result $? "layers are trained behind a boundary of integers"
run train "$data" "${settings[@]}" --base-precision int8 --fine-tune all --epochs 1 -o all.graft
[ "$code" -eq 0 ] && says out '^  (precision +f32 +fine-tuned: no layer is frozen|kept +frozen)'
result $? "nothing is frozen: nothing is on integers"
run convert int8.graft floats.onnx
[ "$code" -eq 0 ]
result $? "what leaves graft is floats"
folder=$(dirname "$(grep -l '"base-precision": "int8"' runs/*/plan.json | head -n 1)")
run train "$data" "${settings[@]}" --plan "$folder/plan.json" -o planned.graft
cmp -s int8.graft planned.graft
result $? "a plan keeps the precision"
finish
