#!/bin/sh
# Everything a reviewer should not have to say. Each check prints what to change; all run before the verdict.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0
for check in layers library-rules sizes headers format tidy; do
  tools/lint-$check.sh || { echo "lint: $check failed" >&2; status=1; }
done
[ $status = 0 ] && echo "lint: clean"
exit $status
