#!/bin/bash
# graft series as its users meet it.
. "$(dirname "$0")/tap.sh"

mkdir set
awk 'BEGIN { srand(3); for (i = 0; i < 24; i++) { printf "%d", i % 2 + 1
  for (t = 0; t < 16; t++) printf "\t%.3f", (i % 2 ? t : 16 - t) + rand(); printf "\n" } }' >set/A_TRAIN.tsv
awk 'BEGIN { srand(4); for (i = 0; i < 12; i++) { printf "%d", i % 2 + 1
  for (t = 0; t < 16; t++) printf "\t%.3f", (i % 2 ? t : 16 - t) + rand(); printf "\n" } }' >set/A_TEST.tsv
small=(--units 4 --layers 2 --epochs 2 --batch 8 --threads 1)

run series pretrain set "${small[@]}" -o encoder.graft
[ "$code" -eq 0 ] && says out '^series +36 of 16 to 16 steps' && says out '^code +8 numbers' && [ -s encoder.graft ]
result $? "pretrain writes an encoder"
run series train set --base encoder.graft -o model.graft --json --quiet
[ "$code" -eq 0 ] && json accuracy >/dev/null && says out '"nearest_baseline":1'
result $? "train tells accuracy and baselines as JSON"
run series evaluate model.graft set
[ "$code" -eq 0 ] && says out '^test +accuracy '
result $? "evaluate measures the model again"
run series extract set --base encoder.graft -o codes.npy
[ "$code" -eq 0 ] && [ "$(wc -l <codes.csv)" -eq 37 ] && [ "$(head -n 1 codes.csv)" = "row,path,line,part,label" ] && ! says out accuracy
result $? "extract writes a row a series, with part and label"
run series crossval set --base encoder.graft --folds 3
[ "$code" -eq 0 ]
result $? "crossval of an encoder's codes"
run crossval codes.npy --folds 3
[ "$code" -eq 0 ]
result $? "crossval reads what extract wrote"
run series train set --arch fcn --epochs 1 --quiet
[ "$code" -eq 0 ] && says out '^test +accuracy '
result $? "a network from scratch"

printf 'id,time,x\na,1,2\na,2\n' >ragged.csv
run series pretrain ragged.csv "${small[@]}" -o x.graft
[ "$code" -eq 3 ] && says err 'ragged.csv: line 3: 2 fields, expected 3' && [ ! -e x.graft ]
result $? "a ragged table is refused with its line"
run series train set/A_TRAIN.tsv --base encoder.graft --quiet
[ "$code" -eq 0 ] && ! says out '^test '
result $? "a file without a test part trains and measures nothing else"
run series forecast set
[ "$code" -eq 2 ] && says err 'expected pretrain, train, evaluate, extract or crossval'
result $? "an unknown action is refused"
run series extract set --base encoder.graft
[ "$code" -eq 2 ] && says err 'series extract: -o FILE.npy is needed'
result $? "what is missing is named"
run series train set --base model.h5
[ "$code" -eq 3 ]
result $? "a base that is not there is the data's fault"
finish
