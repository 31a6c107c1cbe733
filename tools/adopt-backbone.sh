#!/bin/bash
# Makes a trained network the one that comes with graft: assets/backbones/graft-s.safetensors, its hash in the registry
# (src/zoo/weights.def) and its card with what was measured, assets/backbones/graft-s.md.
#
#   tools/adopt-backbone.sh FIRST SECOND PICTURES TEACHER
#
# FIRST, SECOND  the runs' folders of the two passes of tools/train-backbone.sh (runs/NAME-K, with backbone.safetensors,
#                plan.json, history.csv and log.jsonl); FIRST may be - when there was one pass alone
# PICTURES       the folder that they learned from, with train/ and validation/
# TEACHER        the network that taught
# Variables: GRAFT (build/graft); CLOTHING and FASHION (data sets to measure the transfer on, skipped when they are not
# there); SIDE (of the pictures that it takes, where another serves better than its last pass'); HOURS ("FIRST SECOND": of
# passes that were interrupted, whose log knows of the last start alone); ROOT (the tree that gets the files; this one)
set -euo pipefail
export LC_ALL=C
[ $# -eq 4 ] || { sed -n '5,12p' "$0" >&2; exit 2; }
first=$1 second=$(realpath "$2") pictures=$(realpath "$3") teacher=$(realpath "$4")
[ "$first" = - ] || first=$(realpath "$first")
[ -z "${GRAFT:-}" ] || GRAFT=$(realpath "$GRAFT")
[ -z "${CLOTHING:-}" ] || CLOTHING=$(realpath -m "$CLOTHING")
[ -z "${FASHION:-}" ] || FASHION=$(realpath -m "$FASHION")
cd "$(dirname "$0")/.."
graft=$(realpath "${GRAFT:-build/graft}")
clothing=${CLOTHING:-../shared/data/clothing} fashion=${FASHION:-/usr/share/datasets/fashion-mnist}
root=${ROOT:-$PWD}
read -r first_hours second_hours <<<"${HOURS:-- -}"
file=$root/assets/backbones/graft-s.safetensors card=$root/assets/backbones/graft-s.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "adopt-backbone: $*" >&2; exit 1; }
[ -e "$second/backbone.safetensors" ] || fail "$second: has no backbone.safetensors"
bytes=$(stat -c %s "$second/backbone.safetensors")
[ "$bytes" -le 8000000 ] || fail "$second/backbone.safetensors: $bytes bytes, at most 8,000,000 come with graft: was it stored with --store f16?"
"$graft" summary "$second/backbone.safetensors" --json >"$scratch/summary" || fail "$second/backbone.safetensors: graft cannot read it"
field() { grep -oE "\"$1\": *[^,}]*" "$scratch/summary" | head -n 1 | sed 's/.*: *//'; } # of the network, which comes before its layers
grep -q '"name": *"graft-s"' "$scratch/summary" || fail "$second/backbone.safetensors: is no graft-s"
grep -q '"name": *"last.relu"' "$scratch/summary" || fail "$second/backbone.safetensors: is graft-s without its last layers: was it trained on pictures of less than 64 px?"

mkdir -p "$(dirname "$file")"
rm -rf "$file.new"
if [ -n "${SIDE:-}" ]; then
  "$graft" convert "$second/backbone.safetensors" "$scratch/sized.safetensors" --image-size "$SIDE" --store f16 --quiet >/dev/null
  cp "$scratch/sized.safetensors" "$file.new"
else
  cp "$second/backbone.safetensors" "$file.new"
fi
mv "$file.new" "$file"
bytes=$(stat -c %s "$file")
"$graft" summary "$file" --json >"$scratch/summary"
hash=$(sha256sum <"$file" | cut -d' ' -f1)
side=$(grep -oE '"input": *\[3, *[0-9]+' "$scratch/summary" | head -n 1 | sed 's/.*[, ]//')
sed -i -E '/^GRAFT_PRETRAINED\("graft-s", "distilled"/ s/"(assets[^"]*)", (NONE|SHA256), "[0-9a-f]*"/"\1", SHA256, "'"$hash"'"/' "$root/src/zoo/weights.def"
grep -q "$hash" "$root/src/zoo/weights.def" || fail "src/zoo/weights.def: no row of graft-s to put the hash into"

