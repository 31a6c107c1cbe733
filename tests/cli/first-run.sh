#!/bin/bash
# A first run that needs nothing: the network that comes with graft, found in all its places, begins what no --base is given
# to, and `make run` shows what it is worth. The file itself need not be in the tree: a small network stands in for it.
. "$(dirname "$0")/tap.sh"
export HOME=$scratch/home
unset XDG_DATA_HOME

# The program, moved away from whatever the tree holds; it runs on the build's library.
place=$scratch/place
mkdir -p "$place/bin" "$place/share/graft/backbones" "$place/assets/backbones"
cp "$graft" "$place/bin/graft"
built=$graft graft=$place/bin/graft
export LD_LIBRARY_PATH=$build
file=graft-s.safetensors
known=$(grep -c '^GRAFT_PRETRAINED("graft-s".* SHA256, "[0-9a-f]' "$source/src/zoo/weights.def")
three_colours "$scratch/data"
small=(--image-size 32)

# ---- without it ----

for verb in "train data" "extract data -o f.npy" "embed data -o m.html" "rank data" "lr-find data" "advise data" "compare data" "crossval data"; do
  # shellcheck disable=SC2086
  expect 3 "without the file: $verb" $verb
  says err 'graft-s, the network that comes with graft, is not in .*place/bin.*--base FILE\|NAME.*graft models pull'
  result $? "without the file: $verb says what to do"
done
expect 0 "crossval of raw pixels needs no network" crossval data --base none --folds 2 --image-size 8
says out 'raw pixels'
result $? "and says what it used"
run advise data --base none
[ "$code" -eq 0 ] && says out '^likeness +not known'
result $? "advise measures the data alone with --base none"
run compare data --base none --arms raw --folds 2 --sizes 1 --c 0.01
[ "$code" -eq 0 ] && says out '^raw '
result $? "compare has arms that need no network"
expect 2 "but not all" compare data --base none
expect 3 "models path" models path graft-s
run models list
says out '^graft-s\.distilled +absent '
result $? "the list has it as absent"
expect 2 "an architecture is no base" train data --arch resnet18.torch
says err '\-\-base none'
result $? "and what --arch is for is said"

# ---- with it: each of the places ----

LD_LIBRARY_PATH=$build "$built" convert "$source/tests/cli/data/tiny.h5" "$scratch/tiny.safetensors" --preprocess 01 >"$scratch/out" 2>"$scratch/err"
result $? "a small network to stand in"
run extract data --base "$scratch/tiny.safetensors" "${small[@]}" -o wanted.npy
found_in() { # FOLDER WHAT: there, and nowhere else
  cp "$scratch/tiny.safetensors" "$1/$file"
  run models path graft-s
  [ "$code" -eq 0 ] && [ "$(realpath "$(cat "$scratch/out")")" = "$(realpath "$1")/$file" ]
  result $? "found $2"
  run extract data "${small[@]}" -o "own.npy"
  [ "$code" -eq 0 ] && cmp -s own.npy wanted.npy
  result $? "and begun with"
  rm "$1/$file"
}
found_in "$place/bin" "beside the program"
found_in "$place/assets/backbones" "in the source tree"
found_in "$place/share/graft/backbones" "below the prefix"
ln -s "$place/bin/graft" "$scratch/link"
cp "$scratch/tiny.safetensors" "$place/share/graft/backbones/$file"
graft=$scratch/link run models path graft-s
[ "$code" -eq 0 ]
result $? "through a link to the program too"
# What is called so where we stand is not it.
echo nonsense >graft-s
expect 0 "a file called graft-s is not taken for it" extract data "${small[@]}" -o own.npy
rm graft-s
if [ "$known" -eq 0 ]; then
  expect 0 "added to the folder of models" models add "$scratch/tiny.safetensors" --name graft-s.distilled
  run models path graft-s
  [ "$(cat "$scratch/out")" = "$HOME/.local/share/graft/models/graft-s.distilled.safetensors" ]
  result $? "which comes first"
  rm "$place/share/graft/backbones/$file"
  expect 0 "and is enough" extract data "${small[@]}" -o own.npy
  cmp -s own.npy wanted.npy
  result $? "and the same"
  "$graft" models remove graft-s.distilled
elif [ -e "$source/assets/backbones/$file" ]; then
  rm "$place/share/graft/backbones/$file"
  expect 0 "added to the folder of models, known by its hash" models add "$source/assets/backbones/$file"
  run models path graft-s
  [ "$(cat "$scratch/out")" = "$HOME/.local/share/graft/models/graft-s.distilled.safetensors" ]
  result $? "which is enough"
  "$graft" models remove graft-s.distilled
else
  skip "added to the folder of models" "the registry has its hash, and the file is not here"
fi

cp "$scratch/tiny.safetensors" "$place/share/graft/backbones/$file"
run models list --json
grep -q '"name":"graft-s.distilled","state":"shipped","present":true.*share/graft/backbones/graft-s.safetensors' "$scratch/out"
result $? "the list has it as shipped"
run models verify graft-s
if [ "$known" -eq 0 ]; then
  [ "$code" -eq 0 ] && says out '^graft-s\.distilled +shipped '
