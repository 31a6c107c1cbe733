#!/bin/bash
# Data that are no folders of pictures: MNIST's IDX files and tables, from check to prediction.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
settings=(--base "$base" --preprocess 01 --image-size 32)

# bytes NUMBER...: these bytes on standard output.
bytes() {
  LC_ALL=C awk 'BEGIN { for (i = 1; i < ARGC; i++) printf "\\%03o", ARGV[i] }' "$@" | xargs -0 printf '%b'
}
# pixels COUNT SEED: grey pictures of 8x8, a number a line: dark ones, then light ones, in turns.
pixels() {
  awk -v count="$1" -v seed="$2" 'BEGIN {
    srand(seed)
    for (i = 0; i < count; i++) for (k = 0; k < 64; k++) print int((i % 2) * 120 + rand() * 120)
  }'
}
# idx FOLDER NAME COUNT SEED: images and labels.
idx() {
  { bytes 0 0 8 3 0 0 0 "$3" 0 0 0 8 0 0 0 8; pixels "$3" "$4" | xargs printf '\\%03o' | xargs -0 printf '%b'; } \
    >"$1/$2-images-idx3-ubyte"
  { bytes 0 0 8 1 0 0 0 "$3"; awk -v count="$3" 'BEGIN { for (i = 0; i < count; i++) printf "\\%03o", i % 2 }' |
    xargs -0 printf '%b'; } >"$1/$2-labels-idx1-ubyte"
}

mkdir mnist
idx mnist train 60 1
idx mnist t10k 20 2
[ "$(stat -c %s mnist/train-images-idx3-ubyte)" -eq 3856 ]
result $? "the generated files have their size"
gzip -k mnist/t10k-images-idx3-ubyte && rm mnist/t10k-images-idx3-ubyte
run check mnist
[ "$code" -eq 0 ] && says out '^files +80$' && says out '^train-images-idx3-ubyte: 60 grey pictures of 8x8; t10k-images-idx3-ubyte.gz: 20 '
result $? "check reads IDX files, plain and packed, and says as what"
run check mnist --json
[ "$code" -eq 0 ] && [ "$(json files sound quarantined ignored | tr '\n' ' ')" = "80 80 0 0 " ] && json layout >/dev/null
result $? "check --json of IDX files"
run train mnist "${settings[@]}" -o mnist.graft
[ "$code" -eq 0 ] && says out '^accuracy +1\.0000 on test .*20 pictures' && grep -q 'base64,/9j/' runs/mnist-1/report.html
result $? "train on IDX files tests on t10k and shows pictures in its report"
grep -q '"path": *"train/00017"' runs/mnist-1/manifest.json
result $? "the manifest names samples by their place in the file"
printf 'dark\nlight\n' >names.txt
run train mnist "${settings[@]}" --classes names.txt -o named.graft
run evaluate named.graft mnist --json
[ "$code" -eq 0 ] && [ "$(json classes)" = '["dark","light"]' ]
result $? "--classes names the labels of IDX files"
[ "$(json accuracy)" = 1.0 ] && says err "its labels are numbers: taken as places"
result $? "and a model with names takes the numbers as places"
run extract mnist/train-images-idx3-ubyte "${settings[@]}" -o f.npy
[ "$code" -eq 0 ] && [ "$(sed -n 2p f.csv | tr -d "\r")" = "0,train/00000,0" ]
result $? "one images file is data, too"
head -c 3000 mnist/train-images-idx3-ubyte >cut && cp cut mnist/train-images-idx3-ubyte
expect 3 "an images file that is cut short" check mnist
says err 'cut short'
result $? "and why it is refused"

{ echo "label,$(seq -s, 0 63 | sed 's/[0-9]*/p&/g')"
  pixels 60 3 | paste -sd "$(printf ',%.0s' {1..63})\n" | awk '{ print (NR % 2 ? "\"dark, or so\"" : "light") "," $0 }'; } >table.csv
run check table.csv --label label
[ "$code" -eq 0 ] && says out '^files +60$' && says out 'class from column label, the other 64 as grey pictures of 8x8' && says out '^dark, or so '
result $? "check reads a table of pixels"
run train table.csv --label label "${settings[@]}" -o table.graft
[ "$code" -eq 0 ] && run evaluate table.graft table.csv --label label --json && [ "$(json n accuracy | tr '\n' ' ')" = "60 1.0 " ]
result $? "train and evaluate on a table"
run extract table.csv --label label "${settings[@]}" -o t.npy
[ "$code" -eq 0 ] && grep -q '^59,table.csv/00059,light' t.csv
result $? "extract from a table"
expect 2 "a table without --label" check table.csv
says err 'its columns: label, p0'
result $? "and its columns are listed"
sed '17s/,[0-9]*,/,,/' table.csv >broken.csv
expect 3 "an empty cell" check broken.csv --label label
says err 'broken.csv: line 17, column 2 \(p0\): received ""'
result $? "and where it is"

three_colours colours
{ printf '\xef\xbb\xbffile,colour\r\n'; (cd colours && ls -d ./*/*.ppm) | sed 's|^\./\(.*\)/\(.*\)|"colours/\1/\2",\1\r|'; } >files.csv
run check files.csv --label colour
[ "$code" -eq 0 ] && says out '^files +48$' && says out 'class from column colour, paths from column file'
result $? "check reads a table of paths"
run check colours --json
json classes per_split >/dev/null 2>&1
json classes >of-folder && run check files.csv --label colour --json && json classes >of-table && cmp -s of-folder of-table
result $? "which splits as the same pictures in folders do"
finish
