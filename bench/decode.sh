#!/bin/sh
# Photographs a second from file to 224x224 pixels, on one core and on two, beside Pillow in as many processes.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin decode
need "$photographs/train" "$photographs/validation"
data=$photographs/train
[ -z "$quick" ] || data=$photographs/validation
pillow=no
if have_python PIL numpy; then pillow=yes; fi
run=0
while [ $run -lt "$rounds" ]; do
  run=$((run + 1))
  build/bench/bench-decode --plain "$data"/* >"$work/stages"
  while IFS=, read -r stage threads _ seconds rate; do
    case $stage in
    decode | decode+resize | read+decode+resize) row "$stage x$threads" graft $run "$seconds" "$rate" "" "" ;;
    esac
  done <"$work/stages"
  if [ $pillow = yes ]; then
    for processes in 1 2; do
      said=$("$python" $peers/decode.py $processes "$data"/*)
      row "read+decode+resize x$processes" pillow $run "${said#*,}" "${said%,*}" "" ""
    done
  fi
done
bench_end
