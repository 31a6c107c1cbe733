#!/bin/sh
# Every public header compiles alone, as C11 and as C++, with every warning; every internal header compiles alone.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0
for header in include/graft/*.h; do
  name=${header#include/}
  printf '#include <%s>\n' "$name" | gcc -std=c11 -Iinclude -Wall -Wextra -Wpedantic -Wconversion -Wstrict-prototypes -Werror -fsyntax-only -x c - || status=1
  if command -v g++ >/dev/null; then
    printf '#include <%s>\n' "$name" | g++ -std=c++11 -Iinclude -Wall -Wextra -Werror -fsyntax-only -x c++ - || status=1
  fi
done
find src -name '*.h' | sort | while read -r header; do
  printf '#include "%s"\n' "${header#src/}" | gcc -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Wall -Wextra -Werror -fsyntax-only -x c - || exit 1
done || status=1
exit $status
