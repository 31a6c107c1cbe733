# Sourced by the tests of the command line: TAP, a scratch folder, pictures. Arguments of every test:
# GRAFT (the program), SOURCE (the source tree), BUILD (the build tree).
set -u
export LC_ALL=C.UTF-8
graft=$(realpath "$1") source=$(realpath "$2") build=$(realpath "$3")
# The build's own run paths must do.
unset LD_LIBRARY_PATH
shared=${GRAFT_SHARED:-$source/../shared}
count=0
failures=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/graft-cli-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
export GRAFT_CACHE_DIR=$scratch/cache
cd "$scratch" || exit 1
unset XDG_CACHE_HOME

# result STATUS NAME: one TAP line; what the last command said is shown when it failed.
result() {
  count=$((count + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $count - $2"
  else
    failures=$((failures + 1))
    echo "not ok $count - $2"
    for stream in out err; do
      [ -s "$scratch/$stream" ] && head -n 20 "$scratch/$stream" | sed "s/^/# $stream: /"
    done
  fi
}
skip() {
  count=$((count + 1))
  echo "ok $count - $1 # SKIP $2"
  echo "SKIPPED: $1: $2" >&2
}
finish() {
  echo "1..$count"
  [ "$failures" -eq 0 ]
  exit
}

# run ARGUMENTS...: the program, its exit code in $code, its streams in $scratch/out and $scratch/err.
run() {
  "$graft" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  code=$?
}
# expect CODE NAME ARGUMENTS...: runs and checks the exit code; a failure must be told in exactly one line.
expect() {
  wanted=$1 name=$2
  shift 2
  run "$@"
  [ "$code" -eq "$wanted" ] && { [ "$wanted" -eq 0 ] || one_error; }
  result $? "$name"
}
# The failure's line, which is all there is on stderr besides warnings.
one_error() {
  [ "$(grep -vc '^graft: warning: ' "$scratch/err")" -eq 1 ] && grep -q '^graft: ' "$scratch/err"
}
# says STREAM PATTERN: does the last run's stream have a line with the extended pattern?
says() {
  grep -qE -- "$2" "$scratch/$1"
}
# json KEY...: the last run's standard output is JSON line for line, and every line has the keys; prints the values.
json() {
  "$build/tests/cli/json-check" "$@" <"$scratch/out"
}

# pictures FOLDER CLASS COUNT RED GREEN BLUE SEED: noisy pictures of about one colour, as text PNM.
pictures() {
  mkdir -p "$1/$2"
  awk -v folder="$1/$2" -v count="$3" -v r="$4" -v g="$5" -v b="$6" -v seed="$7" '
    function noisy(value) { value = int(value + 120 * (rand() - 0.5)); return value < 0 ? 0 : value > 255 ? 255 : value }
    BEGIN {
      srand(seed)
      for (i = 0; i < count; i++) {
        file = sprintf("%s/%03d.ppm", folder, i)
        print "P3\n24 20\n255" >file
        for (k = 0; k < 480; k++) print noisy(r), noisy(g), noisy(b) >file
        close(file)
      }
    }'
}
# three_colours FOLDER: 16 pictures each of red, green and blue.
three_colours() {
  pictures "$1" red 16 200 60 60 1
  pictures "$1" green 16 60 200 60 2
  pictures "$1" blue 16 60 60 200 3
}
# grey_classes FOLDER: 12 pictures each of two grey classes: stripes that lie and stripes that stand, in noise.
grey_classes() {
  mkdir -p "$1/lying" "$1/standing"
  awk -v folder="$1" 'BEGIN {
    srand(7)
    for (i = 0; i < 24; i++) {
      file = sprintf("%s/%s/%02d.pgm", folder, i % 2 ? "standing" : "lying", i)
      print "P2\n20 20\n255" >file
      for (y = 0; y < 20; y++) for (x = 0; x < 20; x++) print int(90 + 60 * (int((i % 2 ? x : y) / 3) % 2) + 60 * (rand() - 0.5)) >file
      close(file)
    }
  }'
}
