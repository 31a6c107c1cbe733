#!/bin/sh
# bench/networks.sh [SECONDS [ROUNDS]]: inference of whole networks beside ONNX Runtime and PyTorch, in turn (A B A B).
# Writes bench/results/networks-TIME-COMMIT.csv, prints it and the ratios. Run it alone; peers that are not installed
# (bench/setup-peers.sh) are left out.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-5} rounds=${2:-3}
tools/build.sh build
python=/usr/bin/python3 peers=bench/peers threads=$(nproc)
have_torch=no have_onnx=no
if "$python" -c 'import torch, torchvision' 2>/dev/null; then have_torch=yes; else echo "bench: without PyTorch" >&2; fi
if [ $have_torch = yes ] && [ -d $peers/node_modules/onnxruntime-node ] && command -v node >/dev/null; then have_onnx=yes
else echo "bench: without ONNX Runtime" >&2; fi
have_int8=no
if build/graft doctor --json | grep -q '"int8":true'; then have_int8=yes; else echo "bench: without int8 (no VNNI)" >&2; fi
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
git diff --quiet HEAD 2>/dev/null || commit=$commit-dirty
machine="$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1) x$threads"
results=bench/results/networks-$(date -u +%Y%m%dT%H%M%SZ)-$commit.csv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "network,batch,who,variant,round,images_per_second,machine,commit" >"$results"
row() { # NETWORK BATCH WHO VARIANT ROUND RATE
  echo "$1,$2,$3,$4,$5,$6,$machine,$commit" >>"$results"
  tail -n 1 "$results"
}
graft_rate() { build/graft bench "$1" --batch "$2" --precision "$3" --seconds "$seconds" --json | sed 's/.*"images_per_second":\([0-9.]*\).*/\1/'; }

# network, batch, pixels
while read -r network batch size; do
  if [ $have_onnx = yes ]; then "$python" $peers/export_onnx.py "$network" "$batch" "$size" "$work/$network.onnx" >/dev/null; fi
  round=0
  while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    row "$network" "$batch" graft f32 $round "$(graft_rate "$network.torch" "$batch" f32)"
    if [ $have_int8 = yes ]; then row "$network" "$batch" graft-int8 int8 $round "$(graft_rate "$network.torch" "$batch" int8)"; fi
    if [ $have_onnx = yes ]; then
      row "$network" "$batch" onnxruntime f32 $round "$(node $peers/onnxruntime.mjs "$work/$network.onnx" "$batch" "$size" "$seconds" "$threads")"
    fi
    if [ $have_torch = yes ]; then
      answer=$("$python" $peers/torch_infer.py "$network" "$batch" "$size" "$seconds" "$threads")
      row "$network" "$batch" torch "${answer%,*}" $round "${answer#*,}"
    fi
  done
  rm -f "$work/$network.onnx"
done <<LIST
vgg16 8 224
resnet50 16 224
inception_v3 16 299
mobilenet_v2 32 224
LIST
echo "results: $results"
# The best of each one's rounds, and the ratio of graft's float32 and int8 to it.
awk -F, 'NR > 1 { key = $1 "," $3; if (!(key in best)) order[++count] = key; if ($6 > best[key]) best[key] = $6 }
  END {
    printf "%-14s %-12s %10s %8s %8s\n", "network", "who", "images/s", "graft", "int8"
    for (i = 1; i <= count; i++) {
      split(order[i], part, ",")
      printf "%-14s %-12s %10.1f %7.2fx %7.2fx\n", part[1], part[2], best[order[i]], best[part[1] ",graft"] / best[order[i]],
        best[part[1] ",graft-int8"] / best[order[i]]
    }
  }' "$results"
