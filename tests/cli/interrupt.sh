#!/bin/bash
# Ctrl-C in the middle of training.
. "$(dirname "$0")/tap.sh"
set -m # jobs in the background take SIGINT, as a job in the foreground does

data=$shared/data/clothing base=$shared/weights/mobilenet_v2_imagenet.h5
if [ ! -d "$data" ] || [ ! -f "$base" ]; then
  skip "Ctrl-C while training" "the shared test data is absent: $shared"
  finish
fi
mkdir subset
for class in hat pants shoes; do
  mkdir "subset/$class"
  for file in "$data/train/$class"/*; do ln -s "$file" "subset/$class/"; done
done

# start ARGUMENTS...: train in the background until its run has a folder and has worked for a moment.
start() {
  "$graft" train subset --base "$base" -t 1 --json >"$scratch/out" 2>"$scratch/err" &
  job=$!
  for _ in $(seq 600); do
    [ -d "$1" ] && break
    kill -0 $job 2>/dev/null || break
    sleep 0.05
  done
  sleep 0.5
}
start runs/subset-1
kill -INT $job
wait $job
[ $? -eq 130 ]
result $? "Ctrl-C while training is exit code 130"
one_error && says err 'interrupted'
result $? "it is told in one line"
[ -e runs/subset-1/PARTIAL ]
result $? "the run stays marked as partial"
[ ! -e runs/subset-1/model.graft ]
result $? "a partial run has no model"

"$graft" train subset --base "$base" -t 1 --no-cache --runs others >"$scratch/out" 2>"$scratch/err" &
job=$!
for _ in $(seq 600); do
  [ -d others/subset-1 ] && break
  sleep 0.05
done
kill -INT $job
wait $job
[ $? -eq 130 ] && says err 'marked as partial' && ! says err 'cache'
result $? "without a cache nothing is promised of it"

run train subset --base "$base" --json
[ "$code" -eq 0 ] && tail -n 1 "$scratch/out" >"$scratch/last" && cp "$scratch/last" "$scratch/out" && [ "$(json features.cached)" -gt 0 ]
result $? "what was computed before Ctrl-C comes from the cache"
[ -e runs/subset-1/PARTIAL ] && [ ! -e runs/subset-2/PARTIAL ]
result $? "the next run has a folder of its own"
finish
