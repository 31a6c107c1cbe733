#!/bin/sh
# A top of one's own on a network whose first layers stay frozen while the rest learns with the top; beside it the same
# top with all of the network frozen. The tutorials do it to VGG16 with its first 15 layers frozen: Keras counts layers
# with those that have no weights, and the 15th is block4_pool, so that block5 learns.
# usage: own-top.sh GRAFT DATA NETWORK LAYER FOLDER     (layers up to LAYER are frozen: block4_pool for VGG16)
set -eu
graft=$1 data=$2 network=$3 layer=$4 out=$5
mkdir -p "$out"
top="gap dense:256:relu dropout:0.5 dense"
"$graft" train "$data" --base "$network" --head "$top" --freeze "until:$layer" --augment flip --views 2 --epochs 5 --runs "$out/rest"
"$graft" train "$data" --base "$network" --head "$top" --epochs 5 --runs "$out/frozen"
for arm in rest frozen; do
    echo "== $arm"
    cat "$out/$arm"/*/history.csv
done
