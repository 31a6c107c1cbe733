#!/bin/bash
# behaviour_34: the commands of the README and of docs/ run as they are written: every block fenced as sh, line by line. Blocks without
# a language speak of data that a reader may have.
. "$(dirname "$0")/tap.sh"

if [ ! -d "$shared/data/clothing" ]; then
  skip "commands of the documentation" "the shared test data is absent: $shared"
  finish
fi
# The commands speak of ../shared, as seen from a checkout.
mkdir work && ln -s "$(realpath "$shared")" shared && cd work || exit 1
PATH=$(dirname "$graft"):$PATH
for page in README.md $(cd "$source" && ls docs/*.md); do
  awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside && NF && !/^#/' "$source/$page" >"$scratch/commands"
  while IFS= read -r line; do
    bash -e -o pipefail -c "$line" >"$scratch/out" 2>"$scratch/err" </dev/null
    result $? "$page: $line"
  done <"$scratch/commands"
done
[ "$count" -gt 6 ]
result $? "there were commands to run"
finish
