#!/bin/sh
# The main job on a fresh machine: install what is missing, build, train on photographs, say where the report lies.
set -eu
cd "$(dirname "$0")/.."
shared=${GRAFT_SHARED:-../shared}
photographs=$shared/data/clothing
weights=$shared/weights/mobilenet_v2_imagenet.h5
if [ ! -d "$photographs" ] || [ ! -f "$weights" ]; then
  cat >&2 <<EOF
make run needs photographs and a pretrained network, and this tree carries neither yet:
  $photographs   a folder with train/ and validation/, one folder a class inside
                 (such as the repository alexeygrigorev/clothing-dataset-small, CC0)
  $weights       MobileNetV2 with ImageNet weights, a whole model saved by Keras
                 (keras.applications.MobileNetV2().save("mobilenet_v2_imagenet.h5"))
Put them there, or name a folder that holds data/ and weights/ in GRAFT_SHARED.
EOF
  exit 1
fi
tools/setup.sh
echo "building"
tools/build.sh build
echo "using the photographs in $photographs and the weights in $weights"
exec build/graft train "$photographs" --base "$weights" -o clothes.graft
