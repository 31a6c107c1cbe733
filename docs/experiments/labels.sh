#!/bin/bash
# Swapped labels planted into real photographs: which share of them does `check` find (recall), and which share of what it
# lists was planted (precision)? The photographs have wrong labels of their own, so that precision is given three ways:
#   raw      planted / listed: what was wrong before counts as a false alarm
#   added    planted / (listed, without what the untouched photographs are listed for): what planting added to the list
#   cleaned  raw, planted into the photographs without all that check lists of the untouched ones, sure or not
#   reviewed raw, planted into all photographs after what check lists of the untouched ones was reviewed and kept (--reviewed)
# The list is the sure one (problem "label"); "both" takes the candidates for review ("doubt") with it.
# "wide" is the sure list with --false-alarms 0.3.
# usage: labels.sh GRAFT CLOTHING NETWORK FOLDER [SEED...]     (CLOTHING: train/ and validation/, a folder a class in each)
set -eu
graft=$(realpath "$1") clothing=$(realpath "$2") network=$(realpath "$3") out=$4
plant=$(realpath "$(dirname "$0")/../../tests/cli/plant.sh")
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

# figures TRUTH LIST KINDS CLEAN: recall, precision, precision of what was added, how many are listed, how many of the
# planted ones would get their own class back.
figures() {
  awk -v kinds="$3" '
    FILENAME == ARGV[1] { split($0, part, "\t"); if (part[1] == "label") { n = split(part[2], at, "/"); truth[part[2]] = 1; planted++ } next }
    FILENAME == ARGV[2] { split($0, part, ","); if (part[3] ~ "^(" kinds ")$") before[part[2]] = 1; next }
    { split($0, part, ",")
      if (part[3] !~ "^(" kinds ")$") next
      listed++
      if (part[2] in truth) found++; else if (part[2] in before) old++ }
    END { printf("%.3f %.3f %.3f %d\n", found / planted, listed ? found / listed : 1, (listed > old) ? found / (listed - old) : 1, listed) }' \
    "$1" "$4" "$2"
}
echo "data seed kinds recall raw added listed" | tee figures.txt
for seed in "$@"; do
  for data in clothing cleaned reviewed; do
    from=$clothing reviewed=
    [ $data = cleaned ] && from=cleaned
    [ $data = reviewed ] && reviewed="--reviewed reviewed.csv"
    rm -rf "planted-$data-$seed"
    bash "$plant" "$from" "planted-$data-$seed" "$seed"
    "$graft" check "planted-$data-$seed" --base "$network" $reviewed --fix "$data-$seed.csv" >"$data-$seed.txt"
    if [ $data = reviewed ]; then
      "$graft" check "planted-$data-$seed" --base "$network" $reviewed --false-alarms 0.3 --fix "wide-$seed.csv" >"wide-$seed.txt"
      echo "wide $seed label $(figures "planted-$data-$seed.txt" "wide-$seed.csv" label clean.csv)"
    fi
    for kinds in label "label|doubt"; do
      echo "$data $seed $kinds $(figures "planted-$data-$seed.txt" "$data-$seed.csv" "$kinds" clean.csv)"
    done
    rm -rf "planted-$data-$seed"
  done
done | tee -a figures.txt
awk 'NR > 1 { key = $1 " " $3; n[key]++; recall[key] += $4; raw[key] += $5; added[key] += $6; listed[key] += $7 }
  END { for (key in n) printf "%s: mean of %d: recall %.3f, precision raw %.3f, added %.3f, listed %.1f\n", key, n[key], recall[key] / n[key],
    raw[key] / n[key], added[key] / n[key], listed[key] / n[key] }' figures.txt | sort
