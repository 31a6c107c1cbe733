#!/bin/bash
# graft models: pretrained networks from a server that misbehaves, from files, and by name as --base.
. "$(dirname "$0")/tap.sh"
export no_proxy=127.0.0.1 HOME=$scratch/home
unset XDG_DATA_HOME
models=$HOME/.local/share/graft/models
network=$source/tests/cli/data/tiny.h5
# The registry has no hash of this one.
row=mobilenet_v2.keras.imagenet-notop
file=mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5

mkdir "$scratch/served"
cp "$network" "$scratch/served/$file"
cp "$network" "$scratch/served/vgg16_weights_tf_dim_ordering_tf_kernels.h5"
"$build/tests/cli/http-serve" "$scratch/served" >"$scratch/port" &
server=$!
trap 'kill $server; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do [ -s "$scratch/port" ] && break; sleep 0.1; done
from=http://127.0.0.1:$(cat "$scratch/port")

expect 0 "models lists the registry" models
says out '^vgg16\.keras\.imagenet  *absent .*https://' && [ ! -e "$HOME" ]
result $? "nothing is here, and nothing was made"
expect 0 "models list --json" models list --json
json name state present bytes verified arch format preprocess licence url path sha256 >/dev/null
result $? "the list as JSON"
expect 0 "verify of nothing" models verify
expect 2 "an unknown action" models pul vgg16
says err 'did you mean pull'
result $? "an unknown action gets the nearest"
expect 2 "pull without a name" models pull
expect 2 "list with a name" models list vgg16
expect 2 "an unknown name" models pull vgg16.keras.imagnet
says err 'did you mean'
result $? "an unknown name gets the nearest"
expect 2 "--from where nothing is pulled" models list --from "$from/"

expect 3 "404" models pull $row --from "$from/status/404/"
says err '404.*graft models add FILE'
result $? "404 says how else"
expect 3 "a server in trouble" models pull $row --from "$from/status/500/"
expect 3 "wrong bytes" models pull vgg16 --from "$from/plain/"
says err 'MD5.*expected 64373286793e3c8b2b4e3219cbf3544b'
result $? "wrong bytes name both hashes"
expect 3 "a loop of redirections" models pull $row --from "$from/loop/"
expect 2 "an address of another kind" models pull $row --from file:///tmp/
expect 3 "no server" models pull $row --from http://127.0.0.1:9/
says err 'graft models add FILE'
result $? "without a network the file can be brought by hand"
[ -z "$(ls -A "$models")" ]
result $? "nothing of all that stays"

expect 3 "a cut connection" models pull $row --from "$from/cut/10000/"
[ "$(stat -c %s "$models/$row.h5.part")" -eq 10000 ] && [ ! -e "$models/$row.h5" ]
result $? "the part stays, under a name of its own"
run models list
says out "^$row  *partial"
result $? "the list tells of the part"
expect 0 "it goes on" models pull $row --from "$from/cut/10000/"
cmp -s "$models/$row.h5" "$network" && grep -q '10000-$' "$scratch/served/requests"
result $? "from where it was"
says err 'no hash'
result $? "what no hash vouches for is told"
expect 0 "a second pull has nothing to do" models pull mobilenet_v2.keras.imagenet-notop --from "$from/status/500/"
run models path mobilenet_v2
[ "$code" -eq 0 ] && [ "$(cat "$scratch/out")" = "$models/$row.h5" ]
result $? "its path by the architecture's name"
expect 0 "verify" models verify --json
says out "^\{\"name\":\"$row\",\"state\":\"present\"" && ! says out '"state":"broken"'
result $? "it is verified"
printf x | dd of="$models/$row.h5" bs=1 seek=3000 conv=notrunc 2>/dev/null
expect 3 "verify finds a changed byte" models verify
says out "^$row  *broken .*SHA-256"
result $? "and says which"
expect 0 "remove" models remove $row
expect 3 "remove what is not there" models remove $row
[ -z "$(ls -A "$models")" ]
result $? "the folder is empty again"

