#!/bin/sh
# With 5, 20 and 50 labelled pictures a class of Fashion-MNIST: what does graft-s know of clothes that raw pixels do not tell?
# Ten draws of training pictures, all 10,000 test pictures; prints the rows of the table in README.md.
# usage: fashion-mnist.sh GRAFT DATA FOLDER [NETWORK]     (DATA: a folder with the four IDX files; NETWORK: graft-s if none)
set -eu
graft=$1 data=$2 out=$3
mkdir -p "$out"
"$graft" compare "$data" ${4:+--base "$4"} --per-class "${SIZES:-5,20,50}" --held "${HELD:-0}" --folds "${DRAWS:-10}" \
    --arms raw,scratch,random_frozen,frozen --scratch small --epochs 30 --diagnose never \
    --report "$out/compare.html" >"$out/compare.txt"

# The table by samples, as it stands in the text, and the intervals with all of them.
awk '/^accuracy by training samples$/ { inside = 1; next }
  inside && NF == 0 { exit }
  inside { printf "|"; for (i = 1; i <= NF; i++) printf " %s |", $i; print ""
    if (++rows == 1) { printf "|"; for (i = 1; i <= NF; i++) printf "---|"; print "" } }' "$out/compare.txt"
printf '\n| with all of them | accuracy | 95 %% interval of the draws |\n|---|---|---|\n'
awk '$4 == "to" && $1 ~ /^(raw|scratch|random_frozen|frozen)$/ { printf "| %s | %s | %s to %s |\n", $1, $2, $3, $5 }' "$out/compare.txt"
sed -n '/^verdict/,/^$/p' "$out/compare.txt"
