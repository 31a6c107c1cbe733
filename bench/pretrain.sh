#!/bin/sh
# bench/pretrain.sh [FOLDER]: pretraining beside PyTorch, in turn (A B A B): graft-s from scratch at 128 px, batch 64, on the
# pictures of FOLDER (default: the clothing photographs), whole process. graft's figure is its second epoch: loading,
# augmentation, mixup, BatchNorm from batches, AdamW, average of weights, from decoded pictures; PyTorch's a step of
# the same network on tensors that are there already, with AdamW.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin pretrain
data=${1:-$photographs/train} seconds=20
need "$data"
have_python torch || bench_skip "PyTorch is missing (bench/setup-peers.sh)"
if [ -n "$quick" ]; then
  subset "$data" "$work/data" 200
  data=$work/data seconds=2
fi
samples=$(count_pictures "$data")
graft_epoch() { # RUN
  rm -rf "$work/cache" "$work/runs"
  process $graft pretrain "$data" --arch graft-s --epochs 2 --batch 64 --ema 0.999 --mixup 0.2 \
    --cache-dir "$work/cache" --runs "$work/runs" --quiet
  # Steps of an epoch are the same for both, so the last row's count is twice one's.
  steps=$(tail -n 1 "$work"/runs/*/history.csv | cut -d, -f3)
  epoch=$(sed -n 's/.*"event":"epoch".*"seconds":\([0-9.]*\).*/\1/p' "$work"/runs/*/log.jsonl | sed -n 2p)
  row graft-s-128-64 graft "$1" "" "$(rate $((steps / 2 * 64)) "$epoch")" "$peak" "" "$samples photographs"
}
torch_step() { # RUN LAYOUT WHO
  "$python" $peers/pretrain_step.py 64 128 $seconds "$2" >"$work/step"
  row graft-s-128-64 "$3" "$1" "" "$(cut -d , -f 1 "$work/step")" "$(cut -d , -f 2 "$work/step")" ""
}
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  graft_epoch $run
  torch_step $run eager torch
  torch_step $run channels_last torch-channels-last
done
bench_end
