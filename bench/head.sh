#!/bin/sh
# bench/head.sh [ROWS WIDTH]: a logistic head on features as wide as VGG16's flattened last map, of 2 and of 10
# classes, beside scikit-learn's L-BFGS on the same numbers in the same file. The score is the objective that was
# reached (less is better), in double; the file lies in the page cache for both.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin head
rows=${1:-8200} width=${2:-25088} c=0.01
[ "$rounds" -le 2 ] || rounds=2 # scikit-learn takes minutes
if [ -n "$quick" ]; then rows=${1:-600} width=${2:-5000}; fi
sklearn=no
if have_python sklearn; then sklearn=yes; fi
for classes in 2 10; do
  build/bench/bench-head-fit make "$work/features" "$rows" "$width" $classes
  cat "$work/features" >/dev/null
  run=0
  while [ $run -lt "$rounds" ]; do
    run=$((run + 1))
    name="${rows}x$width; $classes classes"
    build/bench/bench-head-fit fit "$work/features" "$rows" "$width" $classes $c >"$work/fitted"
    IFS=, read -r seconds peak loss iterations <"$work/fitted"
    row "$name" graft $run "$seconds" "" "$peak" "$loss" "$iterations iterations"
    if [ $sklearn = yes ]; then
      "$python" $peers/head_fit.py "$work/features" "$rows" "$width" $classes $c >"$work/fitted"
      IFS=, read -r seconds peak loss iterations <"$work/fitted"
      row "$name" sklearn $run "$seconds" "" "$peak" "$loss" "$iterations iterations"
    fi
  done
done
bench_end
