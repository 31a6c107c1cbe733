#!/bin/bash
# The main job on a small network and small pictures: check, train, evaluate, predict, extract, summary.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
three_colours "$scratch/a colour ß"
data="$scratch/a colour ß"
settings=(--base "$base" --preprocess 01 --image-size 32)

run check "$data"
[ "$code" -eq 0 ] && says out '^files +48$' && says out '^green '
result $? "check counts files and classes, in a path with spaces and UTF-8"
run check "$data" --json
[ "$code" -eq 0 ] && [ "$(json files sound quarantined | tr '\n' ' ')" = "48 48 0 " ]
result $? "check --json"

run train "$data" "${settings[@]}" -o colours.graft
[ "$code" -eq 0 ] && [ ! -s "$scratch/err" ] && says out '^accuracy +[01]\.[0-9]+ on validation' && says out '^report +runs/a colour ß-1/report.html$'
result $? "train prints accuracy and where the report lies, and nothing on a stderr that is no terminal"
for file in model.graft report.html history.csv layers.csv manifest.json plan.json log.jsonl; do
  [ -s "$scratch/runs/a colour ß-1/$file" ]
  result $? "the run's folder has $file"
done
[ ! -e "$scratch/runs/a colour ß-1/PARTIAL" ]
result $? "a run that ended is not marked as partial"
cmp -s colours.graft "runs/a colour ß-1/model.graft"
result $? "-o is a copy of the run's model"
[ "$(head -n 1 "runs/a colour ß-1/layers.csv")" = "layer,c,accuracy,deviation,chosen" ]
result $? "layers.csv has its columns"
cp "runs/a colour ß-1/log.jsonl" "$scratch/out"
json event time >/dev/null
result $? "log.jsonl is JSON line for line"
grep -q '"event":"done"' "$scratch/out"
result $? "log.jsonl ends with done"
tr -d '\n' <"runs/a colour ß-1/manifest.json" >"$scratch/out"
json >/dev/null
result $? "manifest.json is JSON"
tr -d '\n' <"runs/a colour ß-1/plan.json" >"$scratch/out"
json >/dev/null
result $? "plan.json is JSON"

run train "$data" "${settings[@]}" --json
[ "$code" -eq 0 ] && json event >"$scratch/values" && [ "$(tail -n 1 "$scratch/values")" = '"done"' ]
result $? "train --json prints an event a line and ends with done"
tail -n 1 "$scratch/out" >"$scratch/last" && cp "$scratch/last" "$scratch/out"
[ "$(json model)" = '"runs/a colour ß-2/model.graft"' ] && json validation.accuracy seconds.total features.computed report >/dev/null
result $? "a second run has a folder of its own"
[ "$(json features.computed)" = 0 ] && [ "$(json features.cached)" -ge 48 ]
result $? "a second run computes no features"

report="runs/a colour ß-1/report.html"
! grep -qiE '(src|href)="?(https?:)?//' "$report" && ! grep -qi '@import\|[^a-z]url(' "$report" && [ "$(wc -c <"$report")" -lt 10000000 ]
result $? "the report fetches nothing and is smaller than 10 MB"
cells=$(tr "[" "\n" <"$report" | grep -o 'id="cell-[0-9]*-[0-9]*"' | wc -l)
links=$(grep -o '<td class="\(hit\|miss\)[^>]*><a href="#cell-[0-9]*-[0-9]*"' "$report" | wc -l)
[ "$cells" -gt 0 ] && [ "$cells" -eq "$links" ] && grep -q 'src="data:image/jpeg;base64,/9j/' "$report"
result $? "behaviour_27_every_cell_of_the_report_opens_its_pictures"

run evaluate colours.graft "$data" --json
[ "$code" -eq 0 ] && json n accuracy loss ece classes confusion per_class majority_baseline knn_baseline >"$scratch/values" &&
  [ "$(head -n 1 "$scratch/values")" = 48 ]
result $? "evaluate --json has its keys"
accuracy=$(json accuracy)
run evaluate colours.graft "$data"
[ "$code" -eq 0 ] && says out '^accuracy' && says out '^red +[01]\.'
result $? "evaluate prints tables"
expect 0 "a gate that is passed" evaluate colours.graft "$data" --require 'acc>=0.1,loss<100'
run evaluate colours.graft "$data" --require 'acc>=1.01'
[ "$code" -eq 4 ] && one_error && says err 'required acc>=1.01, reached' && says out '^accuracy'
result $? "a gate that fails is exit code 4, after the result was printed"
run train "$data" "${settings[@]}" --require 'val_acc>=1.01'
[ "$code" -eq 4 ] && one_error && [ -s "runs/a colour ß-3/report.html" ]
result $? "a gate on training is exit code 4 with everything written"

