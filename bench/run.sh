#!/bin/sh
# make bench: the jobs, measured as whole processes. Writes bench/results/TIME-COMMIT.csv and prints it.
# Run it alone: another program on the same cores falsifies every figure.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh
tools/build.sh build
shared=${GRAFT_SHARED:-../shared}
[ -d "$shared/data/clothing" ] || { echo "bench: SKIPPED: needs $shared/data/clothing and $shared/weights" >&2; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
git diff --quiet HEAD 2>/dev/null || commit=$commit-dirty
machine="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1) x$(nproc)"
results=bench/results/$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
echo "job,run,seconds,max_rss_kib,exit_code,machine,commit" >"$results"
base=$shared/weights/mobilenet_v2_imagenet.h5

# job NAME RUN COMMAND...: one line of the table
job() {
  name=$1 run=$2
  shift 2
  echo "$name,$run,$(build/bench/measure "$@"),$machine,$commit" >>"$results"
  tail -n 1 "$results"
}
# subset FOLDER COUNT: links to the first COUNT photographs, spread over the classes as the whole is
subset() {
  find "$shared/data/clothing/train" -name '*.jpg' | sort | awk -v n="$2" '{ line[NR] = $0 } END { for (i = 0; i < n; i++) print line[int(i * NR / n) + 1] }' |
    while read -r file; do
      class=$(basename "$(dirname "$file")")
      mkdir -p "$1/$class"
      ln -s "$(realpath "$file")" "$1/$class/"
    done
}

for run in 1 2 3; do
  rm -rf "$work/cache" "$work/runs"
  train="build/graft train $shared/data/clothing --base $base --cache-dir $work/cache --runs $work/runs -o $work/clothes.graft --quiet"
  job train-cold $run $train
  job train-warm $run $train
done
subset "$work/thousand" 1000
job train-cold-1000 1 build/graft train "$work/thousand" --base "$base" --cache-dir "$work/cache-1000" --runs "$work/runs" -o "$work/thousand.graft" --quiet
job check-cold 1 build/graft check "$shared/data/clothing" --cache-dir "$work/cache-check" --quiet
job check-warm 1 build/graft check "$shared/data/clothing" --cache-dir "$work/cache-check" --quiet
job evaluate-no-cache 1 build/graft evaluate "$work/clothes.graft" "$shared/data/clothing/validation" --no-cache --quiet
job predict-one 1 build/graft predict "$work/clothes.graft" "$(find "$shared/data/clothing/validation" -name '*.jpg' | sort | head -n 1)" --no-cache --quiet
echo "results: $results"
bench/train.sh
