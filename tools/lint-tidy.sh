#!/bin/sh
# clang-tidy with .clang-tidy, and the warnings of both compilers as errors: a build with clang beside gcc's.
set -u
cd "$(dirname "$0")/.." || exit 1
tools/setup.sh tools/packages.txt tools/packages-lint.txt || exit 1
CC=clang tools/build.sh build-clang || exit 1
find src examples -name '*.c' | sort | xargs -P "$(nproc)" -n 8 clang-tidy -p build-clang --quiet 2>/dev/null | grep -E 'warning:|error:' && exit 1
exit 0
