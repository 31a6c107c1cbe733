#!/bin/bash
# Makes assets/backbones/graft-s.safetensors, its hash in the registry and its card, from public pictures and a public
# teacher; what is made of the finished passes is tools/adopt-backbone.sh's.
#
#   tools/train-backbone.sh PICTURES TEACHER [WORK]
#
# PICTURES  a folder of folders of pictures, however deep: each folder that holds at least two becomes a class of the
#           training pictures. Ours was made of (all for research; ImageNet's pictures may not be handed on)
#             Tiny-ImageNet-200, 100,000 at 64 px         https://github.com/seshuad/IMagenet
#             miniImageNet, 60,000 at 84 px               https://github.com/Deo0330/split_minidataset
#             Imagenette v2, 13,394 at 224 px             https://github.com/thunderInfy/imagenette
#             Caltech-101, 9,144 at about 300 px          https://github.com/MachineLearning2020/Homework2-Caltech101
#             PACS, 9,991 at 227 px                       https://github.com/MachineLearning2020/Homework3-PACS
#             one picture of each class of ImageNet       https://github.com/EliSchwartz/imagenet-sample-images
#           Tiny-ImageNet-200 alone will do.
# TEACHER   mobilenet_v2_imagenet.h5, or any network that --teacher takes together with LAYERS
# WORK      where runs and caches lie (default: backbone-work); about 30 GB for 200,000 pictures
#
# It may be killed at any time: started again with the same arguments it goes on where the last checkpoint stood.
# Variables: GRAFT (build/graft), LAYERS (of the teacher), FIRST (sizes and epochs of the first pass, 64x4:96x2), SECOND
# (epochs of the second pass at 128 px, 3; 0: none), CLOTHING (a data set to measure the transfer on; skipped when it is not there).
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
pictures=$(realpath "$1") teacher=$(realpath "$2") work=$(realpath -m "${3:-backbone-work}")
graft=$(realpath "${GRAFT:-build/graft}")
layers=${LAYERS:-out_relu,block_16_expand_relu}
clothing=${CLOTHING:-../shared/data/clothing}
# Threads that wait sleep: a program beside this one then costs its share and no more (docs/performance.md).
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
cache=(--cache-dir "$work/cache" --cache-limit 60G)

# PICTURES as graft reads it: links, a class a folder. Every 20th picture of a class is held back.
arrange() {
  [ -e "$work/data/done" ] && return
  rm -rf "$work/data"
  mkdir -p "$work/data"
  find -L "$pictures" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' \) | LC_ALL=C sort |
    awk -v root="$pictures/" -v out="$work/data" '
      { folder = $0; sub(/\/[^\/]*$/, "", folder); sub(/\/images$/, "", folder)
        class = substr(folder "/", length(root) + 1); sub(/\/$/, "", class); gsub(/[\/ ]/, "_", class)
        if (class == "") class = "pictures"
        count[class]++; path[class, count[class]] = $0 }
      END { for (class in count) {
          if (count[class] < 2) continue
          for (i = 1; i <= count[class]; i++)
            printf "%s\t%s/%s/%s\t%07d\n", path[class, i], out, i % 20 == 0 ? "validation" : "train", class, i } }' |
    while IFS=$'\t' read -r file folder number; do
      [ -d "$folder" ] || mkdir -p "$folder"
      ln -s "$file" "$folder/$number.${file##*.}"
    done
  # A class needs pictures in both: what is too small to have any held back is no class of its own.
  for folder in "$work"/data/train/*/; do
    name=$(basename "$folder")
    [ -d "$work/data/validation/$name" ] && continue
    mkdir -p "$work/data/train/others"
    for link in "$folder"*; do mv "$link" "$work/data/train/others/$name-$(basename "$link")"; done
    rmdir "$folder"
  done
  touch "$work/data/done"
}

# pass NAME OPTIONS...: a run of distilling, begun or gone on with.
pass() {
  name=$1 run=$work/$1/data-1
  shift
  [ -e "$work/$name.done" ] && return
  if [ -e "$run/checkpoints" ]; then
    "$graft" distill "$work/data" "${cache[@]}" --resume "$run"
  else
    rm -rf "${work:?}/$name"
    "$graft" distill "$work/data" "${cache[@]}" --runs "$work/$name" --teacher "$teacher" --teacher-size 160 \
      --layers "$layers" --arch graft-s --augment "crop:0.35,1 flip brightness:0.2 saturation:0.2" --batch 64 \
      --lr 0.0015 --weight-decay 0.05 --ema 0.999 --clip 5 --labels 0.2 --checkpoint-steps 300 --store f16 --seed 1 "$@"
  fi
  touch "$work/$name.done"
}

mkdir -p "$work"
arrange
# Small pictures first: most of the way costs less than half so. The second pass goes on from there at 128 px, and the network
# takes 160 px, at which it serves best (its card); after the first pass alone 128 px do.
pass first --progressive "${FIRST:-64x4:96x2}" --views 2
if [ "${SECOND:-3}" -gt 0 ]; then
  pass second --image-size 128 --lr 0.001 --views 2 --epochs "${SECOND:-3}" --from "$work/first/data-1/backbone.safetensors"
  SIDE=160 GRAFT=$graft CLOTHING=$clothing tools/adopt-backbone.sh "$work/first/data-1" "$work/second/data-1" "$work/data" "$teacher"
else
  SIDE=128 GRAFT=$graft CLOTHING=$clothing tools/adopt-backbone.sh - "$work/first/data-1" "$work/data" "$teacher"
fi
