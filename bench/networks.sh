#!/bin/sh
# bench/networks.sh [SECONDS]: inference of whole networks beside ONNX Runtime and PyTorch, in turn (A B A B). Peers
# that are not installed (bench/setup-peers.sh) are left out.
set -eu
. "$(dirname "$0")/common.sh"
bench_begin networks
seconds=${1:-4} threads=$(nproc)
[ -z "$quick" ] || seconds=1
torch=no onnx=no
if have_python torch torchvision; then torch=yes; fi
if [ $torch = yes ] && [ -d $peers/node_modules/onnxruntime-node ] && command -v node >/dev/null; then onnx=yes
else echo "bench: without ONNX Runtime" >&2; fi
int8=no
if $graft doctor --json | grep -q '"int8":true'; then int8=yes; else echo "bench: without int8 (no VNNI)" >&2; fi
graft_rate() { # NETWORK BATCH PRECISION
  $graft bench "$1" --batch "$2" --precision "$3" --seconds "$seconds" --json | sed 's/.*"images_per_second":\([0-9.]*\).*/\1/'
}

# network, batch, pixels
while read -r network batch size; do
  [ -z "$quick" ] || [ "$network" = mobilenet_v2 ] || continue
  if [ $onnx = yes ]; then "$python" $peers/export_onnx.py "$network" "$batch" "$size" "$work/$network.onnx" >/dev/null; fi
  run=0
  while [ $run -lt "$rounds" ]; do
    run=$((run + 1))
    row "$network-$batch" graft $run "" "$(graft_rate "$network.torch" "$batch" f32)" "" ""
    if [ $int8 = yes ]; then row "$network-$batch" graft-int8 $run "" "$(graft_rate "$network.torch" "$batch" int8)" "" ""; fi
    if [ $onnx = yes ]; then
      node $peers/onnxruntime.mjs "$work/$network.onnx" "$batch" "$size" "$seconds" "$threads" >"$work/rate"
      row "$network-$batch" onnxruntime $run "" "$(cat "$work/rate")" "" ""
    fi
    if [ $torch = yes ]; then
      "$python" $peers/torch_infer.py "$network" "$batch" "$size" "$seconds" "$threads" >"$work/rate"
      row "$network-$batch" torch $run "" "$(cut -d , -f 2 "$work/rate")" "" "" "$(cut -d , -f 1 "$work/rate")"
    fi
  done
  rm -f "$work/$network.onnx"
done <<LIST
vgg16 8 224
resnet50 16 224
inception_v3 16 299
mobilenet_v2 32 224
LIST
bench_end
