# What the benchmarks share; each begins with: . "$(dirname "$0")/common.sh"; bench_begin SUITE
# Every figure is a row of bench/results/SUITE-TIME-COMMIT.csv, whose columns are the same for all suites:
#   suite,case,who,run,seconds,per_second,peak_mib,score,detail,machine,commit
# What was not measured is empty; `score` is an accuracy or a loss. Environment: BENCH_ROUNDS (how often each pair is
# measured, 3), BENCH_QUICK=1 (a trial of the script: few photographs, short runs, results under build/bench/results),
# BENCH_RESULTS (folder), GRAFT_SHARED (data and weights, ../shared). Run alone: another program falsifies every figure.
# shellcheck shell=sh
cd "$(dirname "$0")/.." || exit 1
rounds=${BENCH_ROUNDS:-3}
quick=${BENCH_QUICK:-}
shared=${GRAFT_SHARED:-../shared}
photographs=$shared/data/clothing
mobilenet=$shared/weights/mobilenet_v2_imagenet.h5
python=/usr/bin/python3
peers=bench/peers
graft=build/graft
measure=build/bench/measure
columns=suite,case,who,run,seconds,per_second,peak_mib,score,detail,machine,commit

bench_commit() {
  hash=$(git rev-parse --short HEAD 2>/dev/null || echo none)
  git diff --quiet HEAD -- . ':!bench/results' ':!docs' 2>/dev/null || hash=$hash-dirty
  echo "$hash"
}

# bench_begin SUITE: builds; names and opens the results; $work is a folder that goes when the script ends
bench_begin() {
  suite=$1
  tools/build.sh build
  if [ -n "$quick" ]; then
    rounds=${BENCH_ROUNDS:-1}
    results=${BENCH_RESULTS:-build/bench/results}
  else
    results=${BENCH_RESULTS:-bench/results}
  fi
  commit=$(bench_commit)
  machine="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1 | tr -d ',') x$(nproc)"
  mkdir -p "$results"
  results=$results/$suite-$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
  work=$(mktemp -d "${TMPDIR:-/tmp}/graft-bench.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  echo "$columns" >"$results"
}

bench_end() {
  echo "results: $results"
}

# bench_skip WHY: nothing to measure here; the suites that follow go on
bench_skip() {
  echo "bench: SKIPPED $suite: $1" >&2
  rm -f "$results"
  exit 0
}

need() { # FILE...
  for need in "$@"; do
    [ -e "$need" ] || bench_skip "needs $need"
  done
}

have_python() { # MODULE...
  for module in "$@"; do
    "$python" -c "import $module" 2>/dev/null || { echo "bench: without $module (bench/setup-peers.sh)" >&2; return 1; }
  done
}

# row CASE WHO RUN SECONDS PER_SECOND PEAK_MIB SCORE [DETAIL]: one line of the table
row() {
  echo "$suite,$1,$2,$3,$4,$5,$6,$7,$(printf %s "${8:-}" | tr ',\n' '; '),$machine,$commit" >>"$results"
  tail -n 1 "$results"
}

# process COMMAND...: sets $seconds and $peak (MiB) of the whole process; what it says lies in $work/said. A command that
# fails ends the benchmark: a job that was not done is not a fast one.
process() {
  figures=$("$measure" --output "$work/said" "$@")
  seconds=${figures%%,*}
  code=${figures##*,}
  peak=$(echo "$figures" | awk -F, '{ printf "%.1f", $2 / 1024 }')
  if [ "$code" != 0 ]; then
    echo "bench: exit code $code: $*" >&2
    cat "$work/said" >&2
    exit 1
  fi
}

# rate COUNT SECONDS
rate() {
  awk -v n="$1" -v s="$2" 'BEGIN { if (s > 0) printf "%.2f", n / s }'
}

count_pictures() { # FOLDER
  find -L "$1" -name '*.jpg' | wc -l
}

# subset FROM TO COUNT: links to COUNT of the photographs in FROM, spread over the classes as the whole is
subset() {
  find -L "$1" -name '*.jpg' | sort |
    awk -v n="$3" '{ line[NR] = $0 } END { for (i = 0; i < n && i < NR; i++) print line[int(i * NR / (n < NR ? n : NR)) + 1] }' |
    while read -r file; do
      class=$(basename "$(dirname "$file")")
      mkdir -p "$2/$class"
      ln -s "$(realpath "$file")" "$2/$class/"
    done
}
