#!/bin/bash
# --memory on a real network whose layers all learn: the micro-batch is chosen so that the planned peak fits, and what
# the kernel accounts for is what was planned.
. "$(dirname "$0")/tap.sh"

network=$shared/weights/mobilenet_v2_imagenet.h5
pictures=$shared/data/clothing/train
if [ ! -e "$network" ] || [ ! -d "$pictures" ]; then
  skip "behaviour_25_the_peak_is_as_planned" "no $network or $pictures"
  finish
fi
if grep -q __asan_init "$graft"; then
  skip "behaviour_25_the_peak_is_as_planned" "a sanitizer's own memory is not planned for"
  finish
fi
for class in hat pants shoes; do
  mkdir -p few/$class
  find "$pictures/$class" -name '*.jpg' | sort | head -n 16 | xargs -I{} cp {} few/$class
done

# peak LIMIT: trains one epoch; leaves the planned and the measured MiB, and the parts of the batch.
peak() {
  "$build/tests/cli/measure" "$graft" train few --base "$network" --fine-tune all --epochs 1 --batch 32 --memory "$1" \
    -v >"$scratch/out" 2>"$scratch/err" </dev/null
  planned=$(sed -nE 's/.* in parts of [0-9]+, ([0-9]+) MiB$/\1/p' "$scratch/err")
  parts=$(sed -nE 's/.* batch 32 in parts of ([0-9]+), .*/\1/p' "$scratch/err")
  IFS=, read -r _ kib code <"$scratch/out"
  measured=$((${kib:-0} / 1024))
  echo "# --memory $1: in parts of ${parts:-?}, planned ${planned:-?} MiB, measured $measured MiB"
}

for limit in 512 1024; do
  peak ${limit}M
  [ "${code:-1}" -eq 0 ] && [ "${planned:-9999}" -le $limit ] && [ "${parts:-32}" -lt 32 ]
  result $? "behaviour_25_${limit}_MiB_are_planned_for"
  [ $measured -le $limit ]
  result $? "behaviour_25_${limit}_MiB_are_obeyed"
  off=$((100 * (measured - ${planned:-0})))
  [ $((off < 0 ? -off : off)) -le $((15 * measured)) ]
  result $? "behaviour_25_${limit}_MiB_the_plan_is_within_15_percent"
done
finish
