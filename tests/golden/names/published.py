#!/usr/bin/python3
"""Writes files of weights as the frameworks' makers published theirs: published.py FOLDER CASE... makes FOLDER/CASE of
each, and prints its name when it is whole. It runs ahead of a reader, who removes the files, by a few.

Values follow from the table's layer names by zoo/make.py's formula, so that a reader can tell where each tensor belongs.
Layers and shapes are those of zoo/make.py's networks (torchvision's own, and Keras' written anew there); the names, groups
and attributes are written here. Needs h5py or PyTorch. Written with h5py 3.7, PyTorch 1.13.0, torchvision 0.14.1.
"""
import io
import json
import os
import re
import struct
import sys
import time
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def maker(classes):
    """zoo/make.py without the work it does at its end."""
    text = open(os.path.join(HERE, '..', 'zoo', 'make.py')).read()
    space = {'__name__': 'make'}
    exec(compile(text[:text.index('torch.set_num_threads(1)')], 'make.py', 'exec'), space)
    space['CLASSES'] = classes
    space['save'] = lambda *arguments: None
    return space


MADE = {}  # the last network made: several files in a row hold the same one


def made(key, make):
    if key not in MADE:
        MADE.clear()
        MADE[key] = make()
    return MADE[key]


def layers_of(space, arch, gain):
    """[(layer, {kind: canonical array})] in the order in which the network was written down."""
    return list(made((arch, gain), lambda: make_layers(space, arch, gain)))


def make_layers(space, arch, gain):
    found, formula = {}, space['parameter']
    space['GAIN'] = gain

    def record(layer, kind, shape):
        value = formula(layer, kind, shape)
        found.setdefault(layer, {})[kind] = value.numpy().astype(np.float32)
        return value
    space['parameter'] = record
    import torch
    with torch.no_grad():
        space['WORK'][arch](arch)
    space['parameter'] = formula
    return list(found.items())


# ---- Keras ----

ORDER = ('depthwise_kernel', 'pointwise_kernel', 'kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance')
KERAS_1 = {'kernel': 'W', 'bias': 'b', 'moving_mean': 'running_mean', 'moving_variance': 'running_std'}
NORM = {'mean': 'moving_mean', 'variance': 'moving_variance'}


def of_keras(layers):
    """Canonical layers -> [(layer, [(weight, array)])] in Keras' names, layouts and order of a layer's weights."""
    merged = {}
    for layer, weights in layers:
        base, half = (layer[:-10], 'depthwise_') if layer.endswith('/depthwise') else (layer, '')
        if layer in merged:
            half = 'pointwise_'
        target = merged.setdefault(base, {})
        for kind, value in weights.items():
            name = NORM.get(kind, kind)
            if kind == 'kernel' and value.ndim == 4:
                depthwise = value.shape[1] == 1 and half != 'pointwise_' and value.shape[0] > 1 and value.shape[2] > 1
                name = ('depthwise_' if depthwise else half) + 'kernel'
                value = value.transpose(2, 3, 0, 1) if depthwise else value.transpose(2, 3, 1, 0)
            elif kind == 'kernel':
                value = value.T
            target[name] = np.ascontiguousarray(value)
    return [(layer, sorted(weights.items(), key=lambda item: ORDER.index(item[0])))
            for layer, weights in merged.items()]


def write_h5(path, layers, weight_name, attributes=(('backend', 'tensorflow'), ('keras_version', '2.0.8'))):
    """What Keras' save_weights wrote: groups by layer, their names in layer_names and weight_names."""
    import h5py
    with h5py.File(path, 'w') as file:
        file.attrs['layer_names'] = np.array([layer.encode() for layer, _ in layers])
        for key, value in attributes:
            file.attrs[key] = value.encode()
        for layer, weights in layers:
            group = file.create_group(layer) if layer not in file else file[layer]
            names = [weight_name(layer, name) for name, _ in weights]
            group.attrs['weight_names'] = np.array([name.encode() for name in names])
            for name, (_, value) in zip(names, weights):
                group.create_dataset(name, data=value)


def keras_2(layer, name):
    return '%s/%s:0' % (layer, name)


def keras_1(layer, name):
    return '%s_%s:0' % (layer, KERAS_1.get(name, name))


def keras_1_again(layer, name):
    return '%s_%s_1:0' % (layer, KERAS_1.get(name, name))


def class_of(weights):
    names = [name for name, _ in weights]
    if 'gamma' in names or 'moving_mean' in names:
        return 'batch_normalization'
    if 'pointwise_kernel' in names:
        return 'separable_conv2d'
    if 'depthwise_kernel' in names:
        return 'depthwise_conv2d'
    return 'dense' if weights[0][1].ndim == 2 else 'conv2d'