# ---- the card ----

grouped() { sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"; } # 1234567 as 1,234,567
# option RUN NAME: what the pass was told.
option() { sed -n "s/^ *\"$2\": *\"\(.*\)\",\{0,1\}\$/\1/p" "$1/plan.json" | head -n 1; }
# The sizes of a pass as it was told them, "96" or "64x4:96x2", and the last of them, which is the backbone's.
sizes() { either "$(option "$1" progressive)" "$(option "$1" image-size)"; }
side() { sizes "$1" | sed 's/.*://; s/x.*//'; }
either() { if [ -n "$1" ]; then echo "$1"; else echo "$2"; fi; }
last() { tail -n 1 "$1/history.csv" | cut -d, -f"$2"; } # RUN COLUMN: of the last epoch
three() { awk -v x="$1" 'BEGIN { if (x == "") print "-"; else printf "%.3f\n", x }'; }
hours() { # RUN GIVEN: of all its epochs
  [ "$2" = - ] || { echo "$2"; return; }
  sed -n 's/.*"event":"epoch".*"seconds":\([0-9.]*\).*/\1/p' "$1/log.jsonl" |
    awk '{ s += $1; if ($1 == 0) lost = 1 } END { printf "%.1f%s\n", s / 3600, lost ? " (since it was last resumed)" : "" }'
}
pass() { # NAME RUN HOURS: a row
  echo "| $1 | $(sizes "$2") | $(option "$2" lr) | $(last "$2" 1) of $(option "$2" epochs) | $(option "$2" views) | $(hours "$2" "$3") | $(three "$(last "$2" 5)") | $(three "$(last "$2" 7)") | $(three "$(last "$2" 8)") |"
}
# measure NAME ARGUMENTS...: the validation accuracy that train reaches on the photographs, as a row of a table.
measure() {
  name=$1
  shift
  "$graft" train "$clothing" --runs "$scratch/transfer" --cache-dir "$scratch/cache" --json --quiet "$@" |
    sed -n 's/.*"event":"done".*"validation":{"n":\([0-9]*\),"accuracy":\([0-9.]*\).*/\2 \1/p' |
    awk -v name="$name" '{ printf "| %s | %.3f of %d |\n", name, $1, $2 }'
}
count() { find "$@" | wc -l; }
{
  cat <<CARD
# graft-s

The network that comes with graft: small, quick on a processor, made to be transferred from. \`--base graft-s\`, and what \`train\`,
\`lr-find\`, \`extract\`, \`embed\`, \`rank\`, \`advise\`, \`compare\` and \`crossval\` of pictures begin with without \`--base\`.

| | |
|---|---|
| architecture | \`src/zoo/archs/graft_s.net\`: $(grouped "$(field parameters)") values, $(grouped "$(field multiply_adds)") multiply-adds at its size |
| input | RGB (grey: three equal channels), $side x $side, bilinear, x / 127.5 - 1; any size from 32 px on works |
| output | 1,024 features, the mean of the last map; no classifier |
| file | \`graft-s.safetensors\`: structure and preprocessing inside, kernels as $(option "$second" store), $(grouped "$bytes") bytes |
| SHA-256 | $hash |
| made by | \`tools/train-backbone.sh\`; its figures by graft $("$graft" --version | awk '{ print $2 }')$(git rev-parse --short HEAD 2>/dev/null | sed 's/^/, commit /') |
| measured on | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores |

## Data

$(grouped "$(count -L "$pictures/train" -type f)") pictures in $(count "$pictures/train" -mindepth 1 -maxdepth 1 -type d) folders to learn from, $(grouped "$(count -L "$pictures/validation" -type f)") held back. Their sources stand in
\`tools/train-backbone.sh\`: Tiny-ImageNet-200, miniImageNet, Imagenette, Caltech-101, PACS, one picture of each class of ImageNet. None is handed on
here. What validates below comes from the same sources: it tells how well the teacher was imitated, not how well the network transfers.

## Recipe

Distilled: the student meets the teacher's features of the same view of a picture; its labels take part with a weight of $(option "$second" labels).

| | |
|---|---|
| teacher | \`$(basename "$teacher")\` (SHA-256 $(sha256sum <"$teacher" | cut -c1-16)...), layers $(either "$(option "$second" layers)" "its last"), at $(option "$second" teacher-size) px |
| loss | $(option "$second" cosine) x (1 - cosine) + $(option "$second" squares) x mean squares of standardized features + $(option "$second" labels) x cross-entropy |
| optimizer | $(option "$second" optimizer), rate (below) $(option "$second" schedule), warm-up $(option "$second" warmup) epochs, weight decay $(option "$second" weight-decay), clip $(option "$second" clip), batch $(option "$second" batch) |
| averaging | EMA $(option "$second" ema) |
| views | $(option "$second" augment) |
| seed | $(option "$second" seed) |

| pass | px | rate | epochs | views | hours | loss | held back: loss | held back: accuracy of labels |
|---|---|---|---|---|---|---|---|---|
CARD
  [ "$first" = - ] || pass first "$first" "$first_hours"
  pass "$([ "$first" = - ] && echo one || echo second)" "$second" "$second_hours"
  printf '\nHours are of the epochs, without the pass of the teacher, which is computed once.\n\n## Transfer\n\n'
  if [ -d "$clothing" ]; then
    echo "Ten kinds of clothes, photographs that the network has not seen, a logistic head on frozen features; validation accuracy:"
    echo
    echo "| features | accuracy |"
    echo "|---|---|"
    if [ "$first" != - ]; then
      for other in $(printf '%s\n' "$(side "$first")" "$(side "$second")" "$side" | sort -nu); do
        measure "graft-s after the first pass, $other px" --base "$first/backbone.safetensors" --image-size "$other"
      done
    fi
    measure "graft-s, $side px" --base "$file"
    for other in 96 128 160 192; do
      [ "$other" = "$side" ] || measure "graft-s at $other px" --base "$file" --image-size "$other"
    done
    measure "the teacher, 224 px" --base "$teacher"
    echo
    echo "Beside what needs no transfer, three folds of all the photographs: a logistic head on raw pixels, a small network from scratch (15 epochs), and"
    echo "graft-s before it was trained and after:"
    echo
    echo "| arm | accuracy | 95 % interval |"
    echo "|---|---|---|"
    "$graft" compare "$clothing" --base "$file" --folds 3 --sizes 1 --epochs 15 --arms raw,scratch,random_frozen,frozen --scratch small \
      --diagnose never --cache-dir "$scratch/cache" --quiet |
      awk '$4 == "to" && $1 ~ /^(raw|scratch|random_frozen|frozen)$/ { printf "| %s | %s | %s to %s |\n", $1, $2, $3, $5 }'
  else
    echo "Photographs of clothes: not measured, they are missing."
  fi
  echo
  if [ -e "$fashion/train-images-idx3-ubyte.gz" ]; then
    echo "Fashion-MNIST: grey pictures of 28x28, so many labelled ones in all (5, 20 and 50 of each of ten classes), all 10,000 test pictures, the mean"
    echo "of ten draws (\`docs/experiments/fashion-mnist.sh\`):"
    echo
    bash docs/experiments/fashion-mnist.sh "$graft" "$fashion" "$scratch/fashion" "$file" | sed '/^verdict/,$d'
  else
    echo "Fashion-MNIST: not measured, the package dataset-fashion-mnist is missing."
  fi
  cat <<'CARD'

## Licence and limits

The weights are under graft's licence, Apache-2.0, as far as graft's authors have rights in them. The teacher is Keras' MobileNetV2 of ImageNet,
under Apache-2.0. Most of the pictures are ImageNet's, which are for non-commercial research; whether weights learned from such pictures are
bound by that is not settled: whoever sells what builds on them asks a lawyer first, or trains a network on pictures of their own
(docs/pretraining.md).

- It has seen small, mostly western web photographs of objects and animals. It is weak on text, faces, medicine, satellites, microscopes and fine
  differences; on far data compare it with raw pixels first (`graft compare`).
- Its features carry the biases of its pictures and of its teacher. It says nothing of people and must not decide about any.
- Of 1,024 features of small pictures; a large network (`graft models pull`) knows more, and costs ten times as much.
CARD
} >"$card.new"
mv "$card.new" "$card"
cat "$card"
