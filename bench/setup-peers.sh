#!/bin/sh
# Installs what graft is measured against; never needed otherwise.
set -eu
cd "$(dirname "$0")/.."
tools/setup.sh bench/packages-peers.txt
# ONNX Runtime, for benchmarks and for the tests that let it run what graft writes; its CPU build is all they need.
if command -v npm >/dev/null; then
  npm install --prefix bench/peers --no-audit --no-fund --onnxruntime-node-install-cuda=skip onnxruntime-node@1.22
else
  echo "npm is absent: ONNX Runtime is left out" >&2
fi
