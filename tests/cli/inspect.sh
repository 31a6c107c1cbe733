#!/bin/bash
# What is wrong with data and where answers come from: check with a network, fix lists, explain, embed.
. "$(dirname "$0")/tap.sh"

base=$source/tests/cli/data/tiny.h5
settings=(--base "$base" --preprocess 01 --image-size 32)
three_colours data
# With a network of a few filters all pictures of a colour are alike: similar ones and bursts are not looked at here.
# A red picture among the blue ones, a black one, a flat grey one, a copy.
mv data/red/003.ppm data/blue/red-one.ppm
awk 'BEGIN { print "P3\n24 20\n255"; for (k = 0; k < 1440; k++) print 3 }' >data/green/black.ppm
cp data/green/001.ppm data/green/copy.ppm
printf 'P6 cut' >data/red/cut.ppm

run check data "${settings[@]}" --fix fixes.csv --report check.html --json
[ "$code" -eq 0 ] && [ "$(json problems.corrupt problems.dark problems.duplicate | tr '\n' ' ')" = "1 1 1 " ]
result $? "check counts its problems"
grep -q '^review,blue/red-one.ppm,doubt,,red,' fixes.csv && ! grep -q ',label,' fixes.csv
result $? "among few pictures a wrong label is a candidate for review, with the right one beside it"
grep -q '^review,green/black.ppm,dark,' fixes.csv && grep -q '^drop,green/copy.ppm,duplicate,green/001.ppm,' fixes.csv && grep -q '^drop,red/cut.ppm,corrupt,' fixes.csv
result $? "the fix list has a line an issue"
grep -q 'looks like red' check.html && ! grep -qiE '(src|href)="?(https?:)?//' check.html
result $? "check --report shows the pictures and fetches nothing"
cp fixes.csv as-found.csv
run check data "${settings[@]}"
[ "$code" -eq 0 ] && says out '^doubt: [12] ' && says out 'red-one.ppm +red\?' && says out ' of the 0 sure ones'
result $? "check tells suspicious labels"
run check data
[ "$code" -eq 0 ] && says out '^dark: 1 ' && ! says out '^label'
result $? "check without a network finds the dark picture"

# Nothing happens to what is only to be reviewed; what is edited happens.
run check data --apply fixes.csv -o as-is.csv --json
[ "$code" -eq 0 ] && [ "$(json pictures dropped relabelled moved | tr '\n' ' ')" = "49 2 0 0 " ] && [ "$(head -n 1 as-is.csv)" = "path,label,split" ]
result $? "check --apply drops what the list drops"
sed -i 's/^review,blue\/red-one.ppm,doubt/relabel,blue\/red-one.ppm,doubt/; s/^review,green\/black.ppm,dark/validation,green\/black.ppm,dark/' fixes.csv
run check data --apply fixes.csv -o manifest.csv --json
[ "$code" -eq 0 ] && [ "$(json pictures dropped relabelled moved | tr '\n' ' ' | cut -d' ' -f1-3)" = "49 2 1" ] && grep -q 'blue/red-one.ppm,red,' manifest.csv && grep -q 'green/black.ppm,green,validation' manifest.csv
result $? "an edited list relabels and moves"
run check manifest.csv --label label --json
[ "$code" -eq 0 ] && [ "$(json files quarantined exact_duplicates | tr '\n' ' ')" = "49 0 0 " ] && says out 'parts from column split'
result $? "the manifest is data, with its parts"
run train manifest.csv --label label "${settings[@]}" -o colours.graft
[ "$code" -eq 0 ] && says out '^accuracy'
result $? "train takes the manifest"
sed 's/^drop,green\/copy.ppm/drop,green\/no-such.ppm/' fixes.csv >wrong.csv
expect 3 "a path that is not in the data" check data --apply wrong.csv -o x.csv
sed 's/^drop,green\/copy/destroy,green\/copy/' fixes.csv >wrong.csv
expect 3 "an unknown action" check data --apply wrong.csv -o x.csv
printf 'a,b\n1,2\n' >wrong.csv
expect 3 "no fix list" check data --apply wrong.csv -o x.csv
expect 2 "--apply without -o" check data --apply fixes.csv
expect 2 "-o without --apply" check data -o x.csv
printf 'path,label,split\n%s/data/red/000.ppm,red,train\n%s/data/red/001.ppm,red,somewhere\n' "$scratch" "$scratch" >odd.csv
expect 3 "a split that is none" check odd.csv --label label
[ ! -e x.csv ]
result $? "what fails writes nothing"

