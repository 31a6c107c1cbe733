#!/bin/bash
# A backbone of one's own: pretrain and distill, kill -9 and --resume.
. "$(dirname "$0")/tap.sh"

# Three colours with 8 pictures each to learn from, 2 to validate by.
for class in apple berry cherry; do
  case $class in apple) rgb="200 40 40" ;; berry) rgb="40 40 200" ;; *) rgb="120 30 120" ;; esac
  pictures data/train $class 8 $rgb 1
  pictures data/validation $class 2 $rgb 2
done
cat >small.net <<'N'
input:32
conv:8:3/2:same:nobias bn relu conv:16:3/2:same:nobias bn relu
gap dense:10
N
learning=(--arch small.net --progressive 16:32 --batch 4 --checkpoint-steps 2 --epochs 14 --ema 0.5 --lr 0.01)

run pretrain data --arch small.net --progressive 16:32 --batch 8 --epochs 4 --mixup 0.2 --loss cross_entropy:smoothing=0.1 -o own.safetensors
[ "$code" -eq 0 ] && [ "$(wc -l <runs/data-1/history.csv)" -eq 5 ] && [ ! -e runs/data-1/PARTIAL ] && cmp -s own.safetensors runs/data-1/backbone.safetensors
result $? "pretrain writes a backbone and a row an epoch, at sizes that grow"
grep -q '^3,2,' runs/data-1/history.csv && [ "$(cut -d, -f8 runs/data-1/history.csv | grep -c '^[01]')" -eq 4 ]
result $? "each size is a phase, and every epoch has its validation accuracy"
run train data --base own.safetensors --runs others
[ "$code" -eq 0 ]
result $? "train takes the backbone with nothing but --base"
run summary own.safetensors --json
says out '"input":\[3,32,32\]'
result $? "the backbone has the last size"

run pretrain data "${learning[@]}" --json
[ "$code" -eq 0 ] && [ "$(grep -c '"event":"epoch"' "$scratch/out")" -eq 14 ] && json event >/dev/null
result $? "pretrain --json prints an event an epoch"

# kill -9 at whatever step it comes to, three times over; then once to the end. RUN ARGUMENTS...
interrupt() {
  local folder=$1 job
  shift
  "$graft" "$@" >/dev/null 2>&1 </dev/null &
  job=$!
  disown $job
  for attempt in 1 2 3; do
    for _ in $(seq 400); do
      [ -e "$folder/checkpoints/checkpoint-b.safetensors" ] || [ "$attempt" -gt 1 ] && break
      kill -0 $job 2>/dev/null || break
      sleep 0.02
    done
    sleep "0.0$((attempt * 2))"
    kill -9 $job 2>/dev/null
    "$graft" "$1" data --resume "$folder" >/dev/null 2>&1 </dev/null &
    job=$!
    disown $job
    sleep 0.1
  done
  kill -9 $job 2>/dev/null
  sleep 0.1
  run "$1" data --resume "$folder"
}
same_run() {
  cmp -s "$1/history.csv" "$2/history.csv" && cmp -s "$1/backbone.safetensors" "$2/backbone.safetensors"
}
interrupt runs/data-3 pretrain data "${learning[@]}"
[ "$code" -eq 0 ] && same_run runs/data-2 runs/data-3 && [ ! -e runs/data-3/PARTIAL ]
result $? "behaviour_22_after_kill_9_pretraining_ends_as_an_unbroken_run"
ls "$scratch"/cache/pixels/*.pix >"$scratch/shards" && "$graft" pretrain data "${learning[@]}" --no-cache --runs others >"$scratch/out" 2>&1 &&
  cmp -s runs/data-2/history.csv others/data-2/history.csv
result $? "decoded pictures are kept, and change nothing but the time"
for shard in "$scratch"/cache/pixels/*.pix; do
  printf 'spoilt' | dd of="$shard" bs=1 seek=2000 conv=notrunc 2>/dev/null
done
"$graft" pretrain data "${learning[@]}" --runs others >"$scratch/out" 2>&1 && cmp -s runs/data-2/history.csv others/data-3/history.csv
result $? "damaged ones are decoded again"
expect 3 "a run with other options is not resumed" pretrain data --resume runs/data-3 --lr 0.5
expect 3 "nor is one that has come to a size nobody asks for" pretrain data --resume runs/data-3 --progressive 32
says err 'phase 2 belongs to a run with other data, options or network' && same_run runs/data-2 runs/data-3
result $? "and its backbone stays"

teacher=(--teacher "$source/tests/cli/data/tiny.h5" --teacher-preprocess 01 --teacher-size 32)
run distill data "${teacher[@]}" "${learning[@]}" --labels 0.5 --store f16 -o student.safetensors
[ "$code" -eq 0 ] && says out '^backbone ' && [ "$(wc -c <student.safetensors)" -lt "$(wc -c <own.safetensors)" ]
result $? "distill writes a backbone, of half the size as f16"
run train data --base student.safetensors --runs others
[ "$code" -eq 0 ]
result $? "train takes the student, stored as f16"
interrupt runs/data-5 distill data "${teacher[@]}" "${learning[@]}" --labels 0.5 --store f16
[ "$code" -eq 0 ] && [ -d runs/data-5 ] && same_run runs/data-4 runs/data-5
result $? "behaviour_22_after_kill_9_distilling_ends_as_an_unbroken_run"
[ "$(head -n 2 runs/data-4/history.csv | tail -n 1 | cut -d, -f5)" != "$(tail -n 1 runs/data-4/history.csv | cut -d, -f5)" ] &&
  awk -F, 'NR == 2 { first = $7 } END { exit !($7 < first) }' runs/data-4/history.csv
result $? "the student comes nearer to the teacher on pictures it has not seen"
for to in logits both; do
  run distill data "${teacher[@]}" --arch small.net --epochs 1 --to $to
  [ "$code" -eq 0 ]
  result $? "distill --to $to"
done
run distill data "${teacher[@]}" --arch small.net --epochs 1 --from student.safetensors
[ "$code" -eq 0 ]
result $? "distill goes on from a backbone"

run pretrain data --arch small.net --time 3s
[ "$code" -eq 0 ] && grep -q '"epochs": [0-9]' "$(ls -d runs/data-* | sort -V | tail -n 1)/schedule.json"
result $? "--time alone finds the number of epochs"
expect 2 "distill needs a teacher" distill data --arch small.net
expect 2 "sizes must be numbers" pretrain data --arch small.net --progressive 16:x
expect 2 "fewer epochs than sizes" pretrain data --arch small.net --progressive 16:24:32 --epochs 2
expect 2 "a misspelt layer of the teacher fails" distill data "${teacher[@]}" --arch small.net --layers cov1
expect 2 "another architecture's values are refused" pretrain data --arch resnet8 --from own.safetensors --epochs 1
finish