mkdir part extra && cp -r "$data/red" "$data/green" part && cp -r "$data/red" "$data/green" "$data/blue" extra && cp -r "$data/red" extra/purple
run evaluate colours.graft part --json
[ "$code" -eq 0 ] && [ "$(json n without_pictures | tr '\n' ' ')" = '32 ["blue"] ' ] && says err '^graft: warning: no pictures of: blue \(1 of the model.s 3 classes\)$'
result $? "behaviour_05: a class without pictures is named"
run evaluate colours.graft "$data" --json
[ "$code" -eq 0 ] && ! says err 'no pictures of' && says out '"without_pictures":\[\]'
result $? "behaviour_05: and none is where none is missing"
expect 3 "behaviour_05: a class that the model has not is an error" evaluate colours.graft extra
says err 'purple'
result $? "behaviour_05: which names it"
run evaluate colours.graft "$data" --cell red,red
[ "$code" -eq 0 ] && [ "$(grep -c '/red/' "$scratch/out")" -eq "$(wc -l <"$scratch/out")" ] && [ -f "$(head -n 1 "$scratch/out")" ]
result $? "behaviour_27_a_cell_of_the_matrix_lists_its_files"
cells=0
for true in blue green red; do
  for predicted in blue green red; do
    run evaluate colours.graft "$data" --cell "$true,$predicted"
    cells=$((cells + $(wc -l <"$scratch/out")))
  done
done
[ "$cells" -eq 48 ]
result $? "the cells together hold every picture"
expect 2 "a cell of a class that does not exist" evaluate colours.graft "$data" --cell red,yellow
says err 'blue, green, red'
result $? "a cell of a class that does not exist says which do"

run predict colours.graft "$data" --json
[ "$code" -eq 0 ] && [ "$(json path label probability | wc -l)" -eq 144 ]
result $? "predict --json prints a line a picture"
right=$(for class in blue green red; do grep "/$class/" "$scratch/out" | grep -c "\"label\": *\"$class\""; done | awk '{ sum += $1 } END { print sum }')
awk -v accuracy="$accuracy" -v right="$right" 'BEGIN { exit !(accuracy == right / 48 || (accuracy - right / 48) ^ 2 < 1e-20) }'
result $? "behaviour_17_predict_agrees_with_evaluate"
run predict --top 3 colours.graft "$data/red/000.ppm" "$data/blue"
[ "$code" -eq 0 ] && [ "$(wc -l <"$scratch/out")" -eq 51 ]
result $? "predict takes files and folders, options anywhere"
printf 'no picture' >"$scratch/text.jpg"
run predict colours.graft "$data/red/000.ppm" "$scratch/text.jpg" "$data/red/001.ppm"
[ "$code" -eq 3 ] && one_error && says err 'text\.jpg' && says out '000\.ppm' && says out '001\.ppm'
result $? "a picture that is none is named, and the others are labelled"

run extract "$data" "${settings[@]}" -o feats.npy
[ "$code" -eq 0 ] && [ -s feats.npy ] && [ "$(wc -l <feats.csv)" -eq 49 ] && says out '48 rows'
result $? "extract writes features and their rows"
run extract "$data" "${settings[@]}" -o feats.npy --layer conv1 --json
[ "$code" -eq 0 ] && [ "$(json rows width | tr '\n' ' ')" = "48 8 " ]
result $? "extract --layer --json"
run summary "$base" --json
[ "$code" -eq 0 ] && [ "$(json parameters)" = 1139 ] && json name trainable multiply_adds input layers >/dev/null
result $? "summary --json of a network"
run summary colours.graft
[ "$code" -eq 0 ] && says out 'conv2'
result $? "summary of a trained model"
run plot colours.graft -o colours.svg
[ "$code" -eq 0 ] && [ ! -s "$scratch/err" ] && grep -q '<svg' colours.svg && grep -q 'conv2' colours.svg && grep -q 'boundary' colours.svg
result $? "plot of a trained model"
run plot "$base" -o network.dot --full
[ "$code" -eq 0 ] && grep -q '^digraph' network.dot
result $? "plot --full as .dot"

# A plan given back.
sed 's/"folds": *"5"/"folds": "3"/' "runs/a colour ß-1/plan.json" >plan.json
run train "$data" "${settings[@]}" --plan plan.json --json
[ "$code" -eq 0 ] && grep -q '"folds": *"3"' "runs/a colour ß-4/plan.json"
result $? "train --plan takes an edited plan"
run train "$data" "${settings[@]}" --plan plan.json --folds 4 --json
[ "$code" -eq 0 ] && grep -q '"folds": *"4"' "runs/a colour ß-5/plan.json"
result $? "options given win over the plan's"

# Bad data costs one line and leaves no run behind.
runs=$(ls runs | wc -l)
mkdir -p one/only && cp "$data"/red/00*.ppm one/only/
expect 3 "one class only" train one "${settings[@]}"
mkdir -p single/a single/b && cp "$data"/red/00*.ppm single/a/ && cp "$data/blue/000.ppm" single/b/
expect 3 "a class with one picture" train single "${settings[@]}"
expect 2 "a network whose preprocessing nobody knows" train "$data" --base "$base"
says err '--preprocess'
result $? "the error says what to pass"
head -c 9000 "$base" >cut.h5
expect 3 "a network cut short" train "$data" --base cut.h5 --preprocess 01
[ "$(ls runs | wc -l)" -eq "$runs" ]
result $? "failures before training leave no run behind"
cp colours.graft broken.graft && printf 'x' | dd of=broken.graft bs=1 seek=5000 conv=notrunc 2>/dev/null
expect 3 "a model with a changed byte" predict broken.graft "$data/red/000.ppm"

# A stream that cannot be written does not cost the model.
if [ -w /dev/full ]; then
  "$graft" train "$data" "${settings[@]}" -o full.graft >/dev/full 2>"$scratch/err"
  [ $? -eq 3 ] && one_error && [ -s full.graft ]
  result $? "train with a full standard output saves its model and exits with 3"
fi
finish
