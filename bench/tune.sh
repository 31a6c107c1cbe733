#!/bin/sh
# bench/tune.sh: what src/dnn/algorithms.def is made from. Measures every problem's convolutions directly and by
# Winograd's algorithm in one pinned thread (bench-kernels), prints the gain for each shape and writes the figures to
# bench/results/kernels-TIME-COMMIT.csv. A machine at rest is best; the least of many runs bears some company.
set -eu
cd "$(dirname "$0")/.."
tools/build.sh build
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
results=bench/results/kernels-$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
build/bench/bench-kernels --batches "${1:-1,4}" bench/problems/*.txt >"$results"
awk -F, 'NR > 1 { key = $1 " x" $2; if (!(key in seen)) { seen[key] = 1; order[++count] = key }
    if (!((key, $3) in least) || $6 < least[key, $3]) least[key, $3] = $6 }
  END { for (i = 1; i <= count; i++) if ((order[i], "winograd") in least)
    printf "%-44s direct %8.3f ms, winograd %8.3f ms: %.2fx\n", order[i], least[order[i], "direct"], least[order[i], "winograd"],
      least[order[i], "direct"] / least[order[i], "winograd"] }' "$results"
echo "results: $results"
