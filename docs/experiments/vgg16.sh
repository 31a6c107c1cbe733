#!/bin/sh
# VGG16 with its first 15 layers frozen and a top of one's own. (Keras counts layers with those that have no weights:
# 15 of them end with block4_conv3's pool, so that block5 learns.)
# usage: vgg16.sh GRAFT DATA VGG16 FOLDER     (VGG16: its weights, such as Keras' vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5)
set -eu
graft=$1 data=$2 network=$3 out=$4
mkdir -p "$out"
"$graft" train "$data" --base "$network" --arch vgg16 --head "gap dense:256:relu dropout:0.5 dense" \
    --freeze until:block4_pool --epochs 5 --runs "$out/runs" | tee "$out/vgg16.txt"
