#!/bin/bash
# graft autoencoder as its users meet it: train, kill -9, resume, score, reconstruct, the encoder as a base.
. "$(dirname "$0")/tap.sh"

pictures data red 30 200 60 60 1
pictures data green 30 60 200 60 2
pictures normal red 4 200 60 60 11
pictures strange blue 4 40 40 220 12
small=(--image-size 16 --latent 6 --batch 8 --threads 1)

run autoencoder train data "${small[@]}" --epochs 12 -o model.graft
[ "$code" -eq 0 ] && says out '^data +data: 60 pictures; train ' && says out '^threshold ' && cmp -s model.graft runs/data-1/autoencoder.graft &&
  [ "$(wc -l <runs/data-1/history.csv)" -eq 13 ] && [ ! -e runs/data-1/PARTIAL ]
result $? "train leaves a model, an encoder and a history"
grep -q 'Originals above reconstructions' runs/data-1/report.html && grep -q 'Map of the codes' runs/data-1/report.html &&
  grep -q 'data:image/png;base64,' runs/data-1/report.html && ! grep -q 'Accuracy by epoch' runs/data-1/report.html
result $? "the report shows pictures, scores and a map"
grep -q '"name":"green"' runs/data-1/report.html && grep -q 'From one picture to another' runs/data-1/report.html && ! grep -q 'Draws from the prior' runs/data-1/report.html
result $? "the map has the folders' colours, and points of the code are decoded"
for arch in denoise variational; do
  run autoencoder train data "${small[@]}" --arch $arch --epochs 2 --runs others --json
  [ "$code" -eq 0 ] && json event >/dev/null && says out '"event":"done".*"threshold":' && [ "$(grep -c '"event":"epoch"' "$scratch/out")" -eq 2 ]
  result $? "--arch $arch, as events"
done
grep -q 'Draws from the prior' others/data-2/report.html && grep -q 'From one picture to another' others/data-2/report.html
result $? "a variational one's report shows draws from the prior"

run autoencoder score model.graft normal
[ "$code" -eq 0 ] && [ "$(head -n 1 "$scratch/out")" = "$(printf 'path\tscore\tthreshold\tverdict')" ] && [ "$(wc -l <"$scratch/out")" -eq 5 ]
result $? "score prints a table"
cp "$scratch/out" normal.tsv
run autoencoder score model.graft strange/blue/000.ppm strange/blue/001.ppm normal
[ "$code" -eq 0 ] && [ "$(grep -c $'\tanomalous$' "$scratch/out")" -ge 2 ] &&
  awk -F'\t' 'NR > 1 && /strange/ { if (least == "" || $2 < least) least = $2 } NR > 1 && /normal/ { if ($2 > most) most = $2 } END { exit !(least > most) }' "$scratch/out"
result $? "strange pictures score higher than usual ones"
run autoencoder score model.graft strange --json
[ "$code" -eq 0 ] && [ "$(json path score threshold anomalous | wc -l)" -ge 4 ] && says out '"anomalous":true'
result $? "score --json prints an object a line"
run autoencoder score model.graft normal --threshold 0
[ "$code" -eq 0 ] && [ "$(grep -c $'\tanomalous$' "$scratch/out")" -eq 4 ]
result $? "--threshold takes the place of the model's"
run autoencoder reconstruct model.graft normal strange -o sheet.png --count 6 --columns 3
[ "$code" -eq 0 ] && [ "$(head -c 4 sheet.png | tail -c 3)" = PNG ]
result $? "reconstruct draws a sheet"
run autoencoder reconstruct model.graft strange -o sheet.png --count 3 --json
[ "$code" -eq 0 ] && [ "$(json output model pictures | tr '\n' ' ')" = '"sheet.png" "model.graft" 3 ' ] && [ "$(wc -l <"$scratch/out")" -eq 1 ]
result $? "reconstruct --json is one object"
expect 2 "score writes no file" autoencoder score model.graft strange -o none.tsv
[ ! -e none.tsv ] && says err 'autoencoder score: it writes no file'
result $? "and that is said"

