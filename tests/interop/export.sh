#!/bin/bash
# export.sh EXPORT_SAMPLES SOURCE: other programs load what graft wrote and compute the same. GRAFT_PYTHON: a Python with
# h5py, PyTorch and torchvision; GRAFT_TFJS: a folder with node_modules/@tensorflow/tfjs (npm install --prefix FOLDER
# @tensorflow/tfjs@4.22.0). Skips what is not there, loudly.
set -u
samples=$1 here=$2/tests/interop
python=${GRAFT_PYTHON:-/usr/bin/python3} tfjs=${GRAFT_TFJS:-$2/../tfjs}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/graft-interop-XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
failures=0
echo 1..5

# one NUMBER NAME COMMAND...
one() {
  number=$1 name=$2
  shift 2
  if "$@" >"$scratch/out" 2>&1; then
    echo "ok $number - $name"
  else
    failures=1
    echo "not ok $number - $name"
  fi
  tail -n 20 "$scratch/out" | sed 's/^/# /'
}
skip() {
  echo "ok $1 - $2 # SKIP $3"
  echo "SKIPPED: $2: $3" >&2
}

one 1 "samples are written" "$samples" "$scratch"
if "$python" -c 'import h5py, torch' 2>/dev/null; then
  one 2 "Keras' layers, run from the file's configuration" "$python" "$here/keras_run.py" "$scratch"
else
  skip 2 "Keras' layers, run from the file's configuration" "no $python with h5py and torch"
fi
if "$python" -c 'import torchvision' 2>/dev/null; then
  one 3 "torchvision takes the state_dict strictly" "$python" "$here/torch_run.py" "$scratch"
else
  skip 3 "torchvision takes the state_dict strictly" "no $python with torchvision"
fi
if [ -s "$scratch/resnet18.torch.pth" ]; then
  one 4 "graft reads what PyTorch saved of them" "$samples" "$scratch" read
else
  skip 4 "graft reads what PyTorch saved of them" "PyTorch saved nothing"
fi
if [ -d "$tfjs/node_modules/@tensorflow/tfjs" ] && command -v node >/dev/null &&
  "$python" -c 'import h5py' 2>/dev/null; then
  one 5 "TensorFlow.js loads and runs the layers it has" sh -c '
    "$1" "$2/tfjs_files.py" "$3" && node "$2/tfjs_run.cjs" "$3" "$4"' sh "$python" "$here" "$scratch" "$tfjs"
else
  skip 5 "TensorFlow.js loads and runs the layers it has" "no node, h5py or $tfjs/node_modules/@tensorflow/tfjs"
fi
exit $failures