else
  [ "$code" -eq 3 ] && says out '^graft-s\.distilled +broken .*its SHA-256 is'
fi
result $? "verify hashes it"
[ ! -e "$HOME/.local/share/graft/models/graft-s.distilled.json" ]
result $? "and writes no record of it"

expect 0 "train" train data "${small[@]}" --folds 2 -o mine.graft
expect 0 "predict" predict mine.graft data/red/000.ppm
expect 0 "embed" embed data "${small[@]}" -o map.tsv
expect 0 "lr-find" lr-find data "${small[@]}" --fine-tune last:1
expect 0 "crossval" crossval data "${small[@]}" --folds 2
says out 'layer pool of'
result $? "crossval used its features"
run rank data "${small[@]}" --folds 2 --json
[ "$code" -eq 0 ] && says out '"base":"graft-s"'
result $? "rank"
run advise data "${small[@]}" -o plan.json
[ "$code" -eq 0 ] && says out 'graft train data --image-size 32 --plan plan.json$'
result $? "advise; the plan's command has no --base either, and the network's options"
run compare data "${small[@]}" --folds 2 --sizes 1 --c 0.01 --arms raw,frozen
[ "$code" -eq 0 ] && says out '^frozen '
result $? "compare"

# ---- what this tree and an installed copy find ----

graft=$built run models path graft-s
if [ -e "$source/assets/backbones/$file" ]; then
  [ "$code" -eq 0 ] && [ "$(realpath "$(cat "$scratch/out")")" = "$source/assets/backbones/$file" ]
  result $? "build/graft finds this tree's"
  graft=$built expect 0 "which is the registry's" models verify graft-s
  clothing=$shared/data/clothing
  if [ -d "$clothing" ]; then
    graft=$built run train "$clothing" --require 'val_acc>=0.75'
    result $code "which reaches on the photographs of clothing about what its card says (0.79)"
  else
    skip "what its card says of the photographs of clothing" "../shared is absent"
  fi
else
  skip "build/graft finds this tree's" "assets/backbones/$file is not here"
fi
DESTDIR=$scratch/root meson install -C "$build" --no-rebuild --quiet >"$scratch/out" 2>"$scratch/err"
result $? "meson install"
installed=$(find "$scratch/root" -type d -path '*/share/graft/backbones')
[ -e "$installed/README.md" ] && { [ ! -e "$source/assets/backbones/$file" ] || cmp -s "$source/assets/backbones/$file" "$installed/$file"; }
result $? "installs what the tree has of it"
cp "$scratch/tiny.safetensors" "$installed/$file"
program=$(find "$scratch/root" -name graft -type f -perm -u+x | head -n 1)
unset LD_LIBRARY_PATH
graft=$program run models path graft-s
[ "$code" -eq 0 ] && [ "$(realpath "$(cat "$scratch/out")")" = "$installed/$file" ]
result $? "the installed program finds it, wherever the prefix was moved to"
[ "$(pkg-config --variable=backbones "$(find "$scratch/root" -name graft.pc | head -n 1)" | tail -c 22)" = share/graft/backbones ]
result $? "pkg-config names the folder"
export LD_LIBRARY_PATH=$build

# ---- make run, on a data set of a few pictures ----

# idx STEM PICTURES SEED: pictures of 8x8 whose left, middle or right is brighter, and their labels 0, 1, 2.
idx() {
  mkdir -p "$scratch/idx"
  LC_ALL=C awk -v n="$2" -v seed="$3" 'BEGIN { srand(seed); printf "\\000\\000\\010\\003\\000\\000\\000\\%03o\\000\\000\\000\\010\\000\\000\\000\\010", n
    for (i = 0; i < n; i++) for (k = 0; k < 64; k++) printf "\\%03o", int(100 * rand()) + (int(k % 8 * 3 / 8) == i % 3 ? 60 : 0) }' |
    { read -r text; printf '%b' "${text//\\/\\0}"; } >"$scratch/idx/$1-images-idx3-ubyte"
  LC_ALL=C awk -v n="$2" 'BEGIN { printf "\\000\\000\\010\\001\\000\\000\\000\\%03o", n; for (i = 0; i < n; i++) printf "\\%03o", i % 3 }' |
    { read -r text; printf '%b' "${text//\\/\\0}"; } >"$scratch/idx/$1-labels-idx1-ubyte"
}
idx train 60 1
idx t10k 18 2
offline=()
unshare -rn true 2>/dev/null && offline=(unshare -rn)
main_job() { # VARIABLE=VALUE...
  env GRAFT="$graft" GRAFT_SHARED="$scratch/none" DATA="$scratch/idx" SIZES=2,5 HELD=15 DRAWS=2 RUNS="$scratch/runs" "$@" \
    "${offline[@]}" sh "$source/tools/run-main-job.sh" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
}
lines=('transfer: a head on graft-s' 'the same head on raw pixels' 'a small network trained from scratch')
main_job
[ "$code" -eq 0 ] && [ -s "$scratch/runs/first-run-1/compare.html" ] && [ "$(tail -n 4 "$scratch/out" | head -n 1)" = "report: $scratch/runs/first-run-1/compare.html" ]
result $? "make run ends with the report's path and three lines${offline:+, without a network}"
for i in 0 1 2; do
  tail -n $((3 - i)) "$scratch/out" | head -n 1 | grep -qE "^${lines[i]} +[0-9]+\.[0-9] %  \(95 %: [0-9.]+ to [0-9.]+\)$"
  result $? "a line of result: ${lines[i]}"
  grep -qF "${lines[i]}" "$source/README.md"
  result $? "which the README shows"