# Among many pictures, which a model tells apart without an error, one wrong label is sure.
pictures many red 80 200 60 60 11
pictures many green 80 60 200 60 12
pictures many blue 80 60 60 200 13
mv many/red/003.ppm many/blue/red-one.ppm
# Hardly a picture is drawn for validation, then nearly all are.
run check many "${settings[@]}" --fix sure.csv --validation 0.01
[ "$code" -eq 0 ] && [ "$(grep -c '^drop,.*,label,' sure.csv)" = 1 ] && grep -q '^drop,blue/red-one.ppm,label,,red,' sure.csv && ! grep -q ',doubt,' sure.csv
result $? "a surely wrong label is proposed for dropping"
run check many "${settings[@]}" --fix drawn.csv --validation 0.9
[ "$code" -eq 0 ] && [ "$(grep -c ',label,' drawn.csv)" = 1 ] && grep -q '^review,blue/red-one.ppm,label,,red,' drawn.csv
result $? "one that is drawn for validation is not"
# Eight shades of one colour, three pictures each: a model that is wrong as often as right is sure of nothing. (Another awk
# draws other pictures, of which it may be right more often.)
for k in 1 2 3 4 5 6 7 8; do pictures shades c$k 3 $((100 + 6 * k)) 100 100 20$k; done
run check shades "${settings[@]}" --folds 2 --false-alarms 0.5 --json
[ "$code" -eq 0 ] && awk -v sure="$(json problems.label)" -v right="$(json crossval_accuracy)" 'BEGIN { exit !(sure == 0 || right > 0.5) }'
result $? "a model that guesses is sure of nothing: right on $(json crossval_accuracy), sure of $(json problems.label)"
mkdir -p held/train held/validation
mv many/red many/green many/blue held/train/ && mkdir held/validation/{red,green,blue}
for class in red green blue; do mv held/train/$class/07?.ppm held/validation/$class/; done
mv held/train/blue/red-one.ppm held/validation/blue/
run check held "${settings[@]}" --fix held.csv
[ "$code" -eq 0 ] && grep -q '^review,validation/blue/red-one.ppm,label,,red,' held.csv
result $? "nor is one that is held back by the data: figures would look better than they are"

# What was looked at and kept is not told again, until its bytes or its label change.
sed 's/^review\(,validation\/blue\/red-one.ppm,label,\)/keep\1/' held.csv >reviewed.csv
run check held "${settings[@]}" --reviewed reviewed.csv --fix again.csv --json
[ "$code" -eq 0 ] && [ "$(json reviewed problems.label problems.doubt | tr '\n' ' ')" = "1 0 0 " ] && ! grep -qE 'red-one.ppm,(label|doubt)' again.csv
result $? "a reviewed label is not told again"
reviewed_noise=$(json label_noise)
run check held "${settings[@]}" --json
awk -v with="$reviewed_noise" -v without="$(json label_noise)" 'BEGIN { exit !(without > 0.003 && with < without / 100) }'
result $? "and takes no part in the estimate of how many are wrong: $reviewed_noise without it, $(json label_noise) with it"
run check held "${settings[@]}" --reviewed held.csv --json
[ "$code" -eq 0 ] && [ "$(json reviewed problems.label | tr '\n' ' ')" = "0 1 " ]
result $? "what was not kept is"
mv held/validation/blue/red-one.ppm held/train/blue/moved.ppm
run check held "${settings[@]}" --reviewed reviewed.csv
[ "$code" -eq 0 ] && says out '^1 more was reviewed before' && ! says out 'moved.ppm'
result $? "nor under another name"
mv held/train/blue/moved.ppm held/train/green/moved.ppm
run check held "${settings[@]}" --reviewed reviewed.csv --json
[ "$code" -eq 0 ] && [ "$(json reviewed)" = 0 ] && says out '"path":"train/green/moved.ppm","problem":"(label|doubt)"'
result $? "under another label it is"
sed 's/^drop\(,green\/copy.ppm,duplicate,\)/keep\1/; s/^review\(,green\/black.ppm,dark,\)/keep\1/' as-found.csv >kept.csv
run check data --reviewed kept.csv --json
[ "$code" -eq 0 ] && [ "$(json reviewed problems.duplicate problems.dark problems.corrupt | tr '\n' ' ')" = "2 0 0 1 " ]
result $? "other problems can be reviewed, too"
cut -d, -f1-6 kept.csv >old.csv
expect 3 "a list that does not say which bytes were reviewed" check data --reviewed old.csv
run check data --apply old.csv -o of-old.csv --json
[ "$code" -eq 0 ] && [ "$(json dropped)" = 1 ]
result $? "such a list can still be applied"
sed 's/^\(keep,.*,\)[0-9a-f]*$/\1xyz/' kept.csv >wrong.csv
expect 3 "a review of no content" check data --reviewed wrong.csv
expect 2 "--apply with --reviewed" check data --apply kept.csv --reviewed kept.csv -o x.csv
expect 3 "no reviewed list" check data --reviewed no-such.csv
expect 2 "more false alarms than half" check many "${settings[@]}" --false-alarms 0.9

