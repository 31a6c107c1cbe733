#!/bin/sh
# Configures (once) and builds: tools/build.sh DIR [MESON OPTIONS...].
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
shift
if [ ! -f "$folder/build.ninja" ]; then
  meson setup "$folder" "$root" "$@" >"$folder.setup.log" 2>&1 || { cat "$folder.setup.log" >&2; exit 1; }
  rm -f "$folder.setup.log"
fi
ninja -C "$folder" >"$folder/build.log" 2>&1 || { tail -n 60 "$folder/build.log" >&2; exit 1; }
