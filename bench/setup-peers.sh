#!/bin/sh
# Installs what graft is measured against; never needed otherwise.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh bench/packages-peers.txt
if command -v npm >/dev/null; then
  npm install --prefix bench/peers --no-save onnxruntime-node@1.22 --onnxruntime-node-install-cuda=skip
else
  echo "setup-peers: npm is missing, so ONNX Runtime is left out" >&2
fi
