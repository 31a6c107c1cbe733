#!/bin/bash
# graft gan as its users meet it: train, kill -9 and --resume, sample, fid, transfer.
. "$(dirname "$0")/tap.sh"

three_colours data
tiny=(--image-size 16 --width 4 --latent 8 --batch 8 --samples 9 --threads 2)

run gan train data "${tiny[@]}" --epochs 3 --seed 1
[ "$code" -eq 0 ] && says out '^pictures +48 of 16x16, colour' && says out '^written +runs/data-1: ' && [ ! -e runs/data-1/PARTIAL ]
result $? "train tells what it trains and where it lies"
[ "$(wc -l <runs/data-1/history.csv)" -eq 4 ] && [ "$(ls runs/data-1/samples)" = "$(printf 'epoch-000%d.png\n' 1 2 3)" ] && grep -q 'data:image/png;base64' runs/data-1/report.html
result $? "every epoch has a row and a sheet of pictures, the report has both"
run gan train data "${tiny[@]}" --epochs 2 --json --quiet --spectral-norm --loss hinge --ema 0.9 --lr-discriminator 4e-4 --augment flip
[ "$code" -eq 0 ] && [ "$(grep -c '"event":"epoch"' "$scratch/out")" -eq 2 ] && json event >/dev/null && says out '"spectral_norm":true'
result $? "spectral normalisation, hinge, average, two rates, flips; an event an epoch"
run gan train data "${tiny[@]}" --steps 5 --only red,blue --seed 1
[ "$code" -eq 0 ] && says out '^pictures +32 ' && [ "$(tail -n 1 runs/data-3/history.csv | cut -d, -f1,2)" = 2,5 ]
result $? "some classes alone, and a number of steps"
mkdir -p parts/train parts/test && cp data/red/* parts/train/ && cp data/blue/* parts/test/
run gan train parts "${tiny[@]}" --steps 2 --runs others
[ "$code" -eq 0 ] && says out '^pictures +16 '
result $? "a test part is left alone, without classes too"
run gan train data "${tiny[@]}" --epochs 100000 --time 1s --json --quiet --runs others
[ "$code" -eq 0 ] && says out '"event":"done".*"stop":"time"'
result $? "--time ends the training"
run gan train data "${tiny[@]}" --epochs 3 --seed 1
[ "$code" -eq 0 ] && cmp -s runs/data-1/history.csv runs/data-4/history.csv && cmp -s runs/data-1/model.graft runs/data-4/model.graft
result $? "the same run twice is the same bytes"

# ---- looking ----
run gan sample runs/data-1 -o a.png --count 10 --seed 3 && run gan sample runs/data-1/model.graft -o b.png --count 10 --seed 3 --threads 1
[ "$code" -eq 0 ] && cmp -s a.png b.png
result $? "a seed's pictures are the same, of run or file, on any threads"
run gan sample runs/data-1 -o c.png --count 10 --seed 4
[ "$code" -eq 0 ] && ! cmp -s a.png c.png
result $? "another seed's are others"
run gan sample runs/data-2 -o average.png && run gan sample runs/data-2 -o last.png --last
[ "$code" -eq 0 ] && ! cmp -s average.png last.png
result $? "the average's pictures are not those of the last weights"

# ---- distance ----
base=(--fid-base "$source/tests/cli/data/tiny.h5" --fid-preprocess 01)
run gan fid runs/data-1 data "${base[@]}" --fid-count 40
[ "$code" -eq 0 ] && says out '^FID +[0-9.]+ by [0-9]+ features of .* 40 generated and 40 real' && says out 'not comparable with figures by Inception'
result $? "fid names the base, its size and the counts"
run gan fid runs/data-1 data "${base[@]}" --fid-count 40 --json --quiet
[ "$code" -eq 0 ] && [ "$(json distance base features)" ] && cp "$scratch/out" first && run gan fid runs/data-1 data "${base[@]}" --fid-count 40 --json --quiet --threads 1 && cmp -s first "$scratch/out"
result $? "as JSON, and the same again on one thread"
run gan train data "${tiny[@]}" --epochs 1 "${base[@]}" --fid-count 20 --json --quiet
[ "$code" -eq 0 ] && says out '"event":"done".*"fid":\{"distance":'
result $? "train measures at its end"

# ---- distance during a run ----
run gan train data "${tiny[@]}" --epochs 4 --seed 1 "${base[@]}" --fid-count 20 --fid-every 3 --runs measured --json --quiet
[ "$code" -eq 0 ] && says out '"event":"epoch","epoch":2.*"fid":null' && says out '"event":"epoch","epoch":3.*"fid":[0-9]' &&
  says out '"event":"epoch","epoch":4.*"fid":[0-9]' && says out '"event":"done".*"best_epoch":[34],"best_fid":[0-9]'
result $? "--fid-every measures, and the last epoch too, and tells the best"
best=$(grep -o '"best_epoch":[0-9]*' "$scratch/out" | cut -d: -f2) least=$(grep -o '"best_fid":[0-9.]*' "$scratch/out" | cut -d: -f2)
[ "$(cut -d, -f7 measured/data-1/history.csv | grep -c '[0-9]')" -eq 2 ] && grep -q 'chet distance by epoch' measured/data-1/report.html &&
  [ "$(grep -c "after epoch $best, .*the least: <b>best.graft" measured/data-1/report.html)" -eq 1 ]
result $? "history and report have the distances, the report marks the best"
run gan fid measured/data-1/best.graft data "${base[@]}" --fid-count 20 --seed 1 --json --quiet
[ "$code" -eq 0 ] && says out "\"distance\":$least,"
result $? "best.graft is the model of that epoch"
run gan train data "${tiny[@]}" --epochs 4 --seed 1 --runs plain
[ "$code" -eq 0 ] && cmp -s plain/data-1/model.graft measured/data-1/model.graft && [ ! -e plain/data-1/best.graft ] &&
  [ "$(cut -d, -f1-6 measured/data-1/history.csv)" = "$(cut -d, -f1-6 plain/data-1/history.csv)" ]
result $? "measuring changes nothing about the training"
expect 2 "--fid-every needs a base" gan train data "${tiny[@]}" --fid-every 2
expect 3 "a run that is measured by another count is not resumed" gan train data --resume measured/data-1 --fid-count 30

# ---- the discriminator as a backbone ----
run extract data --base runs/data-1/discriminator.safetensors -o features.npy
[ "$code" -eq 0 ] && [ "$(wc -l <features.csv)" -eq 49 ]
result $? "extract takes the discriminator"
run crossval data --base runs/data-1/discriminator.safetensors --folds 3
[ "$code" -eq 0 ]
result $? "crossval takes it"
run train data --base runs/data-1/discriminator.safetensors --runs others
[ "$code" -eq 0 ]
result $? "train takes it"

arms=(--folds 2 --sizes 1 --epochs 1 --scratch same --arms raw,scratch,random_frozen,frozen,finetuned)
five_arms() { [ "$(grep -cE '^(raw|scratch|random_frozen|frozen|finetuned) +[01]\.[0-9]{4} ' "$scratch/out")" -eq 5 ] && says out 'with random weights, all of it trained'; }
run compare data --base runs/data-1/discriminator.safetensors "${arms[@]}" --diagnose always
[ "$code" -eq 0 ] && five_arms
result $? "compare takes it, with all arms and the causes"
grey_classes grey
run gan train grey "${tiny[@]}" --epochs 1 --spectral-norm --runs runs
[ "$code" -eq 0 ] && says out '16x16, grey' && run compare grey --base runs/grey-1/discriminator.safetensors "${arms[@]}" && [ "$code" -eq 0 ] && five_arms
result $? "of grey pictures, too"
printf 'input:32\nconv:8:3/2:same:nobias bn relu conv:16:3/2:same:nobias bn relu\ngap dense:10\n' >small.net
run distill data --teacher runs/data-1/discriminator.safetensors --arch small.net --epochs 1 --batch 8 --runs others -o taught.safetensors
[ "$code" -eq 0 ] && run train data --base taught.safetensors --runs others && [ "$code" -eq 0 ]
result $? "distill learns its features"
expect 2 "it has no logits" distill data --teacher runs/data-1/discriminator.safetensors --arch small.net --to logits --runs bad
says err 'has no classifier: learn its features'
result $? "which is said"
run distill data --teacher "$source/tests/cli/data/tiny.h5" --teacher-preprocess 01 --teacher-size 32 --arch runs/data-1/discriminator.safetensors --epochs 1 --batch 8 --runs others -o student.safetensors
[ "$code" -eq 0 ] && run summary student.safetensors --json && says out '"input":\[3,16,16\]' && ! cmp -s student.safetensors runs/data-1/discriminator.safetensors
result $? "a network like it is a student"
run pretrain data --arch runs/data-1/discriminator.safetensors --from runs/data-1/discriminator.safetensors --epochs 1 --batch 8 --runs others
[ "$code" -eq 0 ]
result $? "pretrain goes on from its weights"
expect 2 "its architecture alone is no student" distill data --teacher runs/data-1/discriminator.safetensors --arch dcgan --runs bad
expect 3 "the whole model is no backbone" compare data --base runs/data-1/model.graft
says err 'discriminator.safetensors'
result $? "which names what is"

# ---- kill -9 ----
learning=("${tiny[@]}" --epochs 60 --seed 5 --ema 0.9 --spectral-norm --loss hinge --checkpoint-steps 4 "${base[@]}" --fid-count 8 --fid-every 7)
"$graft" gan train data "${learning[@]}" --runs whole >/dev/null 2>&1
"$graft" gan train data "${learning[@]}" --runs broken >/dev/null 2>&1 </dev/null &
job=$!
disown $job
for attempt in 1 2 3; do
  for _ in $(seq 400); do
    [ -e broken/data-1/checkpoints/checkpoint-b.safetensors ] || [ "$attempt" -gt 1 ] && break
    kill -0 $job 2>/dev/null || break
    sleep 0.02
  done
  sleep "0.0$((attempt * 2))"
  kill -9 $job 2>/dev/null
  "$graft" gan train data --resume broken/data-1 >/dev/null 2>&1 </dev/null &
  job=$!
  disown $job
  sleep 0.1
done
kill -9 $job 2>/dev/null
sleep 0.1
run gan train data --resume broken/data-1
same=$code
for file in history.csv model.graft best.graft discriminator.safetensors samples/epoch-0001.png samples/epoch-0060.png; do
  cmp -s "whole/data-1/$file" "broken/data-1/$file" || same=1
done
[ "$same" -eq 0 ] && [ ! -e broken/data-1/PARTIAL ]
result $? "behaviour_22_after_kill_9_a_run_ends_as_an_unbroken_one"
expect 3 "a run with another rate is not resumed" gan train data --resume broken/data-1 --lr 0.5

# ---- transfer ----
run gan train data "${tiny[@]}" --only green --epochs 1 --from runs/data-1 --seed 2 --lr 0
[ "$code" -eq 0 ]
result $? "training goes on from another run"
run gan train data --batch 8 --samples 9 --only green --epochs 2 --from runs/data-1/model.graft --freeze-discriminator 1
[ "$code" -eq 0 ] && says out 'discriminator [0-9]+, 192 of them frozen'
result $? "a frozen layer, and the networks' shape from the file"
tensor() { # RUN NAME: the bytes of a tensor of its model
  python=$(command -v python3) && "$python" - "$1/model.graft" "$2" <<'P'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack("<Q", data[:8])[0]
begin, end = json.loads(data[8:8 + size])[sys.argv[2]]["data_offsets"]
sys.stdout.buffer.write(data[8 + size + begin:8 + size + end])
P
}
frozen=$(ls -d runs/data-* | sort -V | tail -n 1)
if command -v python3 >/dev/null; then
  tensor runs/data-1 discriminator/d1/kernel >before && tensor "$frozen" discriminator/d1/kernel >after && cmp -s before after &&
    tensor runs/data-1 discriminator/d2/kernel >before && tensor "$frozen" discriminator/d2/kernel >after && ! cmp -s before after
  result $? "FreezeD leaves the frozen layer's weights as they were, to the byte"
else
  skip "FreezeD leaves the frozen layer's weights as they were" "there is no Python to read them"
fi

# ---- what is wrong is told ----
mkdir empty
expect 3 "an empty folder" gan train empty
expect 3 "fewer pictures than a step takes" gan train data --batch 64
says err '48 pictures, expected at least the 64 of a step'
result $? "which says how many there are"
expect 2 "a size that is no power of two" gan train data --image-size 24 --batch 8
expect 2 "two channels" gan train data --channels 2 --batch 8
expect 2 "a class that is not there" gan train data --only yellow --batch 8
expect 2 "--from of another size" gan train data --batch 8 --from runs/data-1 --image-size 32
expect 2 "--from of another normalisation" gan train data --batch 8 --from runs/data-1 --spectral-norm
expect 3 "--from of no generative model" gan train data --batch 8 --from runs/data-1/discriminator.safetensors
expect 3 "a generative model classifies nothing" predict runs/data-1/model.graft data/red/000.ppm
says err 'is a generative model, for graft gan'
result $? "which is said"
expect 2 "all layers frozen" gan train data "${tiny[@]}" --freeze-discriminator 3
expect 2 "an unknown action" gan paint data
expect 2 "an unknown architecture" gan train data --arch dcgam --batch 8
expect 2 "sample needs a place" gan sample runs/data-1
expect 2 "fid needs a base" gan fid runs/data-1 data
printf 'spoilt' | dd of=runs/data-3/model.graft bs=1 seek=5000 conv=notrunc 2>/dev/null
expect 3 "a damaged model" gan sample runs/data-3 -o x.png
mkdir flat && cp data/red/*.ppm flat/
run gan train flat "${tiny[@]}" --epochs 1
[ "$code" -eq 0 ] && says out '^pictures +16 '
result $? "a folder of pictures without classes"
finish
