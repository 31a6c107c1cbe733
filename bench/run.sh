#!/bin/sh
# make bench: bench/run.sh [--quick] [--rounds N] [SUITE...]. Without a SUITE all of them: jobs, head, decode, train, pretrain,
# recurrent, networks, scale, gan. Each writes bench/results/SUITE-TIME-COMMIT.csv; bench/table.sh then writes the newest of each into
# docs/performance.md. --quick tries the scripts on little data and leaves bench/results and docs alone.
# All of it takes about three quarters of an hour on two cores, half of that the jobs and the curve of scale; --rounds 1 takes half
# an hour. A suite that fails is named at the end and keeps no other from its turn. Run it alone: another program on the same
# cores falsifies every figure.
set -eu
cd "$(dirname "$0")/.."
while [ $# -gt 0 ]; do
  case $1 in
  --quick) export BENCH_QUICK=1 ;;
  --rounds) export BENCH_ROUNDS="${2:?--rounds needs a number}" && shift ;;
  -*) echo "usage: bench/run.sh [--quick] [--rounds N] [jobs|head|decode|train|pretrain|recurrent|networks|scale]..." >&2 && exit 2 ;;
  *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || set -- jobs head decode train pretrain recurrent networks scale gan
for suite in "$@"; do
  [ -f "bench/$suite.sh" ] || { echo "bench: no suite $suite" >&2; exit 2; }
done
tools/setup.sh
failed=
for suite in "$@"; do
  begun=$(date +%s)
  "bench/$suite.sh" || failed="$failed $suite"
  echo "bench: $suite took $(($(date +%s) - begun)) s"
done
if [ -n "${BENCH_QUICK:-}" ]; then bench/table.sh "${BENCH_RESULTS:-build/bench/results}"
else bench/table.sh "${BENCH_RESULTS:-bench/results}" docs/performance.md; fi
[ -z "$failed" ] || { echo "bench: failed:$failed" >&2; exit 1; }
