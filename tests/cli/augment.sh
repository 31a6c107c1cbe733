#!/bin/bash
# graft augment: the sheet, its repetition, and what is refused.
. "$(dirname "$0")/tap.sh"

picture=$source/tests/golden/pictures/orientation-6.jpg
expect 0 "a sheet with every default" augment "$picture" -o a.png
[ "$(head -c 4 a.png | tail -c 3)" = PNG ]
result $? "the sheet is a PNG"
expect 0 "the same again, on one thread" augment "$picture" -o b.png --threads 1
cmp -s a.png b.png
result $? "the same seed gives the same bytes, whatever the threads"
expect 0 "another seed" augment "$picture" -o b.png --seed 1
! cmp -s a.png b.png
result $? "another seed gives other views"
for word in $("$graft" list augmentations | awk '{ print $1 }'); do
  expect 0 "--augment $word" augment "$picture" -o b.png --augment "$word" --views 3 --size 32
done
expect 0 "no augmentation" augment "$picture" -o b.png --augment none --views 1
expect 2 "a sheet without a name" augment "$picture"
expect 2 "a misspelt word" augment "$picture" -o c.png --augment "flip rotat:10"
says err 'word 2, "rotat:10" at character 6: .*did you mean "rotate"\?'
result $? "a misspelt word gets its place and the nearest"
expect 2 "a word with control characters" augment "$picture" -o c.png --augment "$(printf 'a\033[31mb')"
! grep -q "$(printf '\033')" "$scratch/err"
result $? "control characters are not repeated"
expect 2 "too many views" augment "$picture" -o c.png --views 401
expect 2 "too large a size" augment "$picture" -o c.png --size 100000
expect 3 "a picture that does not exist" augment none.jpg -o c.png
expect 3 "a file that is no picture" augment "$source/meson.build" -o c.png
says err 'meson.build: not a picture'
result $? "a file that is no picture is named"
expect 3 "a folder that does not exist" augment "$picture" -o none/c.png
[ ! -e c.png ]
result $? "nothing is written after a failure"
finish
