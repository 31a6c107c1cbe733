#!/bin/bash
# docs/cli.md shows the helps as they are. `GRAFT_WRITE_DOCS=1 tests/cli/docs.sh build/graft . build` writes them.
. "$(dirname "$0")/tap.sh"

page=$source/docs/cli.md
# A block follows a line "<!-- help VERB -->" and lies between two fences.
awk -v graft="$graft" '
  /^<!-- help [a-z-]+ -->$/ { verb = $3; print; getline; print; inside = 1
    command = graft " help " verb
    while ((command | getline line) > 0) print line
    close(command); next }
  inside && /^```$/ { inside = 0 }
  !inside { print }' "$page" >"$scratch/page"
[ -n "${GRAFT_WRITE_DOCS:-}" ] && cp "$scratch/page" "$page"
diff -u "$page" "$scratch/page" >"$scratch/out"
result $? "docs/cli.md shows the helps as they are"
for verb in $("$graft" list verbs | awk '$1 != "help" { print $1 }'); do
  grep -qx "<!-- help $verb -->" "$page"
  result $? "docs/cli.md has graft $verb"
done
finish
