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
[ "$code" -eq 0 ] && [ "$(wc -l <codes.csv)" -eq 37 ] && [ "$(head -n 1 codes.csv)" = "row,path,line,part,group,label" ] && ! says out accuracy
result $? "extract writes a row a series, with part and label"
run series crossval set --base encoder.graft --folds 3
[ "$code" -eq 0 ]
result $? "crossval of an encoder's codes"
run series pretrain set "${small[@]}" --window 8 -o windows.graft
[ "$code" -eq 0 ] && run series crossval set --base windows.graft --folds 3
[ "$code" -eq 0 ] && says out '^duplicates 36 samples '
result $? "both windows of a series stay in one fold"
run crossval codes.npy --folds 3
[ "$code" -eq 0 ]
result $? "crossval reads what extract wrote"
run series train set --arch fcn --epochs 1 --quiet
[ "$code" -eq 0 ] && says out '^test +accuracy '
result $? "a network from scratch"

# ---- predict ----
run series predict model.graft set
[ "$code" -eq 0 ] && [ "$(wc -l <"$scratch/out")" -eq 36 ] && says out '^set/A_TEST.tsv:12 +[12] +[01]\.[0-9]{4}$'
result $? "predict labels every series of both parts"
run series evaluate model.graft set --json
measured=$(grep -o '"accuracy":[0-9.e-]*' "$scratch/out") loss=$(grep -o '"test_loss":[0-9.e-]*' "$scratch/out")
run series predict model.graft set --json -k 2
[ "$code" -eq 0 ] && json path row line part true label probability top >/dev/null &&
  [ "$(grep -c '"part":"test"' "$scratch/out")" -eq 12 ]
result $? "predict --json prints an object a series"
grep '"part":"test"' "$scratch/out" | awk -v measured="$measured" -v loss="$loss" '
  { match($0, /"true":"[^"]*"/); truth = substr($0, RSTART + 8, RLENGTH - 9)
    match($0, /"label":"[^"]*"/); right += substr($0, RSTART + 9, RLENGTH - 10) == truth
    top = substr($0, index($0, "\"top\"")); at = index(top, "\"label\":\"" truth "\"")
    top = substr(top, at); match(top, /"probability":[0-9.eE+-]*/); sum -= log(substr(top, RSTART + 14, RLENGTH - 14)) }
  END { split(loss, l, ":"); d = l[2] - sum / NR; if (d < 0) d = -d
    exit !(NR == 12 && sprintf("\"accuracy\":%.9g", right / NR) == measured && d < 1e-8 * l[2] + 1e-12) }'
