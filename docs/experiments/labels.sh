#!/bin/bash
# Swapped labels planted into real photographs: which share of them does `check` find (recall), and which share of what it
# lists is right to be there (precision)? The photographs have wrong labels of their own, so that precision is given two ways:
#   planted  planted / listed: what was wrong before counts as a false alarm
#   wrong    (planted or in wrong-labels.txt) / listed: that file names what was found wrong by eye among the labels that check lists of the
#            untouched photographs
# and photographs three ways:
#   clothing as they are
#   cleaned  without all that check lists of the untouched ones, sure or not
#   reviewed all of them, after what check lists of the untouched ones was reviewed and kept (--reviewed)
# The list is the sure one (problem "label") at --false-alarms 0.25; "both" takes the candidates for review ("doubt") with it.
# usage: labels.sh GRAFT CLOTHING NETWORK FOLDER [SEED...]     (CLOTHING: train/ and validation/, a folder a class in each)
set -eu
graft=$(realpath "$1") clothing=$(realpath "$2") network=$(realpath "$3") out=$4
here=$(realpath "$(dirname "$0")")
plant=$here/../../tests/cli/plant.sh
shift 4
[ $# -gt 0 ] || set -- 1 2 3 4 5 6 7 8 9 10
mkdir -p "$out"
cd "$out"

"$graft" check "$clothing" --base "$network" --fix clean.csv --report clean.html >clean.txt
echo "untouched: $(grep -c ',label,' clean.csv) sure, $(grep -c ',doubt,' clean.csv) candidates"
if [ ! -d cleaned ]; then
  cp -rs "$clothing" cleaned
  awk -F, '$3 == "label" || $3 == "doubt" || $3 == "duplicate" || $3 == "leak" || $3 == "conflict" { print "cleaned/" $2 }' clean.csv | xargs -r rm
fi

sed -E 's/^[a-z]+(,[^,]*,(label|doubt),)/keep\1/' clean.csv >reviewed.csv

# figures TRUTH LIST KINDS: recall, precision both ways, how many are listed.
figures() {
  awk -v kinds="$3" '
    FILENAME == ARGV[1] { split($0, part, "\t"); if (part[1] == "label") { truth[part[2]] = 1; planted++ } next }
    FILENAME == ARGV[2] { split($0, part, "\t"); wrong[part[1]] = 1; next }
    { split($0, part, ",")
      if (part[3] !~ "^(" kinds ")$") next
      listed++
      found += part[2] in truth
      right += part[2] in truth || part[2] in wrong }
    END { printf("%.3f %.3f %.3f %d\n", found / planted, listed ? found / listed : 1, listed ? right / listed : 1, listed) }' \
    "$1" "$here/wrong-labels.txt" "$2"
}
echo "data seed kinds recall planted wrong listed" | tee figures.txt
for seed in "$@"; do
  for data in clothing cleaned reviewed; do
    from=$clothing reviewed=
    [ $data = cleaned ] && from=cleaned
    [ $data = reviewed ] && reviewed="--reviewed reviewed.csv"
    rm -rf "planted-$data-$seed"
    bash "$plant" "$from" "planted-$data-$seed" "$seed"
    "$graft" check "planted-$data-$seed" --base "$network" $reviewed --false-alarms 0.25 --fix "$data-$seed.csv" >"$data-$seed.txt"
    for kinds in label "label|doubt"; do
      echo "$data $seed $kinds $(figures "planted-$data-$seed.txt" "$data-$seed.csv" "$kinds")"
    done
    rm -rf "planted-$data-$seed"
  done
done | tee -a figures.txt
awk 'NR > 1 { key = $1 " " $3; n[key]++; recall[key] += $4; planted[key] += $5; wrong[key] += $6; listed[key] += $7
    if (!(key in least) || $4 < least[key]) least[key] = $4
    if (!(key in lowest) || $5 < lowest[key]) lowest[key] = $5 }
  END { for (key in n) printf "%s: mean of %d: recall %.3f (least %.2f), precision planted %.3f (least %.2f), wrong %.3f, listed %.1f\n", key, n[key],
    recall[key] / n[key], least[key], planted[key] / n[key], lowest[key], wrong[key] / n[key], listed[key] / n[key] }' figures.txt | sort
