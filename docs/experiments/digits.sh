#!/bin/sh
# A tenth of the digits 6 and 8, by CSV: raw pixels, deep features, and deep features whose rows lost their order.
# usage: digits.sh GRAFT DIGITS.csv NETWORK FOLDER     (DIGITS.csv: a column "label", then 784 pixels)
set -eu
graft=$1 digits=$2 network=$3 out=$4
mkdir -p "$out"
rows=$(($(wc -l <"$digits") / 10))
head -n $((rows + 1)) "$digits" >"$out/tenth.csv"

"$graft" crossval "$out/tenth.csv" --label label | tail -n 4 | tee "$out/raw.txt"
"$graft" extract "$out/tenth.csv" --label label --base "$network" -o "$out/deep.npy"
"$graft" crossval "$out/deep.npy" | tail -n 4 | tee "$out/deep.txt"
"$graft" compare "$out/tenth.csv" --label label --base "$network" --arms raw,random_frozen,frozen \
    --sizes 3 --report "$out/compare.html" | tee "$out/compare.txt"

# The same features beside a table in another order: what a shuffling generator or a dropped batch does.
{
    head -n 1 "$out/tenth.csv"
    tail -n +2 "$out/tenth.csv" | awk '{ a[NR] = $0 } END { srand(1); for (i = NR; i > 1; i--) { j = int(rand() * i) + 1;
        t = a[i]; a[i] = a[j]; a[j] = t } for (i = 1; i <= NR; i++) print a[i] }'
} >"$out/shuffled.csv"
cp "$out/deep.npy" "$out/alone.npy"
"$graft" compare "$out/shuffled.csv" --label label --features "$out/alone.npy" --sizes 1 | tee "$out/shuffled.txt"