done
grep -q 'Accuracy by training samples' "$scratch/runs/first-run-1/compare.html" && says out '^ +6 ' && says out '^ +15 '
result $? "with the learning curve"
rm "$place/share/graft/backbones/$file"
main_job
[ "$code" -eq 0 ] && says err 'graft-s, the network that comes with graft, is missing' && says err 'NOTHING IS TRANSFERRED' &&
  [ "$(tail -n 3 "$scratch/out" | head -n 1)" = "report: $scratch/runs/first-run-2/compare.html" ] && ! grep -q 'id="factors"' "$scratch/runs/first-run-2/compare.html" && ! says out '^transfer'
result $? "without the file it says so loudly and shows what needs none, in a folder of its own"
main_job DATA="$scratch/nothing"
[ "$code" -eq 1 ] && says err 'dataset-fashion-mnist'
result $? "without pictures it says which package has them"
grep -qx dataset-fashion-mnist "$source/tools/packages-run.txt"
result $? "a package that the script installs"

# ---- what the experiment and the card are made with ----

HELD=15 DRAWS=2 SIZES=2,5 sh "$source/docs/experiments/fashion-mnist.sh" "$graft" "$scratch/idx" "$scratch/experiment" "$scratch/tiny.safetensors" >"$scratch/out" 2>"$scratch/err"
[ $? -eq 0 ] && says out '^\| samples \| raw \| scratch \| random_frozen \| frozen \|$' && says out '^\| 6 \| [01]\.' && says out '^\| frozen \| [01]\.[0-9]+ \| '
result $? "the experiment prints its table"

tree=$scratch/tree
mkdir -p "$tree/src/zoo"
cp "$source/src/zoo/weights.def" "$tree/src/zoo/"
mkdir -p split/train split/validation
for class in red green blue; do
  mkdir -p split/train/$class split/validation/$class
  cp data/$class/00[0-7].ppm split/train/$class/
  cp data/$class/00[89].ppm split/validation/$class/
done
for pass in first second; do
  run distill split --teacher "$source/tests/cli/data/tiny.h5" --teacher-preprocess 01 --teacher-size 32 --arch graft-s --image-size 64 --views 2 --epochs 1 --batch 8 \
    --labels 0.2 --ema 0.9 --store f16 --runs "$pass"
  [ "$code" -eq 0 ]
  result $? "a pass of distilling"
done
adopt() {
  GRAFT=$graft ROOT=$tree CLOTHING=$scratch/none FASHION=$scratch/none "$source/tools/adopt-backbone.sh" "$@" >"$scratch/out" 2>"$scratch/err"
}
adopt first/split-1 second/split-1 split "$source/tests/cli/data/tiny.h5"
result $? "adopt-backbone takes finished passes"
hash=$(sha256sum <"$tree/assets/backbones/$file" | cut -d' ' -f1)
grep -q "^GRAFT_PRETRAINED(\"graft-s\".*SHA256, \"$hash\"" "$tree/src/zoo/weights.def" && [ "$(diff "$source/src/zoo/weights.def" "$tree/src/zoo/weights.def" | grep -c '^>')" -eq 1 ]
result $? "the registry gets its hash, and nothing else changes"
card=$tree/assets/backbones/graft-s.md
for wanted in "$hash" '^## Data' '^24 pictures in 3 folders' '6 held back' '^## Recipe' '^| first | 64 | [0-9.e-]* | 1 of 1 | 2 | ' '^| second | 64 | [0-9.e-]* | 1 of 1 | 2 | ' '3,078,952 values' '^| teacher | .tiny.h5' \
  '^## Transfer' '^## Licence and limits' 'commercial' 'faces'; do
  grep -q -- "$wanted" "$card"
  result $? "the card has $wanted"
done
grep -nE '\| *\||: ,|\|  ' "$card" | grep -v '^[0-9]*:| | |$' >"$scratch/out"
[ ! -s "$scratch/out" ]
result $? "and no figure is missing"
adopt - data split "$source/tests/cli/data/tiny.h5"
[ $? -eq 1 ] && says err 'no backbone'
result $? "adopt-backbone refuses what is no run"
finish
