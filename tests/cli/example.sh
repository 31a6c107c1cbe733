#!/bin/bash
# examples/ built with pkg-config against an installed copy, and run.
. "$(dirname "$0")/tap.sh"

# Installed below a folder of its own, as packagers do.
DESTDIR=$scratch/root meson install -C "$build" --no-rebuild --quiet >"$scratch/out" 2>"$scratch/err"
result $? "meson install"
pc=$(find "$scratch/root" -name graft.pc | head -n 1)
export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$scratch/root
[ -n "$pc" ] && [ "$(pkg-config --modversion graft)" = "$("$graft" --version | awk '{ print $2 }')" ]
result $? "pkg-config knows graft"
# shellcheck disable=SC2046
cc -std=c11 -Wall -Wextra -Werror "$source/examples/train_and_predict.c" $(pkg-config --cflags --libs graft) -o example 2>"$scratch/err"
result $? "the example compiles against the installed copy"
library=$(dirname "$(find "$scratch/root" -name 'libgraft.so' | head -n 1)")
three_colours colours
LD_LIBRARY_PATH=$library ./example "$source/tests/cli/data/tiny.h5" colours colours/green/003.ppm >"$scratch/out" 2>"$scratch/err"
[ $? -eq 0 ] && says out 'accuracy' && says out 'green'
result $? "the example trains and predicts"
LD_LIBRARY_PATH=$library ./example "$source/tests/cli/data/tiny.h5" missing colours/green/003.ppm >"$scratch/out" 2>"$scratch/err"
[ $? -eq 3 ] && says err 'missing'
result $? "the example tells an error"
program=$(find "$scratch/root" -name graft -type f -perm -u+x | head -n 1)
"$program" --version >"$scratch/out" 2>"$scratch/err"
result $? "the installed program finds its library"
nm -D --defined-only "$library/libgraft.so" | awk '$2 ~ /[TDBR]/ { sub(/@.*/, "", $3); print $3 }' | sort >"$scratch/exported"
grep -ohE '\bgraft_[a-z0-9_]+\(' "$source"/include/graft/*.h | tr -d '(' | sort -u >"$scratch/declared"
[ -z "$(comm -23 "$scratch/exported" "$scratch/declared")" ]
result $? "the shared library exports its public functions alone"
finish
