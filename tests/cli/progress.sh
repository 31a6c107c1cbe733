#!/bin/bash
# The bar on a terminal: drawn, kept to one line, cleared at the end; silent with --quiet and on a dumb terminal.
. "$(dirname "$0")/tap.sh"

data=$shared/data/clothing/validation base=$shared/weights/mobilenet_v2_imagenet.h5
if [ ! -d "$data" ] || [ ! -f "$base" ]; then
  skip "the progress bar" "the shared test data is absent: $shared"
  finish
fi
script -qec true "$scratch/raw" >/dev/null 2>&1 && [ -e "$scratch/raw" ] || { skip "the progress bar" "no terminal can be made by script(1) here"; finish; }
mkdir hats && cp -r "$data/hat" "$data/shirt" hats/

# on_terminal COLUMNS OPTIONS...: predicts on a terminal of that width, what it showed goes to $scratch/out.
on_terminal() {
  columns=$1
  shift
  rm -rf "$GRAFT_CACHE_DIR"
  script -qec "stty cols $columns; '$graft' extract hats --base '$base' -o feats.npy -t 1 $*" "$scratch/raw" >/dev/null 2>&1
  sed 1d "$scratch/raw" | tr '\r' '\n' >"$scratch/out"
}
export TERM=xterm
on_terminal 100
says out 'features +\[#*\.*\] +[0-9]+ % +[0-9]+/[0-9]+ +[0-9]+ images/s +[0-9]+:[0-9]+ left +waiting +[0-9]+ %'
result $? "the bar shows share, count, rate, time left and waiting"
awk '/images\/s/ { sub(/\033\[K.*/, ""); if (length > 99) long = 1 } END { exit long }' "$scratch/out"
result $? "the bar stays within the terminal"
tail -n 5 "$scratch/out" | grep -q "$(printf '^\033\\[K')"
result $? "the bar is cleared at the end"
on_terminal 40
awk '/images/ { sub(/\033\[K.*/, ""); if (length > 39) long = 1; seen = 1 } END { exit long || !seen }' "$scratch/out"
result $? "on a narrow terminal too"
on_terminal 100 --quiet
! grep -q 'images/s' "$scratch/out" && says out 'rows'
result $? "--quiet shows no bar"
TERM=dumb on_terminal 100
! grep -q 'images/s' "$scratch/out"
result $? "a dumb terminal gets no bar"
finish
