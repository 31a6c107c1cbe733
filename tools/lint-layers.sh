#!/bin/sh
# Holds src/layers.txt: a module includes only the modules its line names, and each third-party header
# (tools/third-party.txt) stops in its one module. tools/lint-layers.sh [SOURCE ROOT]
set -eu
cd "${1:-$(dirname "$0")/..}"
here=$(cd "$(dirname "$0")" && pwd)
find src -name '*.[ch]' -o -name '*.def' | sort | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
awk -v layers=src/layers.txt -v third="$here/third-party.txt" '
  BEGIN {
    while ((getline line < layers) > 0) {
      if (line ~ /^#/ || line !~ /:/) continue
      module = line; sub(/:.*/, "", module); known[module] = 1
      count = split(substr(line, length(module) + 2), names, " ")
      for (i = 1; i <= count; i++) allowed[module, names[i]] = 1
      allowed[module, module] = 1
    }
    while ((getline line < third) > 0) {
      if (line ~ /^#/ || line == "") continue
      split(line, field, " "); owner[field[1]] = field[2]
    }
  }
  {
    split($0, part, ":"); file = part[1]; place = part[1] ":" part[2]
    module = file; sub(/^src\//, "", module)
    sub(/\/.*/, "", module)
    if (!(module in known)) { print place ": module " module " is not in " layers; bad = 1; next }
    if (match($0, /"[^"]+"/)) {
      target = substr($0, RSTART + 1, RLENGTH - 2)
      to = target; if (to !~ /\//) to = module; sub(/\/.*/, "", to)
      if (!((module, to) in allowed)) {
        print place ": " module " must not include \"" target "\" (" layers " does not allow " to ")"; bad = 1
      }
    } else if (match($0, /<[^>]+>/)) {
      target = substr($0, RSTART + 1, RLENGTH - 2)
      for (prefix in owner)
        if (index(target, prefix) == 1 && owner[prefix] != module) {
          print place ": <" target "> belongs to module " owner[prefix] " alone"; bad = 1
        }
    }
  }
  END { exit bad }'
