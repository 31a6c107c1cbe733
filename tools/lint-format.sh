#!/bin/sh
# The layout is clang-format's: `make format` writes it.
set -u
cd "$(dirname "$0")/.." || exit 1
command -v clang-format >/dev/null || { echo "lint: clang-format is missing (tools/setup.sh tools/packages-lint.txt)" >&2; exit 1; }
find src include tests examples bench -name '*.[ch]' | sort | xargs clang-format --dry-run --Werror
