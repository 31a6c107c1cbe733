#!/bin/bash
# Does transfer help? graft compare, and what holds fine-tuning back.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
three_colours "$scratch/colours"
settings=(--base "$base" --preprocess 01 --image-size 32 --folds 2 --sizes 2 --epochs 1 --c 0.01)

run compare colours "${settings[@]}" --fine-tune last:1 --scratch small --diagnose never --report page.html
[ "$code" -eq 0 ] && says out '^verdict +(none|positive|negative)$' && says out '^finetuned +[01]\.[0-9]{4} ' &&
  says out '^random_frozen ' && says out '^  higher start ' && says out '^accuracy by epochs$'
result $? "compare prints arms, curves, factors and a verdict"
grep -q 'Accuracy by training samples' page.html && ! grep -qE '(src|href)="https?:' page.html
result $? "compare --report writes a page that fetches nothing"

run compare colours "${settings[@]}" --arms raw,frozen --diagnose always --json
[ "$code" -eq 0 ] && json arms start slope asymptote verdict p_value causes remedies words >/dev/null &&
  says out '"name":"preprocessing","state":"(no|possible|yes)"' && says out '"name":"rate","state":"unknown"'
result $? "compare --json has the keys that programs rely on, and the causes"

run extract colours --base "$base" --preprocess 01 --image-size 32 -o deep.npy
cp deep.npy alone.npy
run compare colours --features alone.npy --folds 2 --sizes 1 --c 0.01 --arms raw,frozen
[ "$code" -eq 0 ] && says out '^frozen +[01]\.[0-9]{4} '
result $? "compare takes features made elsewhere"
awk 'NR == 1 { print; next } { line[NR] = $0 } END { for (i = NR; i > 1; i--) print line[i] }' deep.csv >turned.csv
cp deep.npy turned.npy
run compare colours --features turned.npy --folds 2 --sizes 1 --c 0.01 --arms raw,frozen --diagnose always
[ "$code" -eq 0 ] && says out '^  rows +CAUSE .* not in the same order'
result $? "a table beside the features that disagrees is a cause"

expect 2 "compare without anything to transfer from" compare colours --base none
says err -- '--base'
result $? "the message says what is needed"
expect 2 "an arm that does not exist" compare colours "${settings[@]}" --arms raw,frosted
expect 2 "an arm that needs a network" compare colours --features deep.npy --arms raw,finetuned
expect 3 "features of other data" compare "$source/tests/cli/data" --features deep.npy

run train colours --base "$base" --preprocess 01 --image-size 32 -o first.graft
run finetune first.graft colours --unfreeze last:2 --epochs 2 --regularize "l2-sp:0.01 bss"
[ "$code" -eq 0 ]
result $? "finetune --regularize"
run finetune first.graft colours --unfreeze all --epochs 1 --regularize delta
[ "$code" -eq 0 ]
result $? "finetune --regularize delta"
expect 2 "a regulariser that does not exist" finetune first.graft colours --regularize l2-sq
says err 'did you mean "l2-sp"'
result $? "the nearest one is named"
run list regularizers
[ "$code" -eq 0 ] && [ "$(wc -l <"$scratch/out")" -eq 3 ]
result $? "list regularizers"
finish