result $? "what predict says is what evaluate measures, to the last digit"
printf 'id,time,x\na,1,1\na,2,5\na,3,9\nb,1,9\nb,2,4\nb,3,1\n' >plain.csv
printf '? 1 5 9\n? 9 4 1\n' >unknown.txt
run series predict model.graft plain.csv unknown.txt --json
[ "$code" -eq 0 ] && [ "$(grep -o '"label":"[^"]*"' "$scratch/out" | head -n 2 | sort | uniq | wc -l)" -ge 1 ] && ! says out '"true"' &&
  [ "$(sed -n 1p "$scratch/out" | grep -o '"probability".*')" = "$(sed -n 3p "$scratch/out" | grep -o '"probability".*')" ]
result $? "series without labels are labelled, whatever the file is"
run series predict model.graft nowhere.tsv plain.csv
[ "$code" -eq 3 ] && says out '^plain.csv:5 ' && says err 'nowhere.tsv: no such file'
result $? "a path that is not there is told, the others are labelled"
expect 2 "an encoder without a head predicts nothing" series predict encoder.graft set
says err 'encoder without a head'
result $? "and says why"

# ---- reports ----
run series train set --arch fcn --epochs 2 --report train.html --quiet
[ "$code" -eq 0 ] && says out '^report +train.html$' && [ "$(grep -c '<svg [^>]*class="drawing' train.html)" -ge 12 ] &&
  grep -q 'id="training"' train.html && ! grep -qE '(src|href)="https?:' train.html
result $? "train --report writes a page with drawings that fetches nothing"
run series evaluate model.graft set --report evaluate.html --json
[ "$code" -eq 0 ] && json report >/dev/null && grep -q 'class="matrix' evaluate.html && ! grep -q 'id="training"' evaluate.html
result $? "evaluate --report writes one too"
run series train set/A_TRAIN.tsv --base encoder.graft --quiet --report lone.html
[ "$code" -eq 0 ] && grep -q 'no test part' lone.html
result $? "a page of what trained says that it knows nothing of new series"
expect 2 "evaluate writes no file" series evaluate model.graft set -o none.txt
expect 2 "predict writes no file" series predict model.graft set -o none.txt
expect 2 "crossval writes no file" series crossval set --base encoder.graft -o none.txt
expect 2 "compare writes no file" series compare set --base encoder.graft -o none.txt
[ ! -e none.txt ] && says err 'series compare: it writes no file: -o goes with pretrain, train and extract'
result $? "and that is said"
expect 2 "extract has no report" series extract set --base encoder.graft -o codes.npy --report x.html

# ---- compare ----
run series compare set --base encoder.graft --epochs 1 --report compare.html --quiet
[ "$code" -eq 0 ] && says out '^data +36 samples of 2 classes, 12 of them held out, as the data say' && says out '^nearest +1\.0000 ' &&
  says out '^verdict +(none|negative|positive)$' && [ "$(grep -cE '^(nearest|raw|random_frozen|frozen|scratch|finetuned) ' "$scratch/out")" -eq 6 ] &&
  grep -q 'Accuracy of the arms' compare.html && ! grep -qE '(src|href)="https?:' compare.html
result $? "compare tells all arms and a verdict on the given test part, and writes a page"
run series compare set/A_TRAIN.tsv set/A_TEST.tsv --base encoder.graft --arms nearest,frozen --json --quiet
[ "$code" -eq 0 ] && json arms verdict p_value difference words >/dev/null && says out '"held_out":12'
result $? "compare takes a file that trains and one that tests"
run series compare set/A_TRAIN.tsv --base encoder.graft --arms nearest,raw,frozen --folds 3 --sizes 2 --quiet
[ "$code" -eq 0 ] && says out '24 samples of 2 classes, 3 folds' && says out '^accuracy by training samples$'
result $? "compare of one file takes stratified folds"
expect 2 "compare needs an encoder" series compare set
expect 2 "compare knows its arms" series compare set --base encoder.graft --arms nearest,pixels

# ---- the archive's sets ----
if [ -d "$shared/data/ucr/Coffee" ]; then
  run series train "$shared/data/ucr/Coffee" --arch fcn --epochs 2 -o coffee.graft --report coffee.html --quiet
  [ "$code" -eq 0 ] && says out 'nearest neighbour \(Euclid\) 1\.0000' && [ "$(grep -c 'class="drawing' coffee.html)" -ge 28 ]
  result $? "Coffee: a report of a published set"
  run series evaluate coffee.graft "$shared/data/ucr/Coffee" --json
  measured=$(grep -o '"accuracy":[0-9.e-]*' "$scratch/out")
  run series predict coffee.graft "$shared/data/ucr/Coffee" --json
  grep '"part":"test"' "$scratch/out" | awk -v measured="$measured" '
    { match($0, /"true":"[^"]*"/); truth = substr($0, RSTART + 8, RLENGTH - 9)
      match($0, /"label":"[^"]*"/); right += substr($0, RSTART + 9, RLENGTH - 10) == truth }
    END { exit !(NR == 28 && sprintf("\"accuracy\":%.9g", right / NR) == measured) }'
  result $? "Coffee: predict and evaluate agree"
  run series compare "$shared/data/ucr/Coffee" --base coffee.graft --arms nearest,raw --quiet
  [ "$code" -eq 0 ] && says out '^nearest +1\.0000 '
  result $? "Coffee: the nearest neighbour is always right, as is published"
else
  skip "sets of the UCR archive" "$shared/data/ucr is missing"
fi

printf 'id,time,x\na,1,2\na,2\n' >ragged.csv
run series pretrain ragged.csv "${small[@]}" -o x.graft
[ "$code" -eq 3 ] && says err 'ragged.csv: line 3: 2 fields, expected 3' && [ ! -e x.graft ]
result $? "a ragged table is refused with its line"
run series train set/A_TRAIN.tsv --base encoder.graft --quiet
[ "$code" -eq 0 ] && ! says out '^test '
result $? "a file without a test part trains and measures nothing else"
run series forecast set
[ "$code" -eq 2 ] && says err 'expected pretrain, train, evaluate, predict, extract, crossval or compare'
result $? "an unknown action is refused"
run series extract set --base encoder.graft
[ "$code" -eq 2 ] && says err 'series extract: -o FILE.npy is needed'
result $? "what is missing is named"
run series train set --base model.h5
[ "$code" -eq 3 ]
result $? "a base that is not there is the data's fault"
finish
