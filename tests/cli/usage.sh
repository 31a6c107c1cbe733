#!/bin/bash
# Helps, typos, wrong arguments, streams that cannot be written.
. "$(dirname "$0")/tap.sh"

run --help
[ "$code" -eq 0 ] && says out '^  train ' && [ ! -s "$scratch/err" ]
result $? "graft --help lists the verbs"
run --version
[ "$code" -eq 0 ] && says out '^graft [0-9]+\.[0-9]+\.[0-9]+$'
result $? "graft --version"
run
[ "$code" -eq 2 ] && one_error && [ ! -s "$scratch/out" ]
result $? "no verb is a usage error"

for verb in $("$graft" list verbs | awk '{ print $1 }'); do
  run "$verb" --help
  [ "$code" -eq 0 ] && says out "^Usage: graft $verb" && [ ! -s "$scratch/err" ]
  result $? "graft $verb --help"
  cp "$scratch/out" "$scratch/by-option"
  run help "$verb"
  [ "$code" -eq 0 ] && cmp -s "$scratch/out" "$scratch/by-option"
  result $? "graft help $verb says the same"
  run "$verb" --no-such-option-at-all
  [ "$code" -eq 2 ] && one_error && says err "^graft: $verb: no option --no-such-option-at-all"
  result $? "graft $verb refuses an unknown option"
  awk 'length > 110 { long = 1 } END { exit long }' "$scratch/by-option"
  result $? "graft $verb --help fits a terminal"
done

run train --help
says out 'default 5' && says out '2\.\.20' && says out 'squash\|crop\|pad'
result $? "help shows defaults, ranges and choices"

expect 2 "a misspelt verb" trian data
says err 'did you mean train\?'
result $? "a misspelt verb gets the nearest"
expect 2 "a misspelt option" train data --bsae x.h5
says err 'did you mean --base\?'
result $? "a misspelt option gets the nearest"
expect 2 "a verb unlike any" xyzzyqqq
says err 'graft --help'
result $? "a verb unlike any points at the help"
expect 2 "an option before the verb" --json check data
expect 2 "a missing operand" check
says err 'usage: graft check DATA'
result $? "a missing operand shows the usage"
expect 2 "a superfluous operand" check a b
says err '"b"'
result $? "a superfluous operand is named"
expect 2 "an option without its value" train data --base
expect 2 "a flag with a value" check data --json=yes
expect 2 "a number out of range" train data --base x.h5 --folds 300
says err 'folds.*300.*2.*20'
result $? "a number out of range says what is allowed"
expect 2 "a word for a number" train data --base x.h5 --folds=many
expect 2 "a choice that does not exist" train data --base x.h5 --fit stretch
says err 'squash'
result $? "a choice that does not exist says which do"
expect 2 "extract without an output" extract data --base x.h5
expect 2 "plot without an output" plot vgg16
expect 2 "plot of a kind that does not exist" plot vgg16 -o net.bmp
says err '\.svg'
result $? "plot of a kind that does not exist says which do"
expect 2 "a gate that cannot be read" evaluate m d --require 'acc=>0.9'
expect 2 "a gate on a figure that does not exist" evaluate m d --require 'f1>=0.9'
says err 'acc, top5, loss, ece'
result $? "a gate on a figure that does not exist says which do"
expect 2 "a thread count out of range" doctor --threads 100000

expect 3 "a file called like an option, after --" check -- --json
says err '^graft: check: .*--json'
result $? "-- ends the options"
expect 3 "a folder that is missing" check no/such/folder
says err 'no/such/folder'
result $? "a folder that is missing is named"
expect 3 "a model that is missing" evaluate missing.graft .
expect 3 "a network that is missing" summary missing.h5
mkdir -p "$scratch/empty"
expect 3 "an empty folder" check "$scratch/empty"
printf 'x' >"$scratch/file"
expect 3 "an output below a file" extract . --base x.h5 -o "$scratch/file/feats.npy"
expect 3 "a drawing below a file" plot vgg16 -o "$scratch/file/net.svg"
expect 3 "an output that is a folder" extract . --base x.h5 -o "$scratch/empty"
run check "$(printf 'new\nline\033[31m')"
[ "$code" -eq 3 ] && one_error && ! grep -q "$(printf '\033')" "$scratch/err"
result $? "a hostile name cannot write escapes or lines to the terminal"

