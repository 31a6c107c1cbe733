#!/bin/sh
# 20,000 pictures without labels, 500 with: what does an autoencoder's encoder bring? Fashion-MNIST's own 10,000 test pictures
# measure; seeds draw other 500s from the 40,000 pictures that the autoencoders never saw.
# usage: autoencoders.sh GRAFT FASHION FOLDER [SEEDS]   (FASHION: the folder with train-images-idx3-ubyte.gz and its kin)
set -eu
graft=$(realpath "$1") fashion=$(realpath "$2") out=$3 seeds=${4:-"0 1 2 3 4"}
mkdir -p "$out/unlabelled"
cd "$out"

# number N: four bytes, the highest first.
number() {
    printf "\\$(printf %o $(($1 / 16777216 % 256)))\\$(printf %o $(($1 / 65536 % 256)))\\$(printf %o $(($1 / 256 % 256)))\\$(printf %o $(($1 % 256)))"
}
# images FIRST COUNT, labels FIRST COUNT: some of the training pictures as an IDX file.
images() {
    printf '\0\0\010\003'; number "$2"; number 28; number 28
    gzip -dc "$fashion/train-images-idx3-ubyte.gz" | tail -c +$((17 + $1 * 784)) | head -c $(($2 * 784))
}
labels() {
    printf '\0\0\010\001'; number "$2"
    gzip -dc "$fashion/train-labels-idx1-ubyte.gz" | tail -c +$((9 + $1)) | head -c "$2"
}
# accuracy NAME SEED ARGUMENTS...: trains on the seed's 500, prints the accuracy on the test pictures.
accuracy() {
    name=$1 seed=$2
    shift 2
    "$graft" train "labelled-$seed" --threads 1 --quiet --json --runs "runs-$name" "$@" 2>/dev/null |
        sed -n "s/.*\"event\":\"done\".*\"test\":{[^}]*\"accuracy\":\([0-9.]\{1,6\}\).*/$name $seed \1/p" | tee -a results.txt
}

images 0 20000 >unlabelled/train-images-idx3-ubyte
for arch in conv denoise variational; do
    [ -e "$arch.graft" ] || "$graft" autoencoder train unlabelled --arch "$arch" --latent 128 --epochs 8 --threads 1 \
        --validation 0.01 --quiet -o "$arch.graft"
done

# The same encoder without values, and pixels as they are.
cat >encoder.net <<'N'
input:28:1
default:half:nobias:epsilon=1e-5
for s=1..3 ( encoder{s}.conv=conv:16*2^s:3/2 encoder{s}.bn=bn encoder{s}.relu=relu )
flat=flatten moments=dense:128:nobias latent=bn
N
echo 'input:28:1 pixels=flatten' >pixels.net
: >results.txt
# The head has a layer before it, so that it is drawn and not fitted first: the same recipe for both.
learn() {
    accuracy "$@" --fine-tune all --bn train --head "bn dense" --lr 0.001 --epochs 100
}
for seed in $seeds; do
    mkdir -p "labelled-$seed"
    images $((20000 + seed * 500)) 500 >"labelled-$seed/train-images-idx3-ubyte"
    labels $((20000 + seed * 500)) 500 >"labelled-$seed/train-labels-idx1-ubyte"
    for file in images-idx3 labels-idx1; do
        gzip -dc "$fashion/t10k-$file-ubyte.gz" >"labelled-$seed/t10k-$file-ubyte"
    done
    accuracy pixels "$seed" --base none --arch pixels.net --preprocess 01 --freeze all
    learn scratch "$seed" --base none --arch encoder.net --preprocess 01
    for arch in conv denoise variational; do
        accuracy "$arch-code" "$seed" --base "$arch.graft" --layer latent
        accuracy "$arch-map" "$seed" --base "$arch.graft" --layer encoder2.relu --pool none
        learn "$arch-tuned" "$seed" --base "$arch.graft"
    done
done
awk '{ n[$1]++; sum[$1] += $3; squares[$1] += $3 * $3; all[$1] = all[$1] " " $3 }
    END { for (name in n) { mean = sum[name] / n[name]; variance = squares[name] / n[name] - mean * mean
        printf "%-20s %.4f +- %.4f %s\n", name, mean, sqrt(variance > 0 ? variance * n[name] / (n[name] - (n[name] > 1)) : 0), all[name] } }' results.txt | sort