# A disk that is full, as a limit on files; two at once; an interrupt.
(trap '' XFSZ; ulimit -f 16; "$graft" models pull $row --from "$from/plain/") >"$scratch/out" 2>"$scratch/err"
[ $? -eq 3 ] && one_error && says err 'make room' && [ ! -e "$models/$row.h5" ]
result $? "a full disk"
expect 0 "and then room" models pull $row --from "$from/plain/"
"$graft" models remove $row
"$graft" models pull $row --from "$from/slow/" >"$scratch/first" 2>&1 &
first=$!
for _ in $(seq 100); do [ -s "$models/$row.h5.part" ] && break; sleep 0.05; done
expect 3 "two at once" models pull $row --from "$from/slow/"
says err 'another process'
result $? "the second is told"
kill -TERM $first
wait $first
[ $? -eq 130 ] && [ -s "$models/$row.h5.part" ] && [ ! -e "$models/$row.h5" ]
result $? "an interrupted one leaves its part"
run models pull $row --from "$from/slow/" -v
[ "$code" -eq 0 ] && says err 'went on after' && cmp -s "$models/$row.h5" "$network"
result $? "and goes on"
expect 0 "remove it" models remove $row

expect 0 "another folder" models pull $row --from "$from/redirect/3/" --models-dir "$scratch/other"
[ -s "$scratch/other/$row.h5" ] && [ -s "$scratch/other/$row.json" ]
result $? "has model and record"
XDG_DATA_HOME=$scratch/xdg run models add "$network" --name mine
[ "$code" -eq 0 ] && [ -s "$scratch/xdg/graft/models/mine.h5" ]
result $? "XDG_DATA_HOME is heeded"

expect 3 "add what is no network" models add "$source/README.md"
expect 2 "add under a taken name" models add "$network" --name vgg16
expect 0 "add" models add "$network" --name mine --preprocess 01 --json
json name path >/dev/null
result $? "add as JSON"
expect 0 "list" models list --json
grep -q '"name":"mine","state":"present".*"preprocess":"01"' "$scratch/out"
result $? "an added one is listed"

three_colours "$scratch/data"
expect 0 "a base by its own name" extract "$scratch/data" --base mine --image-size 32 -o "$scratch/own.npy"
expect 0 "the same as a file" extract "$scratch/data" --base "$network" --preprocess 01 --image-size 32 -o "$scratch/file.npy"
cmp -s "$scratch/own.npy" "$scratch/file.npy"
result $? "give the same features"
expect 3 "a base that is not here" train "$scratch/data" --base vgg16
says err 'graft models pull vgg16.*graft models add FILE'
result $? "a base that is not here says how to get it"
expect 3 "an architecture without weights" train "$scratch/data" --base resnet8
says err 'no weights.*--base none --arch resnet8'
result $? "an architecture without weights says so"
(cd "$scratch" && cp "$source/README.md" vgg16)
expect 3 "a file comes before a name" train "$scratch/data" --base vgg16
says err 'vgg16: '  && ! says err 'graft models pull'
result $? "a file comes before a name: its own error"
rm "$scratch/vgg16"
expect 3 "a misspelt file" train "$scratch/data" --base no-such-file.h5

pretrained=$shared/weights/mobilenet_v2_imagenet.h5
if [ -f "$pretrained" ]; then
  cp "$pretrained" "$scratch/served/$file"
  expect 0 "pull a real network" models pull mobilenet_v2.keras.imagenet-notop --from "$from/plain/"
  expect 0 "train by name" train "$scratch/data" --base mobilenet_v2 -o "$scratch/run" --folds 2
  says out 'mobilenet_v2' || grep -q 'mobilenet_v2' "$scratch"/run/*.json
  result $? "the run tells the network's name"
  weights=$shared/weights/readers/mobilenet_2_5_224_tf_no_top.h5
  expect 0 "add weights alone" models add "$weights" --name small
  expect 0 "their network was found out" models verify small --json
  says out '"arch":"mobilenet_v1.keras".*"preprocess":"tf"'
  result $? "and its preprocessing"
  expect 2 "add weights alone as another network's" models add "$weights" --name other --arch nonsense
  expect 3 "add weights alone as a wrong network's" models add "$weights" --name other --arch vgg16
  expect 0 "features by weights alone" extract "$scratch/data" --base small --image-size 64 -o "$scratch/small.npy"
else
  skip "pull and train a real network" "no $pretrained"
fi
finish
