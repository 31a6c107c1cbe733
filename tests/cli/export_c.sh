#!/bin/bash
# Models as C source: written, compiled as strictly as compilers can, run beside graft predict; docs/export-c.md's program.
. "$(dirname "$0")/tap.sh"
strict="-std=c99 -Wall -Wextra -Wpedantic -Werror -O2"

three_colours colours
expect 0 "a model to write" train colours --base "$source/tests/cli/data/tiny.h5" --preprocess 01 -o clothes.graft
expect 0 "convert writes C" convert clothes.graft clothes.c
side=$(awk '/_INPUT_HEIGHT/ { print $3; exit }' clothes.h)
awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$source/docs/export-c.md" >main.c
# shellcheck disable=SC2086
[ -s main.c ] && cc $strict main.c clothes.c -lm -o classify >"$scratch/out" 2>"$scratch/err"
result $? "the documentation's program compiles"

# Pictures of the network's size, so that nothing is resized.
mkdir -p exact
for class in red green blue; do
  LC_ALL=C awk -v side="$side" -v class="$class" 'BEGIN {
    printf "P6\n%d %d\n255\n", side, side
    srand(length(class))
    for (i = 0; i < side * side; i++)
      printf "%c%c%c", (class == "red" ? 190 : 50) + int(9 * rand()), (class == "green" ? 190 : 50), (class == "blue" ? 190 : 50)
  }' >"exact/$class.ppm"
done
# same NAME: the program classify's answers for the pictures are those of graft predict
same() {
  local picture
  for picture in exact/*.ppm; do ./classify "$picture"; done >"$scratch/own" 2>"$scratch/err"
  run predict clothes.graft exact --json
  sed 's/.*"label":"\([^"]*\)","probability":\([0-9.e-]*\).*/\1 \2/' "$scratch/out" | paste -d ' ' - "$scratch/own" |
    awk -v most="$1" '$1 != $3 || $2 - $4 > most || $4 - $2 > most { bad = 1; print } END { exit bad || NR != 3 }' >"$scratch/err"
}
same 0.0002
result $? "it answers as graft predict does"
./classify main.c >"$scratch/out" 2>"$scratch/err"
[ $? -eq 1 ]
result $? "it refuses what is no picture"

if command -v g++ >/dev/null; then
  printf '#include "clothes.h"\n#include <cstdio>\n#include <vector>\nint main() {\n  std::vector<unsigned char> rgb(CLOTHES_INPUT_HEIGHT * CLOTHES_INPUT_WIDTH * 3), workspace(CLOTHES_WORKSPACE_BYTES);\n  float output[CLOTHES_CLASSES];\n  clothes_run(rgb.data(), output, workspace.data());\n  std::puts(clothes_labels[0]);\n}\n' >main.cc
  # shellcheck disable=SC2086
  cc $strict -c clothes.c 2>"$scratch/err" && g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror main.cc clothes.o -lm -o plus 2>>"$scratch/err" &&
    [ "$(./plus)" = blue ]
  result $? "C++ includes it"
else
  skip "C++ includes it" "no g++"
fi

# A damaged picture is left out.
printf 'P6 cut' >colours/red/cut.ppm
mkdir eight && expect 0 "convert writes int8" convert clothes.graft eight/clothes.c --precision int8 --calibrate colours
says out '^int8 agrees with float on [0-9]+ of 48 pictures that it was calibrated by .*, outputs differ by [0-9.e-]+ at most$'
result $? "behaviour_29: it tells how both precisions agree, without being asked"
says out 'checked: its program in floats, .*, answered as the network does$'
result $? "behaviour_29: the check is not said to be the integers'"
expect 0 "convert writes int8, told to machines" convert clothes.graft json.c --precision int8 --calibrate colours --json
[ "$(json compared)" = 48 ] && [ "$(json agreement | sed 's/\..*//')" -le 1 ] && json cosine int8_difference >/dev/null
result $? "behaviour_29: --json has the agreement"
mkdir noise && LC_ALL=C awk 'BEGIN { srand(3); for (n = 0; n < 90; n++) { file = sprintf("noise/%02d.ppm", n); print "P3\n20 20\n255" >file
  for (i = 0; i < 1200; i++) print int(256 * rand()) >file; close(file) } }'
run convert clothes.graft noise.c --precision int8 --calibrate noise --max-drop 1 --json
[ "$code" -eq 0 ] && [ "$(json compared)" = 26 ]
result $? "they are compared on pictures that set no scales, where there are more than 64"
# Features of integers are never quite those of floats.
expect 4 "behaviour_29: integers beyond the limit are refused" convert clothes.graft refused.c --layer conv1 --precision int8 --calibrate colours --max-drop 0
says err 'features of int8 have a mean cosine of [0-9.]+ with those of float, further from 1 than --max-drop 0 allows'
result $? "behaviour_29: the refusal says how near they are"
[ ! -e refused.c ] && [ ! -e refused.h ]
result $? "behaviour_29: what is refused is not written"
expect 0 "behaviour_29: within it they are not" convert clothes.graft taken.c --layer conv1 --precision int8 --calibrate colours --json
[ "$(json agreement)" = null ] && [ "$(json compared)" = 48 ]
result $? "behaviour_29: features have no classes to agree on"
for target in no.onnx no.h5 no.graft no.safetensors; do
  expect 2 "int8 is for C source, not $target" convert clothes.graft "$target" --precision int8 --calibrate colours
  [ ! -e "$target" ]
  result $? "and $target is not written in floats instead"
done
expect 2 "floats need no pictures" convert clothes.graft no.c --calibrate colours
expect 2 "--max-drop is a share" convert clothes.graft no.c --precision int8 --calibrate colours --max-drop 2
# shellcheck disable=SC2086
cc $strict -Ieight main.c eight/clothes.c -lm -o classify >"$scratch/out" 2>"$scratch/err" && same 0.1
result $? "int8 answers as graft predict does"
[ "$(awk '/WORKSPACE_BYTES/ { print $3; exit }' eight/clothes.h)" -lt "$(awk '/WORKSPACE_BYTES/ { print $3; exit }' clothes.h)" ]
result $? "int8 needs less memory"

rm colours/red/cut.ppm
expect 2 "int8 without pictures is refused" convert clothes.graft no.c --precision int8
says err '--calibrate'
result $? "the error names --calibrate"
expect 2 "a name without .c is refused" convert clothes.graft no.txt --to c
[ ! -e no.c ] && [ ! -e no.h ] && [ ! -e no.txt ]
result $? "a refusal leaves nothing behind"
expect 0 "names that are no identifiers" convert clothes.graft "3 shirts-v1.c"
# shellcheck disable=SC2086
grep -q 'n3_shirts_v1_run' "3 shirts-v1.h" && cc $strict -c "3 shirts-v1.c" 2>"$scratch/err"
result $? "become identifiers"
finish
