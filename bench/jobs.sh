#!/bin/sh
# Whole jobs as whole processes, graft and its peers in turn (A B A B): the main job cold and warm, the same job fixed to one
# layer and one strength beside PyTorch with scikit-learn, the tutorials' way, a photograph predicted cold.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin jobs
need "$photographs/train" "$photographs/validation" "$mobilenet"
data=$photographs thousand=1000 limit=0 epochs=3
if [ -n "$quick" ]; then
  limit=100 thousand=60
  subset "$photographs/train" "$work/data/train" $limit
  subset "$photographs/validation" "$work/data/validation" $limit
  data=$work/data
fi
layer=block_16_expand_relu c=0.01
torch=no
if have_python torch sklearn h5py PIL; then torch=yes; fi
photograph=$(find -L "$data/validation" -name '*.jpg' | sort | head -n 1)
total=$(count_pictures "$data")

validation_accuracy() { sed -n 's/.*"validation":{"n":[0-9]*,"accuracy":\([0-9.]*\).*/\1/p' "$work"/runs/*/log.jsonl | tail -n 1; }
# graft_job CASE RUN CACHE OPTIONS...
graft_job() {
  name=$1 run=$2 cache=$3
  shift 3
  rm -rf "$work/runs"
  process $graft train "$data" --base "$mobilenet" --cache-dir "$work/$cache" --runs "$work/runs" -o "$work/model.graft" --quiet "$@"
  row "$name" graft "$run" "$seconds" "" "$peak" "$(validation_accuracy)"
}
# torch_job CASE WHO RUN SCRIPT OPTIONS...
torch_job() {
  name=$1 who=$2 run=$3 script=$4
  shift 4
  process "$python" "$peers/$script" "$data" "$mobilenet" "$@"
  said=$(cat "$work/said")
  row "$name" "$who" "$run" "$seconds" "" "$peak" "${said%%,*}" "${said#*,*,}"
}

# Ten epochs take a quarter of an hour: $epochs are measured, once, and the rest is as many times the median of those.
tutorial() { # CASE
  process "$python" $peers/tutorial_job.py "$data" "$mobilenet" --epochs $epochs
  said=$(cat "$work/said")
  detail=${said#*,*,}
  all=$(echo "$detail" | sed 's/^epochs \([0-9. ]*\);.*/\1/' | tr ' ' '\n' | sort -n |
    awk -v s="$seconds" '{ v[NR] = $1 } END { printf "%.2f", s + (10 - NR) * v[int((NR + 1) / 2)] }')
  row "$1" torch-every-epoch 1 "$all" "" "$peak" "${said%%,*}" "$detail; seconds for ten epochs, $epochs measured"
}

run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  rm -rf "$work/cache" "$work/cache-fixed"
  graft_job train-cold $run cache
  graft_job train-warm $run cache
  graft_job train-one-layer $run cache-fixed --layer $layer --c $c
  if [ $torch = yes ]; then
    torch_job train-one-layer torch+sklearn $run main_job.py --layer $layer --c $c
    [ $run -gt 1 ] || tutorial train-one-layer
  fi
done

subset "$photographs/train" "$work/thousand" $thousand
rm -rf "$work/runs"
process $graft train "$work/thousand" --base "$mobilenet" --cache-dir "$work/cache-1000" --runs "$work/runs" -o "$work/thousand.graft" --quiet
row train-cold-$thousand graft 1 "$seconds" "" "$peak" ""
process $graft check "$data" --cache-dir "$work/cache-check" --quiet
row check-cold graft 1 "$seconds" "$(rate "$total" "$seconds")" "$peak" ""
process $graft check "$data" --cache-dir "$work/cache-check" --quiet
row check-warm graft 1 "$seconds" "$(rate "$total" "$seconds")" "$peak" ""
process $graft evaluate "$work/model.graft" "$data/validation" --no-cache --quiet
row evaluate-no-cache graft 1 "$seconds" "$(rate "$(count_pictures "$data/validation")" "$seconds")" "$peak" ""

if [ $torch = yes ]; then
  "$python" $peers/main_job.py "$data" "$mobilenet" --layer $layer --c $c --limit 200 --save "$work/model.pt" >/dev/null
fi
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  process $graft predict "$work/model.graft" "$photograph" --no-cache --quiet
  row predict-one graft $run "$seconds" "" "$peak" ""
  if [ $torch = yes ]; then
    process "$python" $peers/predict_one.py "$work/model.pt" "$photograph"
    row predict-one torch $run "$seconds" "" "$peak" ""
  fi
done
bench_end