for base in runs/data-1/backbone.safetensors model.graft; do
  run train data --base "$base" --runs others --layer latent
  [ "$code" -eq 0 ] && says out 'latent'
  result $? "train --base ${base##*/}"
done
run extract data --base model.graft -o codes.npy
[ "$code" -eq 0 ] && says out '6' && [ "$(head -c 128 codes.npy | tr -d '\0' | grep -ac '(60, 6)')" -eq 1 ]
result $? "extract writes codes"
run crossval data --base model.graft --folds 3
[ "$code" -eq 0 ]
result $? "crossval --base"
run compare data --base model.graft --folds 2 --epochs 1 --sizes 1
[ "$code" -eq 0 ]
result $? "compare --base"
grey_classes grey
run autoencoder train grey "${small[@]}" --epochs 2 --runs others
[ "$code" -eq 0 ] && run compare grey --base others/grey-1/autoencoder.graft --folds 2 --sizes 1 --epochs 1 --scratch same --arms raw,scratch,random_frozen,frozen,finetuned --diagnose always &&
  [ "$code" -eq 0 ] && [ "$(grep -cE '^(raw|scratch|random_frozen|frozen|finetuned) +[01]\.[0-9]{4} ' "$scratch/out")" -eq 5 ] && says out 'latent' && says out 'with random weights, all of it trained'
result $? "compare takes an encoder of grey pictures, with all arms"
printf 'input:32\nconv:8:3/2:same:nobias bn relu conv:16:3/2:same:nobias bn relu\ngap dense:10\n' >small.net
for teacher in model.graft others/data-2/backbone.safetensors; do
  run distill data --teacher "$teacher" --arch small.net --epochs 1 --batch 8 --runs others -o taught.safetensors
  [ "$code" -eq 0 ] && run train data --base taught.safetensors --runs others && [ "$code" -eq 0 ]
  result $? "distill learns the code of ${teacher##*/}"
done
run distill data --teacher "$source/tests/cli/data/tiny.h5" --teacher-preprocess 01 --teacher-size 32 --arch model.graft --epochs 1 --batch 8 --runs others -o student.safetensors
[ "$code" -eq 0 ] && run extract data --base student.safetensors -o codes.npy && [ "$code" -eq 0 ] && [ "$(head -c 128 codes.npy | tr -d '\0' | grep -ac '(60, 6)')" -eq 1 ]
result $? "an encoder like it is a student, and its code the features"
expect 2 "a code is no logits" distill data --teacher model.graft --arch small.net --to logits --runs bad
expect 2 "an autoencoder's name is no student" distill data --teacher model.graft --arch conv --runs bad
says err 'of graft autoencoder: give the backbone.safetensors'
result $? "which says what is"
run summary model.graft
[ "$code" -eq 0 ] && says out 'decoded'
result $? "summary lists all of it"

# kill -9 at whatever step it comes to, three times over; then once to the end.
learning=("${small[@]}" --arch variational --noise 0.1 --epochs 30 --checkpoint-steps 2 --ema 0.5)
run autoencoder train data "${learning[@]}" --runs whole
[ "$code" -eq 0 ]
result $? "an unbroken run"
"$graft" autoencoder train data "${learning[@]}" --runs broken >/dev/null 2>&1 </dev/null &
job=$!
disown $job
for attempt in 1 2 3; do
  for _ in $(seq 400); do
    [ -e broken/data-1/checkpoints/checkpoint-b.safetensors ] && break
    kill -0 $job 2>/dev/null || break
    sleep 0.02
  done
  sleep "0.0$((attempt * 3))"
  kill -9 $job 2>/dev/null
  "$graft" autoencoder train data --resume broken/data-1 --threads 1 >/dev/null 2>&1 </dev/null &
  job=$!
  disown $job
  sleep 0.1
done
kill -9 $job 2>/dev/null
sleep 0.1
run autoencoder train data --resume broken/data-1 --threads 1
[ "$code" -eq 0 ] && cmp -s whole/data-1/history.csv broken/data-1/history.csv && cmp -s whole/data-1/backbone.safetensors broken/data-1/backbone.safetensors &&
  cmp -s whole/data-1/autoencoder.graft broken/data-1/autoencoder.graft && [ ! -e broken/data-1/PARTIAL ]
