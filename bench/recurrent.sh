#!/bin/sh
# bench/recurrent.sh [SECONDS]: a training step of one recurrent layer beside PyTorch, in turn (A B A B): forward, backward by
# input and weights. 32 series of 128 steps, 60 numbers a step, 60 units: a layer of TimeNet.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin recurrent
have_python torch || bench_skip "PyTorch is missing (bench/setup-peers.sh)"
seconds=${1:-5} threads=$(nproc)
[ -z "$quick" ] || seconds=1
batch=32
step() { # CASE WHO RUN COMMAND...
  name=$1 who=$2 run_=$3
  shift 3
  ms=$("$@" "$op" $batch 128 60 60 "$threads" "$seconds" | cut -d , -f 7)
  row "$name" "$who" "$run_" "" "$(awk -v n=$batch -v ms="$ms" 'BEGIN { printf "%.1f", n * 1000 / ms }')" "" ""
}
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  for op in gru lstm; do
    step $op-32x128x60 graft $run build/bench/bench-recurrent-step
    step $op-32x128x60 torch $run "$python" $peers/recurrent_step.py
  done
done
bench_end
