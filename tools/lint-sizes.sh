#!/bin/sh
# Prints the ten longest files and functions; refuses a file over 700 lines, a function over 100, and a median file of
# 200 lines or more.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
sources=$(find src include examples -name '*.[ch]' | sort)
files() { wc -l $sources | grep -v ' total$' | sort -rn; }
# clang-format lays a function out with its head from column 0, "{" at a line's end and "}" alone at column 0.
functions() {
  awk '
    FNR == 1 || /^}/ { if (FNR > 1 && open) print FNR - start + 1, FILENAME ":" start, name; open = 0; head = "" }
    open { next }
    /^[A-Za-z_]/ { head = $0; start = FNR }
    /^[ \t]/ && head != "" { head = head $0 }
    head ~ /[)] [{]$/ { name = head; sub(/[(].*/, "", name); sub(/.*[ *]/, "", name); open = 1 }
  ' $sources | sort -rn
}
echo "longest files:"
files | head -n 10
echo "longest functions:"
functions | head -n 10
files | awk '
  $1 > 700 { print $2 ": " $1 " lines, 700 is the limit"; bad = 1 }
  { lines[NR] = $1 }
  END { median = lines[int((NR + 1) / 2)]; print "median file: " median " lines"; exit bad || median >= 200 }' &&
functions | awk '$1 > 100 { print $2 ": " $3 " has " $1 " lines, 100 is the limit"; bad = 1 } END { exit bad }'