run doctor
[ "$code" -eq 0 ] && says out '^threads +[0-9]+' && says out '^cache +/' && says out '^memory '
result $? "doctor tells threads, cache and memory"
run doctor --json --threads 2
[ "$code" -eq 0 ] && [ "$(json threads)" = 2 ] && json version cpu cpu_features cores memory_bytes libraries >/dev/null
result $? "doctor --json"
run doctor -t3 --json
[ "$(json threads)" = 3 ]
result $? "short options take their value at once"
run doctor --no-cache --json
[ "$code" -eq 0 ] && [ "$(json cache)" = null ]
result $? "doctor --no-cache has no cache"
run env
GRAFT_CACHE_DIR='' XDG_CACHE_HOME=$scratch/xdg "$graft" doctor --json >"$scratch/out" 2>"$scratch/err"
[ "$(json cache)" = "\"$scratch/xdg/graft\"" ]
result $? "the cache goes below XDG_CACHE_HOME"
GRAFT_CACHE_DIR=$scratch/own "$graft" doctor --json --cache-dir "$scratch/option" >"$scratch/out" 2>"$scratch/err"
[ "$(json cache)" = "\"$scratch/option\"" ]
result $? "--cache-dir wins over the environment"

for kind in $("$graft" list | awk '{ print $1 }'); do
  run list "$kind" --json
  [ "$code" -eq 0 ] && json kind name help >"$scratch/values"
  result $? "graft list $kind"
done
expect 2 "a kind that does not exist" list opz
says err 'did you mean ops\?'
result $? "a kind that does not exist gets the nearest"

if [ -w /dev/full ]; then
  "$graft" --help >/dev/full 2>"$scratch/err"
  code=$?
  [ "$code" -eq 3 ] && one_error && says err 'No space left'
  result $? "a result that cannot be written is exit code 3"
  "$graft" doctor --json >/dev/full 2>"$scratch/err"
  [ $? -eq 3 ] && one_error
  result $? "so is JSON that cannot be written"
else
  skip "a result that cannot be written" "no /dev/full"
fi
"$graft" doctor >&- 2>"$scratch/err"
[ $? -eq 3 ] && one_error
result $? "so is a closed standard output"
("$graft" list ops; echo $? >"$scratch/code") 2>"$scratch/err" | head -n 1 >/dev/null
[ ! -s "$scratch/err" ]
result $? "a reader that leaves early is no error to tell"

# What libgomp takes from its environment each time it is loaded; without libgomp nothing is shown.
spins() { OMP_DISPLAY_ENV=verbose "$@" 2>&1 >/dev/null | sed -n "s/.*GOMP_SPINCOUNT = '\([0-9]*\)'.*/\1/p" | tail -n 1; }
unset GOMP_SPINCOUNT OMP_WAIT_POLICY
if [ -n "$(spins "$graft" --version)" ]; then
  [ "$(spins "$graft" train --help)" = 1000 ]
  result $? "threads that train spin briefly when they wait"
  [ "$(spins "$graft" --version)" != 1000 ]
  result $? "other verbs do not begin twice"
  [ "$(spins env GOMP_SPINCOUNT=77 "$graft" train --help)" = 77 ] &&
    [ "$(spins env OMP_WAIT_POLICY=active "$graft" train --help)" -gt 1000 ]
  result $? "what the user says about waiting counts"
else
  skip "how threads wait" "no libgomp"
fi
finish
