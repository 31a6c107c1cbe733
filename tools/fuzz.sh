#!/bin/sh
# Builds the fuzz targets with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer and runs each for SECONDS:
# tools/fuzz.sh [SECONDS [TARGET...]]; without arguments 60 seconds each. Findings stay in build-fuzz/findings/TARGET.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
tools/setup.sh tools/packages.txt tools/packages-lint.txt tools/packages-fuzz.txt
CC=clang tools/build.sh build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
for target in "$@"; do
  findings=build-fuzz/findings/$target
  mkdir -p "$findings/corpus"
  echo "== $target: $seconds s"
  build-fuzz/tests/fuzz/fuzz-"$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$findings/" "$findings/corpus" tests/fuzz/corpus/"$target" 2>"$findings/log" ||
    { tail -n 30 "$findings/log"; exit 1; }
  grep -E 'number_of_executed_units|peak_rss_mb' "$findings/log"
done