def write_keras_3(path, layers, named):
    """.weights.h5: layers by class, weights by place; newer versions give the layer's name beside them."""
    import h5py
    counts = {}
    with h5py.File(path, 'w') as file:
        for layer, weights in layers:
            stem = class_of(weights)
            count = counts.get(stem, 0)
            counts[stem] = count + 1
            group = file.create_group('layers/%s/vars' % (stem if count == 0 else '%s_%d' % (stem, count)))
            if named:
                group.attrs['name'] = layer
            for i, (_, value) in enumerate(weights):
                group.create_dataset(str(i), data=value)


def renumber(layers, first, stems=None):
    """conv2d, conv2d_1, ... -> conv2d_FIRST, ..."""
    out = []
    for layer, weights in layers:
        match = re.fullmatch(r'(conv2d|batch_normalization|dense)(?:_(\d+))?', layer)
        if match:
            layer = '%s_%d' % ((stems or {}).get(match[1], match[1]), int(match[2] or 0) + first)
        out.append((layer, weights))
    return out


def keras_order(layers):
    """ResNet50's layers as Keras sorts them: the shortcut's stand beside those of the last convolution."""
    place = {'1_conv': 0, '1_bn': 1, '2_conv': 2, '2_bn': 3, '0_conv': 4, '3_conv': 5, '0_bn': 6, '3_bn': 7}

    def key(item):
        match = re.fullmatch(r'conv(\d)_block(\d)_(\d_\w+)', item[0])
        if match:
            return int(match[1]), int(match[2]), place[match[3]]
        return (1, 0, item[0] == 'conv1_bn') if item[0].startswith('conv1') else (9, 0, 0)
    return sorted(layers, key=key)


def of_2015(space, layers):
    """ResNet50's layers with the names of 2015, and the values that follow from them."""
    branch = {'0': '1', '1': '2a', '2': '2b', '3': '2c'}
    out = []
    for layer, weights in layers:
        match = re.fullmatch(r'conv(\d)_block(\d)_(\d)_(conv|bn)', layer)
        if match:
            stem = 'res' if match[4] == 'conv' else 'bn'
            layer = '%s%s%s_branch%s' % (stem, match[1], 'abcdef'[int(match[2]) - 1], branch[match[3]])
        else:
            layer = {'conv1_conv': 'conv1', 'conv1_bn': 'bn_conv1', 'predictions': 'fc1000'}[layer]
        new = {kind: space['parameter'](layer, kind, value.shape).numpy().astype(np.float32)
               for kind, value in weights.items()}
        out.append((layer, new))
    return out


def with_normalization(layers):
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    weights = [('mean', mean), ('variance', deviation ** 2), ('count', np.int64(0))]
    return [('normalization', weights)] + layers


# ---- PyTorch ----

TORCH = {'kernel': 'weight', 'bias': 'bias', 'gamma': 'weight', 'beta': 'bias', 'mean': 'running_mean',
         'variance': 'running_var'}


def of_torchvision(space, name, gain, **arguments):
    return made((name, gain, tuple(arguments.items())), lambda: make_torchvision(space, name, gain, **arguments))


def make_torchvision(space, name, gain, **arguments):
    import torch
    import torchvision
    space['GAIN'] = gain
    model = getattr(torchvision.models, name)(weights=None, **arguments).eval()
    for path, module in model.named_modules():
        kinds = space['NORM_KINDS'] if isinstance(module, torch.nn.BatchNorm2d) else space['KINDS']
        for own, kind in kinds.items():
            value = getattr(module, own, None)
            if isinstance(value, torch.Tensor):
                value.data.copy_(space['parameter'](path, kind, tuple(value.shape)))
    return model.state_dict()


def rename(state, rules):
    out = {}
    for key, value in state.items():
        layer, _, weight = key.rpartition('.')
        for pattern, replacement in rules:
            match = re.fullmatch(pattern, layer)
            if match:
                layer = replacement(*match.groups())
                break
        out[layer + '.' + weight] = value
    return out


OLD_DENSENET = [(r'(.*denselayer\d+\.)(norm|conv)(\d)', lambda a, b, c: '%s%s.%s' % (a, b, c))]
PARTS = {'0.0': 'conv_pw', '0.1': 'bn1', '1.0': 'conv_dw', '1.1': 'bn2', '2': 'conv_pwl', '3': 'bn3'}
FIRST_PARTS = {'0.0': 'conv_dw', '0.1': 'bn1', '1': 'conv_pw', '2': 'bn2'}


