#!/bin/sh
# A generator of shirts after a few hundred steps: from scratch, or from networks that have learnt trousers?
# usage: trousers-to-shirts.sh GRAFT FASHION NETWORK FOLDER   (FASHION: the IDX files of Fashion-MNIST; NETWORK: MobileNetV2)
set -eu
graft=$1 data=$2 network=$3 out=$4
steps=${STEPS:-200} source_steps=1000 seeds=${SEEDS:-1 2 3}
mkdir -p "$out"
printf '%s\n' t-shirt trouser pullover dress coat sandal shirt sneaker bag boot >"$out/classes.txt"
train() { # NAME CLASS STEPS SEED OPTIONS...
  name=$1 class=$2 count=$3 seed=$4
  shift 4
  [ -e "$out/$name/report.html" ] && return
  rm -rf "$out/$name" "$out/runs-$name"
  "$graft" gan train "$data" --classes "$out/classes.txt" --only "$class" --image-size 32 --width 32 --steps "$count" --seed "$seed" \
    --fid-base "$network" --fid-size 96 --fid-count 2000 --threads 1 --runs "$out/runs-$name" --quiet "$@" >"$out/$name.txt"
  mv "$out/runs-$name"/* "$out/$name"
  rmdir "$out/runs-$name"
}
distance() { # NAME
  awk '$1 == "FID" { print $2 }' "$out/$1.txt"
}
train trousers trouser "$source_steps" 1
echo "trousers after $source_steps steps: $(distance trousers)"
echo "| shirts after $steps steps, seed | from scratch | from trousers | from trousers, 2 layers frozen |"
echo "|---|---|---|---|"
for seed in $seeds; do
  train "scratch-$seed" shirt "$steps" "$seed"
  train "transfer-$seed" shirt "$steps" "$seed" --from "$out/trousers"
  train "frozen-$seed" shirt "$steps" "$seed" --from "$out/trousers" --freeze-discriminator 2
  echo "| $seed | $(distance "scratch-$seed") | $(distance "transfer-$seed") | $(distance "frozen-$seed") |"
done
for arm in scratch transfer frozen; do
  for seed in $seeds; do distance "$arm-$seed"; done |
    awk -v arm=$arm '{ s += $1; q += $1 * $1; n++ } END { printf "%s: mean %.2f, deviation %.2f\n", arm, s / n, sqrt((q - s * s / n) / (n > 1 ? n - 1 : 1)) }'
done
