#!/bin/sh
# The lint passes on the tree and fails on every planted violation: a check that cannot fail checks nothing.
set -u
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
expect() { # WANTED(pass|fail) NAME SCRIPT [TEXT]
  wanted=$1 name=$2 script=$3 text=${4:-}
  number=$((number + 1))
  output=$("$work/tree/tools/$script" "$work/tree" 2>&1) && got=pass || got=fail
  if [ "$got" = "$wanted" ] && { [ -z "$text" ] || printf '%s\n' "$output" | grep -q -e "$text"; }; then
    echo "ok $number - $name"
  else
    echo "not ok $number - $name"
    printf '%s\n' "$output" | sed 's/^/# /'
  fi
}
fresh() {
  rm -rf "$work/tree"
  mkdir "$work/tree"
  cp -r "$root/src" "$root/include" "$root/tools" "$root/examples" "$work/tree/"
}
plant() { # FILE TEXT
  fresh
  printf '%s\n' "$2" >>"$work/tree/$1"
}
echo "1..12"
fresh
expect pass "the layers hold" lint-layers.sh
expect pass "the library's rules hold" lint-library-rules.sh
expect pass "the sizes hold" lint-sizes.sh
plant src/base/hash.c '#include "tensor/tensor.h"'
expect fail "a lower module must not include a higher one" lint-layers.sh "base must not include"
plant src/stats/knn.c '#include "formats/container.h"'
expect fail "siblings must not include each other" lint-layers.sh "stats must not include"
plant src/nn/graph.c '#include <jansson.h>'
expect fail "a dependency stops in its module" lint-layers.sh "belongs to module json alone"
plant src/cli/main.c '#include "base/error.h"'
expect fail "the command line includes public headers alone" lint-layers.sh "cli must not include"
plant src/nn/graph.c 'void planted(void) { exit(1); }'
expect fail "library code must not exit" lint-library-rules.sh "must not exit"
plant src/nn/graph.c 'void planted(void) { printf("x"); }'
expect fail "library code must not print" lint-library-rules.sh "must not exit"
plant src/nn/graph.c 'static int planted_count;'
expect fail "no writable variables at file scope" lint-library-rules.sh "no writable"
plant src/nn/graph.c "$(awk 'BEGIN { for (i = 0; i < 800; i++) print "/* x */" }')"
expect fail "no file over 700 lines" lint-sizes.sh "700 is the limit"
plant src/nn/graph.c "$(printf 'void planted(void) {\n'; awk 'BEGIN { for (i = 0; i < 120; i++) print "    x();" }'; printf '}\n')"
expect fail "no function over 100 lines" lint-sizes.sh "100 is the limit"