def timm_block(number, part):
    number, stage = int(number), 0
    if number == 1:
        return 'blocks.0.0.' + FIRST_PARTS[part]
    for stage, (first, count) in enumerate([(2, 2), (4, 3), (7, 4), (11, 3), (14, 3), (17, 1)], 1):
        if number < first + count:
            return 'blocks.%d.%d.%s' % (stage, number - first, PARTS[part])


TIMM_MOBILENET = [(r'features\.0\.0', lambda: 'conv_stem'), (r'features\.0\.1', lambda: 'bn1'),
                  (r'features\.18\.0', lambda: 'conv_head'), (r'features\.18\.1', lambda: 'bn2'),
                  (r'features\.(\d+)\.conv\.(.*)', timm_block), (r'classifier\.1', lambda: 'classifier')]
EFFICIENT = {'0.0': 'conv_pw', '0.1': 'bn1', '1.0': 'conv_dw', '1.1': 'bn2', '2.fc1': 'se.conv_reduce',
             '2.fc2': 'se.conv_expand', '3.0': 'conv_pwl', '3.1': 'bn3'}
EFFICIENT_FIRST = {'0.0': 'conv_dw', '0.1': 'bn1', '1.fc1': 'se.conv_reduce', '1.fc2': 'se.conv_expand',
                   '2.0': 'conv_pw', '2.1': 'bn2'}
TIMM_EFFICIENTNET = [(r'features\.0\.0', lambda: 'conv_stem'), (r'features\.0\.1', lambda: 'bn1'),
                     (r'features\.8\.0', lambda: 'conv_head'), (r'features\.8\.1', lambda: 'bn2'),
                     (r'features\.1\.(\d+)\.block\.(.*)', lambda j, p: 'blocks.0.%s.%s' % (j, EFFICIENT_FIRST[p])),
                     (r'features\.(\d+)\.(\d+)\.block\.(.*)',
                      lambda i, j, p: 'blocks.%d.%s.%s' % (int(i) - 1, j, EFFICIENT[p])),
                     (r'classifier\.1', lambda: 'classifier')]


def timm_vgg(state):
    state = rename(state, [(r'classifier\.0', lambda: 'pre_logits.fc1'), (r'classifier\.3', lambda: 'pre_logits.fc2'),
                           (r'classifier\.6', lambda: 'head.fc')])
    for name, side in (('fc1', 7), ('fc2', 1)):
        key = 'pre_logits.%s.weight' % name
        state[key] = state[key].reshape(4096, -1, side, side)
    return state


def write_torch(path, state, legacy=False):
    import torch
    torch.save(state, path, _use_new_zipfile_serialization=not legacy)


