#!/bin/sh
# The main job on a fresh machine: install what is missing, build, and show on real pictures what transfer is worth: a
# head on graft-s, with 5, 20 and 50 labelled pictures of each of ten kinds of clothes, beside the same head on raw pixels
# and a network trained from scratch on the same pictures. Ends with the report's path and a line for each of the three.
# But for what apt installs nothing is fetched.
#
# Variables: GRAFT (a program that is built already: nothing is installed nor built), DATA (a folder of IDX files, in
# place of the Debian package's), SIZES, HELD and DRAWS (labelled pictures a class, test pictures, draws), RUNS.
set -eu
cd "$(dirname "$0")/.."
graft=${GRAFT:-build/graft}
data=${DATA:-/usr/share/datasets/fashion-mnist}
shared=${GRAFT_SHARED:-../shared}
sizes=${SIZES:-5,20,50} held=${HELD:-2000} draws=${DRAWS:-3} runs=${RUNS:-runs}

has_pictures() { [ -e "$data/train-images-idx3-ubyte.gz" ] || [ -e "$data/train-images-idx3-ubyte" ]; }
loud() {
  printf '\n' >&2
  sed 's/^/*** /' >&2
  printf '\n' >&2
}

if [ -z "${GRAFT:-}" ]; then
  tools/setup.sh
  has_pictures || [ -n "${DATA:-}" ] || tools/setup.sh tools/packages-run.txt || true
  echo "building"
  tools/build.sh build
fi

# Photographs of one's own do where the package's cannot be had.
if ! has_pictures; then
  loud <<EOF
No pictures in $data: the Debian package dataset-fashion-mnist has them.
EOF
  if [ ! -d "$shared/data/clothing" ]; then
    echo "run: no pictures to show anything on: install dataset-fashion-mnist, or name a folder of IDX files in DATA" >&2
    exit 1
  fi
  echo "using the photographs in $shared/data/clothing"
  if "$graft" models path graft-s >/dev/null 2>&1; then
    exec "$graft" train "$shared/data/clothing" -o clothes.graft
  fi
  exec "$graft" train "$shared/data/clothing" --base "$shared/weights/mobilenet_v2_imagenet.h5" -o clothes.graft
fi

# The network that comes with graft; another where one lies; else what can be shown without any.
arms=raw,scratch,frozen network=graft-s
if "$graft" models path graft-s >/dev/null 2>&1; then
  set --
elif [ -f "$shared/weights/mobilenet_v2_imagenet.h5" ]; then
  loud <<EOF
graft-s, the network that comes with graft, is missing (assets/backbones/graft-s.safetensors):
MobileNetV2 of $shared/weights stands in for it.
EOF
  set -- --base "$shared/weights/mobilenet_v2_imagenet.h5" --image-size 96
  network=MobileNetV2
else
  loud <<EOF
graft-s, the network that comes with graft, is missing (assets/backbones/graft-s.safetensors), and so
is another: NOTHING IS TRANSFERRED below, you see what the pictures give alone. tools/train-backbone.sh
makes the file; "graft models pull mobilenet_v2" brings another network, for --base mobilenet_v2.
EOF
  set -- --base none
  arms=raw,scratch network=
fi

number=1
mkdir -p "$runs"
until mkdir "$runs/first-run-$number" 2>/dev/null; do
  number=$((number + 1))
  [ "$number" -lt 10000 ] || { echo "run: no folder can be made in $runs" >&2; exit 1; }
done
run=$runs/first-run-$number
echo "learning from $sizes labelled pictures a class of $data, none of which repeats a test picture"
"$graft" compare "$data" "$@" --per-class "$sizes" --held "$held" --folds "$draws" --arms "$arms" --scratch small \
  --epochs 30 --diagnose never --report "$run/compare.html" >"$run/compare.txt"

# "arm  accuracy  low to high  what  seconds": a line each.
say() { # ARM NAME
  awk -v arm="$1" -v name="$2" '$1 == arm && $4 == "to" {
    printf "%-52s %5.1f %%  (95 %%: %.1f to %.1f)\n", name, 100 * $2, 100 * $3, 100 * $5 }' "$run/compare.txt"
}
most=${sizes##*,}
echo
sed -n '/^accuracy by training samples$/,/^$/p' "$run/compare.txt"
echo "right answers on test pictures with $most labelled pictures a class, mean of $draws draws; all of it in"
echo "report: $run/compare.html"
[ -z "$network" ] || say frozen "transfer: a head on $network"
say raw "the same head on raw pixels"
say scratch "a small network trained from scratch"
