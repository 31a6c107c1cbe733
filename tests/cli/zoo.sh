#!/bin/bash
# graft summary of every architecture that graft list names, for people and for programs.
. "$(dirname "$0")/tap.sh"

"$graft" list archs >"$scratch/list"
names=$(awk '/^[a-z]/ { print $1 }' "$scratch/list")
rows=$(grep -E '^[[:space:]]*(GRAFT_ARCH|KERAS|TORCH|EFFICIENTNET|SMALL)[(]"' "$source/src/zoo/archs.def" | grep -vc '" name')
[ "$(echo "$names" | wc -l)" -eq "$rows" ] && [ "$rows" -ge 56 ]
result $? "list archs names all $rows rows of the table"

# More parameters than layers, and more multiplications than parameters of convolutions: no row is empty.
for name in $names; do
  run summary "$name"
  [ "$code" -eq 0 ] && [ ! -s "$scratch/err" ] && [ "$(wc -l <"$scratch/out")" -gt 10 ] &&
    run summary "$name" --json && [ "$code" -eq 0 ] &&
    json parameters multiply_adds input layers >"$scratch/values" &&
    [ "$(sed -n 1p "$scratch/values")" -gt 50000 ] && [ "$(sed -n 2p "$scratch/values")" -gt 1000000 ] &&
    sed -n 3p "$scratch/values" | grep -qE '^\[3,[0-9]+,[0-9]+\]$'
  result $? "summary $name"
done
expect 3 "summary of a name of the registry says how its weights come" summary vgg16.keras.imagenet --models-dir nothing
says err 'graft models pull vgg16.keras.imagenet'
result $? "and their name"
finish
