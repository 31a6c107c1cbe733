#!/bin/sh
# Training beside PyTorch, in turn (A B A B): a step of full fine-tuning, and an epoch of MobileNetV2 from block 13 on over
# cached boundaries.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin train
need "$photographs/train" "$mobilenet"
have_python torch torchvision || bench_skip "PyTorch is missing (bench/setup-peers.sh)"
seconds_of_torch=12 data=$photographs
if [ -n "$quick" ]; then
  seconds_of_torch=1
  subset "$photographs/train" "$work/data/train" 100
  subset "$photographs/validation" "$work/data/validation" 40
  data=$work/data
fi
# What graft train sets for itself (src/cli/waiting.c); no peer is given it.
unset OMP_WAIT_POLICY GOMP_SPINCOUNT
samples=$(count_pictures "$data/train")
graft_step() { # CASE RUN NETWORK BATCH WHO OPTIONS...
  name=$1 run_=$2 network=$3 batch=$4 who=$5
  shift 5
  build/bench/bench-train-step "$@" "$network.torch" "$batch" train >"$work/step"
  row "$name" "$who" "$run_" "" "$(awk -F, 'END { print $6 }' "$work/step")" "$(awk -F, 'END { print $8 }' "$work/step")" ""
}
torch_step() { # CASE RUN NETWORK BATCH SECONDS LAYOUT WHO
  "$python" $peers/train_step.py "$3" "$4" "$5" "$6" >"$work/step"
  row "$1" "$7" "$2" "" "$(cut -d , -f 1 "$work/step")" "$(cut -d , -f 2 "$work/step")" ""
}
# The quickest of three epochs over the cached boundary; whole process' peak.
graft_epoch() { # CASE RUN
  rm -rf "$work/cache" "$work/runs"
  process $graft train "$data" --base "$mobilenet" --fine-tune block_13_expand --epochs 3 --lr 1e-4 \
    --cache-dir "$work/cache" --runs "$work/runs" --quiet
  epoch=$(sed -n 's/.*"event":"epoch".*"seconds":\([0-9.]*\).*/\1/p' "$work"/runs/*/log.jsonl | sort -n | awk '$1 > 0 { print $1; exit }')
  row "$1" graft "$2" "$epoch" "$(rate "$samples" "$epoch")" "$peak" ""
}
torch_epoch() { # CASE RUN
  "$python" $peers/suffix_epoch.py "$samples" 32 >"$work/epoch"
  epoch=$(cut -d , -f 1 "$work/epoch")
  row "$1" torch "$2" "$epoch" "$(rate "$samples" "$epoch")" "$(cut -d , -f 2 "$work/epoch")" ""
}
# All a network's layers learn, BatchNorm by its batches. graft as it comes, with light convolutions computed again to
# save memory, and with the runtime's own way of waiting.
step_of() { # RUN NETWORK BATCH
  export GOMP_SPINCOUNT=1000
  graft_step "$2-full-$3" "$1" "$2" "$3" graft
  graft_step "$2-full-$3" "$1" "$2" "$3" graft-recomputing --recompute convolutions
  unset GOMP_SPINCOUNT
  graft_step "$2-full-$3" "$1" "$2" "$3" graft-spinning
  torch_step "$2-full-$3" "$1" "$2" "$3" $seconds_of_torch eager torch
  torch_step "$2-full-$3" "$1" "$2" "$3" $seconds_of_torch channels_last torch-channels-last
}
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  step_of $run mobilenet_v2 32
  step_of $run resnet50 16
  step_of $run vgg16 8
  graft_epoch mobilenet_v2-block13-32 $run
  torch_epoch mobilenet_v2-block13-32 $run
done
bench_end
