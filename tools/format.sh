#!/bin/sh
# Lays out every C file.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh tools/packages-lint.txt
find src include tests examples bench -name '*.[ch]' | sort | xargs clang-format -i
