#!/bin/bash
# graft convert: formats, what it says, what it refuses, what it leaves behind.
. "$(dirname "$0")/tap.sh"

cat >small.net <<'NET'
input:32
conv:8:3/2 bn relu6 maxpool:3/2:pad=1
conv:12:3:pad=0,1,2,1 bn swish
top ( flatten:chw dense:4 softmax )
NET

expect 0 "an untrained network as a Keras model" convert none a.h5 --arch small.net
says out '^a\.h5: keras-h5 from none, [0-9]+ bytes, checked: answers differ by [0-9.e-]+ of the largest$'
result $? "what was written and that it was checked"
expect 0 "a Keras model as safetensors" convert a.h5 b.safetensors --preprocess tf --json
[ "$(json from)" = '"keras-h5"' ] && [ "$(json to)" = '"safetensors"' ] && [ "$(json checked)" = true ]
result $? "--json says from what, to what, and that it was checked"
[ "$(json bytes)" = "$(stat -c %s b.safetensors)" ]
result $? "--json has the file's size"
expect 0 "the same with kernels as f16" convert a.h5 halves.safetensors --preprocess tf --store f16 --json
[ "$(json checked)" = true ] && [ "$(stat -c %s halves.safetensors)" -lt "$(stat -c %s b.safetensors)" ]
result $? "it takes less room and answers nearly the same"
expect 0 "halves are read as any other file" convert halves.safetensors whole.safetensors --preprocess tf
expect 2 "halves are for safetensors" convert a.h5 halves.onnx --preprocess tf --store f16
expect 0 "safetensors as a model of graft's own" convert b.safetensors c.graft
expect 0 "the model as PyTorch's weights" convert c.graft d.safetensors --to torch --json
[ "$(json to)" = '"torch"' ] && [ "$(json checked)" = false ] && [ "$(json difference)" = null ]
result $? "weights alone are not checked, and that is said"
expect 0 "the model as a Keras model" convert c.graft e.h5 --quiet
expect 0 "without a check" convert c.graft f.h5 --no-check
cmp -s e.h5 f.h5
result $? "the check changes nothing"
three_colours data
expect 0 "what was written predicts" predict e.h5 data/red/000.ppm --json
sed 's/[0-9.]*//g' "$scratch/out" >one
expect 0 "the model it came from predicts" predict c.graft data/red/000.ppm --json
sed 's/[0-9.]*//g' "$scratch/out" | cmp -s - one
result $? "and says the same"
expect 0 "an untrained network" convert none small.safetensors --arch graft-s --image-size 64
expect 0 "a network for larger pictures" convert small.safetensors larger.safetensors --image-size 96
"$graft" summary larger.safetensors | grep -qE '^input .* 3x96x96 '
result $? "is one for larger pictures"
expect 2 "the size of a model's pictures is its own" convert c.graft larger.safetensors --image-size 96
expect 0 "up to a layer" convert c.graft cut.safetensors --layer "$("$graft" summary c.graft --json | tr '{' '\n' | sed -n 's/.*"name":"\([^"]*\)","op":"maxpool2d".*/\1/p')"
expect 0 "the cut network is a backbone" extract data --base cut.safetensors -o feats.npy

expect 2 "one operand" convert a.h5
expect 2 "no target in the name" convert a.h5 b.xyz
says err 'pass --to'
result $? "no target in the name says what to pass"
expect 2 "a misspelt target" convert a.h5 b.xyz --to keras_h5
says err 'did you mean keras-h5\?'
result $? "a misspelt target gets the nearest"
expect 2 "the input as the output" convert b.safetensors ./b.safetensors
expect 2 "a layer that does not exist" convert c.graft x.h5 --layer nothing
expect 2 "a layer of a model of graft's own" convert c.graft x.graft --layer conv
expect 2 "preprocessing of a model that has its own" convert c.graft x.h5 --preprocess caffe
expect 3 "an input that is missing" convert missing.h5 x.h5
expect 3 "an input that is no network" convert small.net x.h5
expect 3 "a folder that is missing" convert a.h5 none/x.h5
head -c 1000 a.h5 >cut.h5
expect 3 "a damaged input" convert cut.h5 x.h5
cat >lrn.net <<'NET'
input:16
conv:4:3 lrn
top ( gap dense:2 softmax )
NET
if "$graft" summary lrn.net >/dev/null 2>&1; then
  expect 2 "an op that the target has not" convert none x.h5 --arch lrn.net
  says err "layer '.*' \(lrn\): Keras cannot say it"
  result $? "an op that the target has not is named"
fi
[ -z "$(ls | grep -E '^x\.|tmp')" ]
result $? "nothing is left after failures"
finish
