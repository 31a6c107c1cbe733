#!/bin/sh
# Pretraining beside PyTorch, in turn (A B A B): graft-s from scratch at 128 px, batch 64, on the pictures of FOLDER (default: the
# clothing photographs), whole process. graft's figure is its second epoch: loading, augmentation, mixup, BatchNorm from
# batches, AdamW, average of weights, from decoded pictures; PyTorch's a step of the same network on tensors that are
# there already, with AdamW. Writes bench/results/pretrain-TIME-COMMIT.csv and prints it. Run it alone.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh build
python=/usr/bin/python3
"$python" -c 'import torch' 2>/dev/null ||
  { echo "bench: SKIPPED pretraining: PyTorch is missing (bench/setup-peers.sh)" >&2; exit 0; }
data=${1:-${GRAFT_SHARED:-../shared}/data/clothing}
[ -d "$data" ] || { echo "bench: SKIPPED pretraining: needs $data" >&2; exit 0; }
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
git diff --quiet HEAD 2>/dev/null || commit=$commit-dirty
machine="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1) x$(nproc)"
results=bench/results/pretrain-$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
echo "problem,batch,who,run,images_per_second,peak_mib,machine,commit" >"$results"
row() { # WHO RUN "RATE,PEAK"
  echo "graft-s-128,64,$1,$2,$3,$machine,$commit" >>"$results"
  tail -n 1 "$results"
}
# Steps of an epoch are the same for both, so the last row's count is twice one's.
graft_epoch() {
  work=$(mktemp -d)
  peak=$(build/bench/measure build/graft pretrain "$data" --arch graft-s --epochs 2 --batch 64 --ema 0.999 --mixup 0.2 \
    --cache-dir "$work/cache" --runs "$work/runs" --quiet | awk -F, '{ print $2 / 1024 }')
  steps=$(tail -n 1 "$work"/runs/*/history.csv | cut -d, -f3)
  sed -n 's/.*"event":"epoch".*"seconds":\([0-9.]*\).*/\1/p' "$work"/runs/*/log.jsonl |
    awk -v peak="$peak" -v steps="$steps" 'NR == 2 { print steps / 2 * 64 / $1 "," peak }'
  rm -rf "$work"
}
for run in 1 2; do
  row graft "$run" "$(graft_epoch)"
  for layout in eager channels_last; do
    row "torch-$layout" "$run" "$("$python" bench/peers/pretrain_step.py 64 128 20 $layout)"
  done
done
echo "results: $results"
