#!/bin/bash
# Names that try to be markup, in the report and on the terminal.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
three_colours "$scratch/data"
mv data/red 'data/<script>alert("1")'
mv 'data/<script>alert("1")/000.ppm' "data/<script>alert(\"1\")/\"><img src=x onerror=alert(2)>.ppm"
mv data/green/000.ppm "$(printf 'data/green/\033[31mred\xff\n.ppm')"
mv data/blue "$(printf 'data/blue\033[0m')"
run train data --base "$base" --preprocess 01 --image-size 32
[ "$code" -eq 3 ] && one_error && ! grep -q "$(printf '\033')" "$scratch/err"
result $? "a class folder with control characters is refused without repeating them"
mv "$(printf 'data/blue\033[0m')" 'data/<b> & "blue"'
run train data --base "$base" --preprocess 01 --image-size 32
[ "$code" -eq 0 ]
result $? "classes and files may be called anything"
! grep -q '<script>alert\|<img src=x' runs/data-1/report.html && grep -q '&lt;script&gt;alert(&quot;1&quot;)' runs/data-1/report.html
result $? "the report escapes names"
! grep -q "$(printf '\033')" runs/data-1/report.html "$scratch/out"
result $? "no escape reaches the report or the terminal"
iconv -f UTF-8 -t UTF-8 runs/data-1/report.html >/dev/null
result $? "the report is UTF-8"
cp runs/data-1/log.jsonl "$scratch/out" && json event >/dev/null
result $? "log.jsonl is JSON"
run train data --base "$base" --preprocess 01 --image-size 32 --json
[ "$code" -eq 0 ] && json event >/dev/null
result $? "train --json is JSON"
finish
