#!/usr/bin/python3
"""Writes the small files beside it: the networks tiny.net and tiny-torch.net with zoo/make.py's values, in the ways that
published.py knows, right and wrong. Run in this folder. Written with h5py 3.7, PyTorch 1.13.0, NumPy 1.24."""
import numpy as np
import torch
import published

space = published.maker(7)
space['GAIN'] = 6.0


def layer(name, **shapes):
    return name, {kind: space['parameter'](name, kind, shape).numpy().astype(np.float32) for kind, shape in shapes.items()}


def bn(name, width, gamma=True):
    kinds = (['gamma'] if gamma else []) + ['beta', 'mean', 'variance']
    return layer(name, **{kind: (width,) for kind in kinds})


# In Keras' order: what is as far from the output stands together, the sum's first branch first.
canonical = [
    layer('block1_conv1', kernel=(4, 3, 3, 3), bias=(4,)),
    layer('conv2d', kernel=(6, 4, 3, 3)), bn('batch_normalization', 6),
    layer('conv2d_1', kernel=(6, 6, 3, 3)), bn('batch_normalization_1', 6),
    layer('conv2d_2', kernel=(6, 6, 1, 1)), bn('batch_normalization_2', 6),
    layer('sep/depthwise', kernel=(6, 1, 3, 3)), layer('sep', kernel=(8, 6, 1, 1)), bn('sep_bn', 8, False),
    layer('predictions', kernel=(7, 8), bias=(7,)),
]
layers = published.of_keras(canonical)
old = {'conv2d': 'convolution2d', 'batch_normalization': 'batchnormalization'}
published.write_h5('tiny-keras2.h5', published.renumber(layers, 9), published.keras_2)
published.write_h5('tiny-keras1.h5', published.renumber(layers, 1, old), published.keras_1)
published.write_h5('tiny-notop.h5', layers[:-1], published.keras_2)
published.write_h5('tiny-order.h5', [('l%d' % i, weights) for i, (_, weights) in enumerate(layers)], published.keras_1)
# One shape too few: by order nothing may be taken.
published.write_h5('tiny-short.h5', [('l%d' % i, weights) for i, (_, weights) in enumerate(layers) if i != 4],
                   published.keras_2)
published.write_keras_3('tiny-unnamed.weights.h5', layers, False)
np.savez('tiny.npz', **{published.keras_2(name, weight)[:-2]: value for name, weights in layers
                        for weight, value in weights})
# A graph's own names and layouts.
nodes = {'block1_conv1': 'block1_conv1/linear', 'predictions': 'predictions/linear'}
published.write_safetensors('tiny-graft.safetensors', {'%s/%s' % (nodes.get(name, name), kind): value
                                                       for name, weights in canonical for kind, value in weights.items()})

torch_layers = [
    layer('conv1', kernel=(4, 3, 3, 3)), bn('bn1', 4), layer('layer1.0.conv1', kernel=(4, 4, 3, 3)),
    bn('layer1.0.bn1', 4), layer('layer2.0.dw', kernel=(4, 1, 3, 3)),
    layer('layer2.0.pw', kernel=(6, 4, 1, 1), bias=(6,)),
]


def state(classes, dense=True):
    out = {}
    for name, weights in torch_layers + [layer('fc', kernel=(classes, 6), bias=(classes,))]:
        for kind, value in weights.items():
            if kind == 'kernel' and name == 'fc' and not dense:
                value = value.reshape(classes, 6, 1, 1)
            out['%s.%s' % (name, published.TORCH[kind])] = torch.from_numpy(value)
        if 'mean' in weights:
            out[name + '.num_batches_tracked'] = torch.tensor(5)
    return out


torch.save(state(12), 'tiny.pth')
torch.save(state(12, dense=False), 'tiny-legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'model': {'module.' + key: value for key, value in state(5).items()}, 'epoch': 3}, 'tiny-five.pth')
part = state(12)
del part['layer1.0.bn1.running_mean']
torch.save(part, 'tiny-part.pth')
published.write_safetensors('tiny-torch.safetensors', published.floats(state(12)))
