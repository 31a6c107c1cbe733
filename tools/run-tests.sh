#!/bin/sh
# The whole test suite: once as released, once under AddressSanitizer and UndefinedBehaviorSanitizer.
# The last line is "N passed, N failed, N skipped", counted over single tests.
set -u
cd "$(dirname "$0")/.." || exit 1
tools/setup.sh || exit 1
tools/build.sh build || exit 1
# gcc guesses at values less well among the sanitizers' checks: its warnings are held by the plain builds.
tools/build.sh build-asan -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false || exit 1
status=0
for folder in build build-asan; do
  echo "== $folder"
  meson test -C "$folder" --no-rebuild --print-errorlogs --num-processes "$(nproc)" || status=1
done
tools/count-tests.sh build build-asan || status=1
exit $status
