#!/bin/sh
# bench/scale.sh [COUNT...]: what graft train costs, cold, from 1,000 to 50,000 photographs. They are made from the clothing
# set by bench-multiply in a temporary folder (TMPDIR), which goes afterwards; 50,000 take 3 GB with their features.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin scale
need "$photographs/train" "$mobilenet"
if [ $# = 0 ]; then set -- 1000 3000 10000 50000; fi
if [ -n "$quick" ]; then set -- 60 150; fi
for count in "$@"; do
  needed=$((count * 80 + 200000)) # KiB: photographs about 35, the cache about 25
  free=$(df -Pk "$work" | awk 'END { print $4 }')
  if [ "$free" -lt "$needed" ]; then
    echo "bench: SKIPPED $count photographs: $work has $free KiB free, expected $needed (TMPDIR chooses another disk)" >&2
    continue
  fi
  build/bench/bench-multiply "$photographs/train" "$work/data" "$count"
  process $graft train "$work/data" --base "$mobilenet" --cache-dir "$work/cache" --runs "$work/runs" -o "$work/model.graft" --quiet
  row "$count" graft 1 "$seconds" "$(rate "$count" "$seconds")" "$peak" "" "$(du -sk "$work/data" | cut -f 1) KiB of photographs; $(du -sk "$work/cache" | cut -f 1) KiB of cache"
  rm -rf "$work/data" "$work/cache" "$work/runs" "$work/model.graft"
done
bench_end
