#!/bin/sh
# bench/page.sh [REPORT.html]: how large a report is, and how long a browser takes to open it. Without a REPORT, that of a
# training on the 3,409 photographs of ../shared. Needs tools/setup-page.sh; no suite of bench/run.sh.
set -eu
. "$(dirname "$0")/common.sh"
tools/setup-page.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/graft-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
report=${1:-}
if [ -z "$report" ]; then
  tools/build.sh build
  program=$(realpath $graft) data=$(realpath "$photographs") base=$(realpath "$mobilenet")
  (cd "$work" && "$program" train "$data" --base "$base" --fine-tune none >&2)
  report=$(echo "$work"/runs/*/report.html)
fi
browser=${GRAFT_CHROMIUM:-$(command -v chromium || command -v chromium-browser)}
NODE_PATH=${GRAFT_PAGE:-tests/page}/node_modules node tests/page/opens.cjs "$browser" "$(realpath "$report")" "$rounds" >"$work/figures"
read -r bytes load first all pictures requests <"$work/figures"
echo "$report: $bytes bytes, $pictures pictures, $requests request"
echo "seconds, median of $rounds: loaded $load, first chart drawn $first, all sections seen and all charts drawn $all"
awk -v bytes="$bytes" -v load="$load" 'BEGIN { exit !(bytes < 25e6 && load < 2) }' ||
  { echo "expected below 25 MB and 2 s" >&2; exit 1; }