# Groups: the file's number is a person.
mkdir -p people/{train,validation}/{a,b}
for n in 0 1 2 3 4 5; do
  cp data/red/01$n.ppm people/train/a/p$n-1.ppm
  cp data/blue/01$n.ppm people/train/b/p$n-1.ppm
done
cp data/green/010.ppm people/validation/a/p1-2.ppm
cp data/green/011.ppm people/validation/a/p7-2.ppm
cp data/green/012.ppm people/validation/b/p8-2.ppm
cp data/green/013.ppm people/validation/b/p9-2.ppm
run check people --group '/p([0-9]+)-' --json
[ "$code" -eq 0 ] && [ "$(json problems.group)" = 1 ] && says out '"path":"validation/a/p1-2.ppm","problem":"group","action":"train"'
result $? "check --group finds a group in two splits"
expect 2 "--group without a parenthesis" check people --group 'p[0-9]+'
expect 2 "--group that matches nothing" check people --group '(nobody)'

# Explanations.
run explain colours.graft data/red/000.ppm -o why.png
[ "$code" -eq 0 ] && says out '^data/red/000.ppm: red, ' && says out 'Grad-CAM at layer' && [ "$(head -c 4 why.png | tail -c 3)" = PNG ]
result $? "explain writes Grad-CAM as PNG"
run explain colours.graft data/red/000.ppm -o why2.png --method occlusion --json
[ "$code" -eq 0 ] && [ "$(json method label | tr '\n' ' ')" = '"occlusion" "red" ' ] && json path probability peak at map >/dev/null && [ -s why2.png ]
result $? "explain --method occlusion --json"
run explain colours.graft data/red/000.ppm --json --class blue --layer conv1
[ "$code" -eq 0 ] && [ "$(json label layer | tr '\n' ' ')" = '"blue" "conv1" ' ]
result $? "explain takes a class and a layer"
expect 2 "a class that is not there" explain colours.graft data/red/000.ppm -o x.png --class blu
says err 'did you mean blue'
result $? "the nearest class is named"
expect 2 "explain without a place for the map" explain colours.graft data/red/000.ppm
expect 2 "explain into no .png" explain colours.graft data/red/000.ppm -o x.jpg
expect 3 "explain of no picture" explain colours.graft fixes.csv -o x.png
run train manifest.csv --label label "${settings[@]}" --head knn -o knn.graft
expect 2 "Grad-CAM of a head without gradients, asked for" explain knn.graft data/red/000.ppm -o x.png --method gradcam
says err 'occlusion'
result $? "says what explains it"
run train manifest.csv --label label "${settings[@]}" --head majority -o majority.graft
for head in knn majority; do
  expect 0 "behaviour_28: explain works with head $head" explain $head.graft data/red/000.ppm -o $head.png
  says out "^not Grad-CAM: its head is $head" && says out '^occlusion' && [ -s $head.png ]
  result $? "behaviour_28: and says how head $head is explained"
done
run explain knn.graft data/red/000.ppm --json
[ "$code" -eq 0 ] && [ "$(json method)" = '"occlusion"' ] && [ "$(json reason)" != null ]
result $? "--json, too"
expect 2 "squares for Grad-CAM" explain colours.graft data/red/000.ppm -o x.png --method gradcam --window 8
run explain colours.graft data/red/000.ppm -o x.png --window 8
[ "$code" -eq 0 ] && says out '^occlusion, '
result $? "squares ask for occlusion"
rm x.png

# Maps.
run embed data "${settings[@]}" -o map.tsv
[ "$code" -eq 0 ] && [ "$(wc -l <map.tsv)" -eq 51 ] && [ "$(head -n 1 map.tsv)" = "$(printf 'path\tlabel\tsplit\tx\ty')" ]
result $? "embed writes a table"
run embed data "${settings[@]}" -o map.json
[ "$code" -eq 0 ] && cp map.json "$scratch/out" && json features share points >/dev/null
result $? "embed writes JSON"
run embed data "${settings[@]}" -o map.html
[ "$code" -eq 0 ] && grep -q 'class="pictures">\[\["/9j/' map.html && ! grep -qiE '(src|href)="?(https?:)?//' map.html
result $? "embed writes a page with pictures, which fetches nothing"
expect 2 "embed into what is no map" embed data "${settings[@]}" -o map.png
grep -q 'id="calibration"' runs/*/report.html && grep -q 'id="map"' runs/*/report.html
result $? "a run's report has calibration and a map"
finish
