#!/bin/bash
# Which network, which layer, how much of it: rank, advise, and the plan that train follows.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
cp "$base" other.h5
three_colours "$scratch/colours"
settings=(--preprocess 01 --image-size 32)

run rank colours --base "$base" --base other.h5 "${settings[@]}" --json
[ "$code" -eq 0 ] && [ "$(json n classes folds computed | tr '\n' ' ')" = "48 3 5 48 " ]
result $? "rank takes one pass for a network, and none for the same one under another name"
json rows correlations.logme.spearman correlations.knn.n seconds.scores baseline >/dev/null && [ ! -s err ]
result $? "rank --json has its keys"
run rank colours --bases "$base,other.h5" "${settings[@]}" --json
[ "$code" -eq 0 ] && [ "$(json n classes folds computed | tr '\n' ' ')" = "48 3 5 0 " ]
result $? "and networks in one list"
expect 2 "a list with nothing between two commas" rank colours --bases "$base,,other.h5" "${settings[@]}"
run rank colours --base "$base" --base other.h5 "${settings[@]}"
[ "$code" -eq 0 ] && says out '^ +base +layer +width +accuracy +95 % +first +knn +logme +hscore +transrate +leep +nce$' &&
  says out '^1 +' && says out '^best +.*tiny.h5 at |^best +.*other.h5 at ' && says out '^logme +[0-9]+ '
result $? "rank prints a line a layer, the best, and what the scores are worth"
run rank colours --base "$base@01" --image-size 32 --layer conv1 --layer pool
[ "$code" -eq 0 ] && says out ' conv1' && says out ' pool ' && ! says out ' conv2'
result $? "rank compares the layers that were named; a scaling can stand behind the file"
run rank colours --base "$base" "${settings[@]}" --report rank.html
[ "$code" -eq 0 ] && grep -q 'Which network transfers best' rank.html && grep -q 'id="ranking"' rank.html && ! grep -qiE '(src|href)="?(https?:)?//' rank.html
result $? "rank --report writes a page that fetches nothing"
expect 3 "a page where none can be is refused before the work" rank colours --base "$base" "${settings[@]}" --report nowhere/rank.html
run crossval colours --base none --folds 3 --report crossval.html
[ "$code" -eq 0 ] && says out '^mean ' && grep -q '>fold 3<' crossval.html && ! grep -qiE '(src|href)="?(https?:)?//' crossval.html
result $? "crossval --report writes a page of the folds"
cp -r colours torn && first=$(find torn -type f | LC_ALL=C sort | sed -n 1p) && head -c 40 "$first" >cut && mv cut "$first"
run crossval torn --base none --folds 3
[ "$code" -eq 0 ] && says out '^mean ' && ! says out '^duplicates '
result $? "a damaged picture before others does not make copies of them"
expect 2 "rank refuses a layer that no network has" rank colours --base "$base" "${settings[@]}" --layer conv9
says err 'did you mean conv'
result $? "and names the nearest"
expect 2 "rank refuses a network that is prepared nobody knows how" rank colours --base "$base"
expect 3 "rank without data" rank nothing --base "$base" "${settings[@]}"
run list scores
[ "$code" -eq 0 ] && says out '^transrate ' && says out '^leep '
result $? "list scores"

run advise colours --base "$base" "${settings[@]}" --report advice.html
[ "$code" -eq 0 ] && grep -q 'aria-current="true"' advice.html && grep -q '<small>advised</small>' advice.html && ! grep -qiE '(src|href)="?(https?:)?//' advice.html
result $? "advise --report writes a page with the matrix and the strategies"
run advise colours --base "$base" "${settings[@]}" -o plan.json
[ "$code" -eq 0 ] && says out '^size +small: ' && says out '^likeness +(similar|different): ' && says out '^speed ' && says out '^> ' &&
  says out '^advice ' && says out '^why +1[0-9] pictures a class are too few|^why +frozen features reach' && says out '^plan +plan.json: graft train colours'
result $? "advise says what it measured, what follows and why"
cp plan.json out && tr -d '\n' <out >one && mv one out && json options.fine-tune decisions >/dev/null
result $? "the plan is JSON"
run train colours --base "$base" "${settings[@]}" --plan plan.json --json
[ "$code" -eq 0 ] && tail -n 1 out >one && mv one out && json model >/dev/null
result $? "train follows the plan"
run advise colours --base "$base" "${settings[@]}" --fine-tune all --epochs 2 -o plan.json --json
[ "$code" -eq 0 ] && [ "$(json strategy size reason data.classes | tr '\n' ' ')" = '"all" "small" "as asked for" 3 ' ]
result $? "advise --json; what is asked for goes into the plan"
run train colours --base "$base" "${settings[@]}" --plan plan.json
[ "$code" -eq 0 ] && says out 'fine-tune +all +as asked for' && [ "$(grep -c '^ *[12] .*e-\|^ *[12]  *0\.' out)" -ge 2 ]
result $? "and train trains so many epochs"
sed 's/"all"/"sideways"/' plan.json >bad.json
expect 2 "a plan that asks for no layer is refused" train colours --base "$base" "${settings[@]}" --plan bad.json
run advise colours --base none
[ "$code" -eq 0 ] && says out '^pixels +k-NN on raw pixels' && says out '^likeness +not known'
result $? "advise without a network measures the data"
expect 2 "advise has no plan without a network" advise colours --base none -o plan.json

# A model carries features of what it learned from.
run train colours --base "$base" "${settings[@]}" -o model.graft
run advise colours --base model.graft
[ "$code" -eq 0 ] && says out '^distance +MMD '
result $? "advise measures the distance to what a model learned from"
says out '^alignment +CKA [01]\.'
result $? "and how features vary together in both"

if [ -d "$shared/data/clothing" ]; then
  mobilenet=$shared/weights/mobilenet_v2_imagenet.h5
  few=$scratch/few
  for class in hat shoes dress shorts; do
    mkdir -p "$few/$class"
    find "$shared/data/clothing/train/$class" -name '*.jpg' | LC_ALL=C sort | head -n 30 | xargs -I{} ln -s {} "$few/$class/"
  done
  run rank "$few" --base "$mobilenet" --base "$shared/weights/tfjs-mobilenet_v2@01" --image-size 96 --json
  [ "$code" -eq 0 ] && json rows | head -n 1 | grep -q '^\[{"base":"[^"]*mobilenet_v2_imagenet.h5"'
  result $? "what was learned on ImageNet suits photographs of clothes better than what was specialised elsewhere"
  run advise "$few" --base "$mobilenet" --image-size 96 --json
  [ "$code" -eq 0 ] && [ "$(json size likeness | tr '\n' ' ')" = '"small" "similar" ' ]
  result $? "and few of them are small and similar: a head is enough"
  case "$(json strategy)" in '"head"' | '"earlier"') true ;; *) false ;; esac
  result $? "which is what advise says"
else
  skip "photographs of clothes" "no $shared/data/clothing"
fi
finish
