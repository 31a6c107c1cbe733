#!/bin/sh
# Counts single tests (TAP lines) in the logs of the build folders given. A program that crashed or ran out of time
# without a "not ok" line of its own counts as one failure. Fails when anything failed or nothing ran.
set -eu
for folder in "$@"; do
  cat "$folder/meson-logs/testlog.txt"
done | awk '
  /^=+ [0-9]+\/[0-9]+ =+$/ { failed_here = 0 }
  /^ok .*# SKIP/ { skipped++; next }
  /^ok / { passed++ }
  /^not ok / { failed++; failed_here++ }
  /^result: +(exit status|killed)/ || /^==+ .* (FAIL|TIMEOUT) ==/ { }
  /^(Fail|Timeout|Unexpected Pass): +[0-9]+/ { broken += $NF }
  END {
    if (broken > failed) failed = broken
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0 || passed == 0
  }'
