#!/bin/sh
# A training step of DCGAN beside PyTorch, in turn (A B A B): the discriminator's step and the generator's, with Adam.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin gan
have_python torch || bench_skip "PyTorch is missing (bench/setup-peers.sh)"
seconds=12
[ -z "$quick" ] || seconds=1
# What graft gan sets for itself (src/cli/waiting.c); no peer is given it.
unset OMP_WAIT_POLICY GOMP_SPINCOUNT
graft_step() { # CASE RUN SIZE CHANNELS WIDTH BATCH
  GOMP_SPINCOUNT=1000 build/bench/bench-gan-step "$3" "$4" "$5" "$6" 0 "$seconds" >"$work/step"
  row "$1" graft "$2" "" "$(cut -d , -f 7 "$work/step")" "$(cut -d , -f 8 "$work/step")" ""
}
torch_step() { # CASE RUN SIZE CHANNELS WIDTH BATCH LAYOUT WHO
  "$python" $peers/gan_step.py "$3" "$4" "$5" "$6" 0 "$seconds" "$7" >"$work/step"
  row "$1" "$8" "$2" "" "$(cut -d , -f 7 "$work/step")" "" ""
}
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  for shape in "dcgan-64-colour 64 3 64 64" "dcgan-32-grey 32 1 32 64"; do
    # shellcheck disable=SC2086
    set -- $shape
    graft_step "$1" $run "$2" "$3" "$4" "$5"
    torch_step "$1" $run "$2" "$3" "$4" "$5" eager torch
    torch_step "$1" $run "$2" "$3" "$4" "$5" channels_last torch-channels-last
  done
done
bench_end
