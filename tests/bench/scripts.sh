#!/bin/bash
# The benchmarks' scripts are well-formed, their small programs run, and the tables say what the figures say.
# scripts.sh SOURCE_ROOT BUILD_ROOT
set -u
root=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
report() { # NAME; after the checked command
  local code=$?
  number=$((number + 1))
  if [ $code = 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; fi
}
echo "1..10"

all_parse() {
  local script
  for script in "$root"/bench/*.sh; do sh -n "$script" || return 1; done
}
all_parse
report "every script parses"

head_fit() { "$build/bench/bench-head-fit" "$@"; }
head_fit make "$work/features" 120 300 3 && head_fit fit "$work/features" 120 300 3 0.1 >"$work/fitted" &&
  [ "$(stat -c %s "$work/features")" = $((120 * 300 * 4)) ] &&
  awk -F, 'NF == 4 && $2 > 0 && $3 > 0 && $3 < 0.1 * 120 * log(3) && $4 > 0 { good = 1 } END { exit !good }' "$work/fitted"
report "a head fits better than guessing"
! head_fit fit "$work/features" 121 300 3 2>"$work/error" && grep -q 'fewer rows' "$work/error"
report "too few features are an error"

mkdir -p "$work/from/a" "$work/from/b"
printf 'P6 40 30 255\n%s' "$(head -c 3600 /dev/zero | tr '\0' 'q')" >"$work/from/a/one.ppm"
printf 'P6 30 40 255\n%s' "$(head -c 3600 /dev/zero | tr '\0' 'w')" >"$work/from/b/two.ppm"
"$build/bench/bench-multiply" "$work/from" "$work/to" 7 && [ "$(find "$work/to/a" -type f | wc -l)" = 4 ] &&
  [ "$(find "$work/to/b" -type f | wc -l)" = 3 ] && cmp -s "$work/from/b/two.ppm" "$work/to/b/00000004.jpg"
report "photographs multiply, alike in all classes"
[ "$(find "$work/to" -type f -exec cksum {} + | cut -d ' ' -f 1,2 | sort -u | wc -l)" = 7 ]
report "no two of them alike"

[ "$("$build/bench/measure" --output "$work/said" sh -c 'echo words; exit 3' | cut -d , -f 3)" = 3 ] &&
  [ "$(cat "$work/said")" = words ]
report "a measured process' exit code and words are kept"

mkdir "$work/results"
columns=suite,case,who,run,seconds,per_second,peak_mib,score,detail,machine,commit
{
  echo $columns
  echo "jobs,j,graft,1,3,,50,0.5,,m,c"
  echo "jobs,j,graft,2,2,,50,0.5,,m,c"
  echo "jobs,j,graft,3,1,,50,0.5,,m,c"
  echo "jobs,j,peer,1,9,,2000,0.5,,m,c"
} >"$work/results/jobs-2.csv"
sed 's/,peer,1,9,/,peer,1,7,/' "$work/results/jobs-2.csv" >"$work/results/jobs-1.csv"
printf 'before\n<!-- bench jobs -->\nold\n<!-- end bench -->\n<!-- bench train -->\nstays\n<!-- end bench -->\nafter\n' >"$work/page.md"
"$root/bench/table.sh" "$work/results" "$work/page.md" && grep -q '^| j | graft | 2.00 | 50.0 | 0.5 | |$' "$work/page.md" &&
  grep -q '^| j | peer | 9.00 | 2,000 | 0.5 | 4.50 x |$' "$work/page.md" && ! grep -q '^old$' "$work/page.md" &&
  grep -q '^stays$' "$work/page.md" && [ "$(tail -n 1 "$work/page.md")" = after ]
report "tables hold medians and ratios of the newest figures"
cp "$work/page.md" "$work/again.md"
"$root/bench/table.sh" "$work/results" "$work/again.md" && cmp -s "$work/page.md" "$work/again.md"
report "writing them again changes nothing"
head -n 1 "$work/results/jobs-2.csv" >"$work/results/jobs-3.csv"
"$root/bench/table.sh" "$work/results" "$work/again.md" && cmp -s "$work/page.md" "$work/again.md"
report "a file that was broken off before its first row changes nothing"
echo "job,seconds" >"$work/results/jobs-3.csv"
! "$root/bench/table.sh" "$work/results" "$work/again.md" 2>/dev/null && cmp -s "$work/page.md" "$work/again.md"
report "a file of other columns is refused, the page kept"