result $? "after kill -9 a run ends as an unbroken one, byte for byte"
run autoencoder train data "${small[@]}" --epochs 1 --seed 5 --validation 0.4 --runs seeds
run autoencoder train data --resume seeds/data-1 --threads 1
[ "$code" -eq 0 ]
result $? "the options of the split are resumed, too"
expect 3 "a run with other options is not resumed" autoencoder train data --resume broken/data-1 --noise 0.2

run autoencoder train data "${small[@]}" --arch variational --time 2s --runs timed
[ "$code" -eq 0 ] && grep -q '"epochs": [0-9]' timed/data-1/schedule.json
result $? "--time finds the number of epochs"
run autoencoder train data --image-size 64 --latent 6 --threads 1 --epochs 1 --batch 40 --memory 150M --runs parts
[ "$code" -eq 0 ] && says out 'batches of 40 in parts of [0-9]+, to stay below --memory'
result $? "--memory divides batches"
expect 2 "what --memory cannot hold is told" autoencoder train data "${small[@]}" --memory 64M --runs parts
run autoencoder train data "${small[@]}" --epochs 3 --lr 1e3 --optimizer sgd --runs blown --json
[ "$code" -eq 0 ] && says out '"stop":"nan"' || { [ "$code" -eq 3 ] && says err 'not finite'; }
result $? "a loss that is not finite ends a run in order"

# IDX without labels, as a folder and gzipped.
mkdir idx
{ printf '\0\0\010\003\0\0\0\050\0\0\0\014\0\0\0\014'; awk 'BEGIN { srand(5); for (i = 0; i < 40; i++) for (k = 0; k < 144; k++) printf "%c", 33 + int(rand() * 40) + (i % 7) * 6 }'; } >idx/train-images-idx3-ubyte
gzip idx/train-images-idx3-ubyte
run autoencoder train idx --latent 4 --epochs 2 --batch 8 --runs others
[ "$code" -eq 0 ] && says out '40 pictures' && run autoencoder score others/idx-1/autoencoder.graft idx && [ "$(wc -l <"$scratch/out")" -eq 41 ]
result $? "IDX pictures need no labels, and keep their own size"

mkdir empty single broken-pictures tiny
cp normal/red/000.ppm single
printf 'P3\n1 1\n255\n1 2 3\n' >tiny/a.ppm
printf 'P3\n1 1\n255\n200 2 3\n' >tiny/b.ppm
printf 'P3\n1 1\n255\n1 200 3\n' >tiny/c.ppm
printf 'no picture' >broken-pictures/a.jpg
printf 'P3\n9 9\n' >broken-pictures/b.ppm
printf 'a,b,c,d\n1,2,3,4\n1,nan,3,4\n' >nan.csv
head -c 2000 model.graft >cut.graft
expect 3 "an empty folder is refused" autoencoder train empty
expect 3 "one picture is refused" autoencoder train single --runs bad
expect 2 "pictures of one pixel are refused" autoencoder train tiny --runs bad
says err 'an input of 1x1, the smallest is 8x8'
result $? "with what the smallest is"
expect 3 "files that are no pictures are refused" autoencoder train broken-pictures --runs bad
expect 3 "NaN in a table is refused" autoencoder train nan.csv --runs bad
expect 2 "an unknown architecture is refused" autoencoder train data --arch cnov --runs bad
expect 2 "a rate that is no number is refused" autoencoder train data --lr nan
expect 2 "an unknown action is refused" autoencoder dream data
expect 2 "train takes one path" autoencoder train data data
expect 2 "score needs pictures" autoencoder score model.graft
expect 2 "reconstruct needs a sheet" autoencoder reconstruct model.graft normal
expect 3 "a model that is cut short is refused" autoencoder score cut.graft normal
expect 3 "a model that is no autoencoder is refused" autoencoder score runs/data-1/backbone.safetensors normal
expect 3 "a model that is not there is refused" autoencoder score no.graft normal
expect 3 "pictures that cannot be read are refused" autoencoder score model.graft broken-pictures
expect 3 "a run that is not there is not resumed" autoencoder train data --resume nowhere
finish
