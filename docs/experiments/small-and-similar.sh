#!/bin/sh
# Few photographs that are like what the network knows: five classes of about 200. Freeze it, or train more of it?
# usage: small-and-similar.sh GRAFT CLOTHING NETWORK FOLDER     (CLOTHING: a folder with one folder a class)
set -eu
graft=$1 data=$2 network=$3 out=$4
mkdir -p "$out/photographs"
for class in dress pants shirt shoes shorts; do
    mkdir -p "$out/photographs/$class"
    find "$data/$class" -type f | sort | head -n 200 | while read -r file; do
        ln -sf "$file" "$out/photographs/$class/"
    done
done
"$graft" compare "$out/photographs" --base "$network" --fine-tune last:3 --epochs 3 --sizes 2 --folds 3 \
    --scratch small --report "$out/compare.html" | tee "$out/compare.txt"