def write_safetensors(path, arrays):
    header, data, at = {}, io.BytesIO(), 0
    for name, value in arrays.items():
        value = np.ascontiguousarray(value, np.float32)
        data.write(value.tobytes())
        header[name] = {'dtype': 'F32', 'shape': list(value.shape), 'data_offsets': [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data.getvalue())


def floats(state):
    return {key: value.numpy() for key, value in state.items() if not key.endswith('num_batches_tracked')}


# ---- cases ----

def write(case, path, space):
    def keras(arch, gain):
        return of_keras(layers_of(space, arch, gain))

    def without(layers, *heads):
        return [layer for layer in layers if layer[0] not in heads]
    if case in ('vgg16-notop', 'vgg19-notop'):
        layers = layers_of(space, 'vgg16.keras', 6.0)
        if case.startswith('vgg19'):
            for block, width in ((3, 256), (4, 512), (5, 512)):
                name = 'block%d_conv4' % block
                layers.append((name, {kind: space['parameter'](name, kind, shape).numpy().astype(np.float32)
                                      for kind, shape in (('kernel', (width, width, 3, 3)), ('bias', (width,)))}))
        write_h5(path, without(of_keras(layers), 'fc1', 'fc2', 'predictions'), keras_1_again)
    elif case == 'resnet50':
        write_h5(path, keras('resnet50.keras', 6.0), keras_2)
    elif case == 'resnet50-notop':
        write_h5(path, without(keras('resnet50.keras', 6.0), 'predictions'), keras_2)
    elif case == 'resnet50-by-order':
        layers = keras_order(keras('resnet50.keras', 6.0))
        write_h5(path, [('layer_%d' % i, weights) for i, (_, weights) in enumerate(layers)], keras_2)
    elif case == 'resnet50-2015':
        write_h5(path, of_keras(of_2015(space, layers_of(space, 'resnet50.keras', 6.0))), keras_1)
    elif case == 'inception_v3':
        write_h5(path, renumber(keras('inception_v3.keras', 6.0), 1), keras_2)
    elif case == 'inception_v3-notop':
        write_h5(path, without(renumber(keras('inception_v3.keras', 6.0), 189), 'predictions'), keras_2)
    elif case == 'xception':
        write_h5(path, renumber(keras('xception.keras', 3.0), 1), keras_2)
    elif case == 'xception-notop':
        stems = {'conv2d': 'convolution2d', 'batch_normalization': 'batchnormalization'}
        write_h5(path, without(renumber(keras('xception.keras', 3.0), 5, stems), 'predictions'), keras_1)
    elif case == 'mobilenet_v2':
        write_h5(path, keras('mobilenet_v2.keras', 3.0), keras_2)
    elif case == 'mobilenet_v2-notop':
        write_h5(path, without(keras('mobilenet_v2.keras', 3.0), 'predictions'), keras_2)
    elif case == 'mobilenet_v2.npz':
        arrays = {keras_2(layer, name): value for layer, weights in keras('mobilenet_v2.keras', 3.0)
                  for name, value in weights}
        with open(path, 'wb') as file:
            np.savez(file, **{name[:-2]: value for name, value in arrays.items()})
    elif case == 'mobilenet_v1-keras3':
        write_keras_3(path, keras('mobilenet_v1.keras', 6.0), True)
    elif case == 'resnet50_v2-keras3-unnamed':
        layers = keras('resnet50_v2.keras', 6.0)
        swap = [i for i, (layer, _) in enumerate(layers) if layer.endswith('_0_conv')]
        for i in swap:  # Keras has the shortcut beside the third convolution, before it
            name = layers[i][0][:-6]
            third = next(k for k, (layer, _) in enumerate(layers) if layer == name + '3_conv')
            layers.insert(third - 1 if i < third else third, layers.pop(i))
        write_keras_3(path, layers, False)
    elif case == 'densenet121':
        write_h5(path, keras('densenet121.keras', 6.0), keras_2)
    elif case == 'densenet121-notop':
        write_h5(path, without(keras('densenet121.keras', 6.0), 'fc1000', 'predictions'), keras_2)
    elif case == 'efficientnet_b0':
        write_h5(path, with_normalization(keras('efficientnet_b0.keras', 3.0)), keras_2)
    elif case == 'efficientnet_b0-notop':
        write_h5(path, with_normalization(without(keras('efficientnet_b0.keras', 3.0), 'predictions')), keras_2)
    elif case in ('resnet18.pth', 'resnet18-legacy.pth'):
        write_torch(path, of_torchvision(space, 'resnet18', 6.0), 'legacy' in case)
    elif case == 'resnet18.safetensors':
        write_safetensors(path, floats(of_torchvision(space, 'resnet18', 6.0)))
    elif case == 'resnet18-five.pth':
        state = of_torchvision(space, 'resnet18', 6.0, num_classes=5)
        write_torch(path, {'state_dict': {'module.' + key: value for key, value in state.items()}, 'epoch': 7})
    elif case == 'densenet121-old.pth':
        write_torch(path, rename(of_torchvision(space, 'densenet121', 6.0), OLD_DENSENET), True)
    elif case == 'mobilenet_v2-timm.pth':
        write_torch(path, rename(of_torchvision(space, 'mobilenet_v2', 3.0), TIMM_MOBILENET))
    elif case == 'efficientnet_b0-timm.pth':
        write_torch(path, rename(of_torchvision(space, 'efficientnet_b0', 3.0), TIMM_EFFICIENTNET))
    elif case == 'vgg11-timm.pth':
        write_torch(path, timm_vgg(of_torchvision(space, 'vgg11', 6.0)))
    elif case == 'inception_v3.pth':
        write_torch(path, of_torchvision(space, 'inception_v3', 6.0, init_weights=False))
    else:  # torchvision as it is: alexnet.pth, squeezenet1_1.pth, ...
        gain = 3.0 if case.startswith(('mobilenet', 'efficientnet')) else 6.0
        name = case.replace('-legacy', '').replace('.pth', '')
        write_torch(path, of_torchvision(space, name, gain), 'legacy' in case)


AHEAD = 3


def write_all(folder, cases):
    space = maker(1000)
    for case in cases:
        while len(os.listdir(folder)) >= AHEAD:
            time.sleep(0.02)
        path = os.path.join(folder, case)
        write(case, path + '.part', space)
        os.rename(path + '.part', path)
        print(case, flush=True)


if __name__ == '__main__':
    write_all(sys.argv[1], sys.argv[2:])
