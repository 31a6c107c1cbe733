#!/bin/sh
# Training beside PyTorch, in turn (A B A B): a step of full fine-tuning, and an epoch of MobileNetV2 from block 13 on over
# cached boundaries. Writes bench/results/train-TIME-COMMIT.csv and prints it. Run it alone.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh build
python=/usr/bin/python3
"$python" -c 'import torch, torchvision' 2>/dev/null ||
  { echo "bench: SKIPPED training: PyTorch is missing (bench/setup-peers.sh)" >&2; exit 0; }
shared=${GRAFT_SHARED:-../shared}
mobilenet=$shared/weights/mobilenet_v2_imagenet.h5
[ -f "$mobilenet" ] || { echo "bench: SKIPPED training: needs $mobilenet" >&2; exit 0; }
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
git diff --quiet HEAD 2>/dev/null || commit=$commit-dirty
machine="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1) x$(nproc)"
results=bench/results/train-$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
echo "problem,batch,who,run,images_per_second,peak_mib,machine,commit" >"$results"
row() { # PROBLEM BATCH WHO RUN "RATE,PEAK"
  echo "$1,$2,$3,$4,$5,$machine,$commit" >>"$results"
  tail -n 1 "$results"
}
graft_step() { build/bench/bench-train-step "$@" | awk -F, 'END { print $6 "," $8 }'; }
# The quickest of three epochs over the cached boundary; whole process' peak.
graft_epoch() {
  work=$(mktemp -d)
  peak=$(build/bench/measure build/graft train "$shared/data/clothing" --base "$mobilenet" --fine-tune block_13_expand \
    --epochs 3 --lr 1e-4 --cache-dir "$work/cache" --runs "$work/runs" --quiet | awk -F, '{ print $2 / 1024 }')
  sed -n 's/.*"event":"epoch".*"seconds":\([0-9.]*\).*/\1/p' "$work"/runs/*/log.jsonl | sort -n | awk '$1 > 0' |
    awk -v peak="$peak" 'NR == 1 { print 3068 / $1 "," peak }'
  rm -rf "$work"
}
torch_step() { "$python" bench/peers/train_step.py "$@"; }
for run in 1 2; do
  row mobilenet_v2-full 32 graft "$run" "$(graft_step "$mobilenet" 32 train)"
  row mobilenet_v2-full 32 torch "$run" "$(torch_step mobilenet_v2 32 8 eager)"
  row mobilenet_v2-full 32 torch-channels-last "$run" "$(torch_step mobilenet_v2 32 8 channels_last)"
  row resnet50-full 16 graft "$run" "$(graft_step resnet50 16 train)"
  row resnet50-full 16 torch "$run" "$(torch_step resnet50 16 12 eager)"
  row resnet50-full 16 torch-channels-last "$run" "$(torch_step resnet50 16 12 channels_last)"
  row mobilenet_v2-block13 32 graft "$run" "$(graft_epoch)"
  row mobilenet_v2-block13 32 torch "$run" "$("$python" bench/peers/suffix_epoch.py 3068 32 | awk -F, '{ print 3068 / $1 "," $2 }')"
done
echo "results: $results"
