#!/usr/bin/python3
"""Writes small Keras models and what they compute, as Keras defines it: N,H,W,C arithmetic in NumPy float64.

Run in this folder. Each model is a folder with model.json + weights.bin (TF.js) or a file model.h5 (h5py, laid out as
Keras 2 does), and golden.json: input, expected output, node names that must exist, parameter total.
Written with NumPy 1.24.2 and h5py 3.7.0.
"""
import json, os
import h5py
import numpy as np

rng = np.random.default_rng(5)


# ---- what the layers compute, on one sample H,W,C ----

def same_pads(size, kernel, stride, dilation=1):
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padded(x, kernel, strides, padding, dilation=(1, 1), value=0.0):
    if padding == 'valid':
        return x
    pads = [same_pads(x.shape[i], kernel[i], strides[i], dilation[i]) for i in range(2)]
    return np.pad(x, pads + [(0, 0)], constant_values=value)


def windows(x, kernel, strides, dilation=(1, 1)):
    reach = [(kernel[i] - 1) * dilation[i] + 1 for i in range(2)]
    for y in range((x.shape[0] - reach[0]) // strides[0] + 1):
        for z in range((x.shape[1] - reach[1]) // strides[1] + 1):
            yield y, z, x[y * strides[0]:y * strides[0] + reach[0]:dilation[0],
                          z * strides[1]:z * strides[1] + reach[1]:dilation[1]]


def over_windows(x, kernel, strides, f, dilation=(1, 1)):
    rows = {}
    for y, z, w in windows(x, kernel, strides, dilation):
        rows.setdefault(y, []).append(f(w))
    return np.array([rows[y] for y in sorted(rows)])


def conv(x, k, b=0.0, strides=(1, 1), padding='valid', groups=1, dilation=(1, 1)):
    x = padded(x, k.shape, strides, padding, dilation)
    ins, outs = x.shape[2] // groups, k.shape[3] // groups
    parts = [over_windows(x[:, :, g * ins:(g + 1) * ins], k.shape, strides,
                          lambda w: np.einsum('hwi,hwio->o', w, k[..., g * outs:(g + 1) * outs]), dilation)
             for g in range(groups)]
    return np.concatenate(parts, axis=2) + b


def depthwise(x, k, b=0.0, strides=(1, 1), padding='valid'):
    x = padded(x, k.shape, strides, padding)
    return over_windows(x, k.shape, strides, lambda w: np.einsum('hwc,hwcm->cm', w, k).reshape(-1)) + b


def max_pool(x, size, strides, padding):
    return over_windows(padded(x, size, strides, padding, value=-np.inf), size, strides, lambda w: w.max((0, 1)))


def avg_pool(x, size, strides, padding):
    return over_windows(padded(x, size, strides, padding, value=np.nan), size, strides, lambda w: np.nanmean(w, (0, 1)))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def erf(x):
    import math
    return np.vectorize(math.erf)(x)


def batch_norm(x, mean, variance, gamma=1.0, beta=0.0, epsilon=1e-3):
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


relu = lambda x: np.maximum(x, 0)
swish = lambda x: x / (1 + np.exp(-x))


# ---- writing ----

def weight(*shape, scale=0.5, offset=0.0):
    return (rng.standard_normal(shape) * scale + offset).astype(np.float32).astype(np.float64)


def variance(*shape):
    return (rng.uniform(0.5, 2, shape)).astype(np.float32).astype(np.float64)


def golden(folder, x, y, nodes, parameters):
    with open(folder + '/golden.json', 'w') as f:
        json.dump({'input_shape': list(x.shape), 'input': x.ravel().tolist(), 'output': y.ravel().tolist(),
                   'nodes': nodes, 'parameters': parameters}, f)
        f.write('\n')


def write_tfjs(folder, config, weights, keras_version):
    os.makedirs(folder, exist_ok=True)
    manifest = [{'name': n, 'shape': list(w.shape), 'dtype': 'float32'} for n, w in weights]
    with open(folder + '/model.json', 'w') as f:
        json.dump({'format': 'layers-model', 'modelTopology': {'keras_version': keras_version, 'model_config': config},
                   'weightsManifest': [{'paths': ['weights.bin'], 'weights': manifest}]}, f, indent=1)
        f.write('\n')
    with open(folder + '/weights.bin', 'wb') as f:
        for _, w in weights:
            f.write(w.astype('<f4').tobytes())


def write_h5(folder, config, groups):
    os.makedirs(folder, exist_ok=True)
    with h5py.File(folder + '/model.h5', 'w') as f:
        f.attrs['model_config'] = json.dumps(config).encode()
        f.attrs['keras_version'] = b'2.4.0'
        root = f.create_group('model_weights')
        root.attrs['layer_names'] = [g.encode() for g, _ in groups]
        for name, weights in groups:
            group = root.create_group(name)
            group.attrs['weight_names'] = [(n + ':0').encode() for n, _ in weights] or np.zeros((0,), 'S1')
            for n, w in weights:
                group.create_dataset(n + ':0', data=w.astype('<f4'))


def total(weights):
    return int(sum(w.size for _, w in weights))


# ---- a Sequential model without InputLayer, Keras 2 ----

def sequential():
    def layer(class_name, name, **config):
        return {'class_name': class_name, 'config': dict(name=name, trainable=True, dtype='float32', **config)}

    spatial = dict(data_format='channels_last')
    config = {'class_name': 'Sequential', 'config': {'name': 'seq', 'layers': [
        layer('Conv2D', 'c', batch_input_shape=[None, 9, 7, 3], filters=4, kernel_size=[3, 2], strides=[2, 1],
              padding='same', dilation_rate=[1, 1], activation='relu', use_bias=True, kernel_regularizer=None, **spatial),
        layer('DepthwiseConv2D', 'dw', kernel_size=[3, 3], strides=[1, 1], padding='same', depth_multiplier=2,
              activation='linear', use_bias=True, **spatial),
        layer('LeakyReLU', 'leaky', alpha=0.3),
        layer('SeparableConv2D', 'sep', filters=6, kernel_size=3, strides=[2, 2], padding='same', depth_multiplier=2,
              activation='swish', use_bias=True, **spatial),
        layer('MaxPooling2D', 'mp', pool_size=[2, 2], strides=[1, 1], padding='same', **spatial),
        layer('AveragePooling2D', 'ap', pool_size=[3, 3], strides=None, padding='same', **spatial),
        layer('Dense', 'over', units=5, activation='tanh', use_bias=False),
        layer('Softmax', 'smax', axis=-1),
        layer('Flatten', 'flat', **spatial),
        layer('Dropout', 'drop', rate=0.5, noise_shape=None, seed=None),
        layer('Dense', 'd', units=4, activation='hard_sigmoid', use_bias=True),
        layer('Activation', 'out', activation='softmax')]}}
    w = dict([('c/kernel', weight(3, 2, 3, 4)), ('c/bias', weight(4)), ('dw/depthwise_kernel', weight(3, 3, 4, 2)),
              ('dw/bias', weight(8)), ('sep/depthwise_kernel', weight(3, 3, 8, 2)),
              ('sep/pointwise_kernel', weight(1, 1, 16, 6)), ('sep/bias', weight(6)), ('over/kernel', weight(6, 5)),
              ('d/kernel', weight(10, 4)), ('d/bias', weight(4))])
    x0 = weight(9, 7, 3, scale=1)
    x = relu(conv(x0, w['c/kernel'], w['c/bias'], (2, 1), 'same'))
    x = depthwise(x, w['dw/depthwise_kernel'], w['dw/bias'], padding='same')
    x = np.where(x < 0, 0.3 * x, x)
    x = depthwise(x, w['sep/depthwise_kernel'], strides=(2, 2), padding='same')
    x = swish(conv(x, w['sep/pointwise_kernel'], w['sep/bias']))
    x = avg_pool(max_pool(x, (2, 2), (1, 1), 'same'), (3, 3), (3, 3), 'same')
    x = softmax(np.tanh(x @ w['over/kernel'])).reshape(-1)
    x = softmax(np.clip(0.2 * (x @ w['d/kernel'] + w['d/bias']) + 0.5, 0, 1))
    write_tfjs('sequential', config, list(w.items()), 'tfjs-layers 1.5.2')
    golden('sequential', x0, x, ['c/linear', 'c', 'sep/depthwise', 'sep/linear', 'sep', 'd', 'out'], total(w.items()))


# ---- a functional model as Keras 3 writes it ----

def functional3():
    layers = []

    def tensor(name):
        return {'class_name': '__keras_tensor__',
                'config': {'shape': [None], 'dtype': 'float32', 'keras_history': [name, 0, 0]}}

    def layer(class_name, name, inputs, **config):
        policy = {'module': 'keras', 'class_name': 'DTypePolicy', 'config': {'name': 'float32'}, 'registered_name': None}
        args = [tensor(i) for i in inputs]
        inbound = [{'args': [args] if len(args) > 1 else args, 'kwargs': {}}] if inputs else []
        layers.append({'module': 'keras.layers', 'class_name': class_name, 'registered_name': None, 'name': name,
                       'config': dict(name=name, trainable=True, dtype=policy, **config), 'inbound_nodes': inbound})

    c = dict(data_format='channels_last', dilation_rate=[1, 1])
    layer('InputLayer', 'img', [], batch_shape=[None, 6, 8, 4], sparse=False, ragged=False)
    layer('Rescaling', 'scale', ['img'], scale=[0.5, 1, 2, 3], offset=0.25)
    layer('Normalization', 'norm', ['scale'], axis=[-1], invert=False, mean=None, variance=None)
    layer('ZeroPadding2D', 'pad', ['norm'], padding=[[1, 0], [2, 1]], data_format='channels_last')
    layer('Conv2D', 'grouped', ['pad'], filters=6, kernel_size=[3, 3], strides=[1, 1], padding='valid', groups=2,
          activation='linear', use_bias=False, **c)
    layer('BatchNormalization', 'bn', ['grouped'], axis=-1, momentum=0.9, epsilon=1e-5, center=True, scale=False,
          synchronized=False)
    layer('ReLU', 'r', ['bn'], max_value=1.5, negative_slope=0.1, threshold=0.2)
    layer('GlobalAveragePooling2D', 'gap', ['r'], data_format='channels_last', keepdims=True)
    layer('Conv2D', 'excite', ['gap'], filters=6, kernel_size=[1, 1], strides=[1, 1], padding='same', groups=1,
          activation='hard_sigmoid', use_bias=True, **c)
    layer('Multiply', 'se', ['r', 'excite'])
    layer('Conv2D', 'dilated', ['se'], filters=6, kernel_size=[3, 3], strides=[1, 1], padding='same', groups=1,
          activation={'module': 'keras.activations', 'class_name': 'function', 'config': 'gelu', 'registered_name': 'gelu'},
          use_bias=True, data_format='channels_last', dilation_rate=[2, 2])
    layer('Add', 'sum', ['se', 'dilated'])
    layer('Concatenate', 'rows', ['sum', 'r'], axis=1)
    layer('Concatenate', 'cat', ['rows', 'rows'], axis=-1)
    layer('GlobalMaxPooling2D', 'gmp', ['cat'], data_format='channels_last', keepdims=False)
    layer('Reshape', 'fold', ['gmp'], target_shape=[2, 2, 3])
    layer('Conv2D', 'last', ['fold'], filters=2, kernel_size=[2, 1], strides=[1, 1], padding='valid', groups=1,
          activation='linear', use_bias=False, **c)
    layer('Reshape', 'flat', ['last'], target_shape=[-1])
    layer('Dense', 'probs', ['flat'], units=3, activation='softmax', use_bias=True)
    config = {'module': 'keras.src.models.functional', 'class_name': 'Functional', 'registered_name': 'Functional',
              'config': {'name': 'f3', 'trainable': True, 'layers': layers, 'input_layers': ['img', 0, 0],
                         'output_layers': ['probs', 0, 0]}}
    w = dict([('norm/mean', weight(4)), ('norm/variance', variance(4)), ('grouped/kernel', weight(3, 3, 2, 6)),
              ('bn/beta', weight(6)), ('bn/moving_mean', weight(6)), ('bn/moving_variance', variance(6)),
              ('excite/kernel', weight(1, 1, 6, 6)), ('excite/bias', weight(6)), ('dilated/kernel', weight(3, 3, 6, 6)),
              ('dilated/bias', weight(6)), ('last/kernel', weight(2, 1, 3, 2)), ('probs/kernel', weight(4, 3)),
              ('probs/bias', weight(3))])
    x0 = weight(6, 8, 4, scale=1)
    x = x0 * np.array([0.5, 1, 2, 3]) + 0.25
    x = (x - w['norm/mean']) / np.sqrt(w['norm/variance'])
    x = conv(np.pad(x, [(1, 0), (2, 1), (0, 0)]), w['grouped/kernel'], groups=2)
    x = batch_norm(x, w['bn/moving_mean'], w['bn/moving_variance'], beta=w['bn/beta'], epsilon=1e-5)
    r = np.where(x >= 1.5, 1.5, np.where(x >= 0.2, x, 0.1 * (x - 0.2)))
    e = conv(r.mean((0, 1), keepdims=True), w['excite/kernel'], w['excite/bias'])
    se = r * np.clip(e / 6 + 0.5, 0, 1)
    d = conv(se, w['dilated/kernel'], w['dilated/bias'], padding='same', dilation=(2, 2))
    d = 0.5 * d * (1 + erf(d / np.sqrt(2)))
    rows = np.concatenate([se + d, r], axis=0)
    x = np.concatenate([rows, rows], axis=2).max((0, 1)).reshape(2, 2, 3)
    x = conv(x, w['last/kernel']).reshape(-1)
    x = softmax(x @ w['probs/kernel'] + w['probs/bias'])
    write_tfjs('functional3', config, list(w.items()), '3.3.3')
    rescaling = 2 * 4  # graft keeps its factors and offsets as parameters
    golden('functional3', x0, x, ['excite/linear', 'excite', 'dilated', 'probs/linear', 'probs'],
           total(w.items()) + rescaling)


# ---- models inside a model, a layer called twice, names that clash; Keras 2 HDF5 ----

def nested():
    def node(class_name, name, *calls, **config):
        return {'class_name': class_name, 'name': name, 'config': dict(name=name, **config),
                'inbound_nodes': [[[i, n, 0, {}] for i, n in call] for call in calls]}

    c = dict(strides=[1, 1], padding='same', data_format='channels_last', dilation_rate=[1, 1], use_bias=True)
    inner = {'name': 'body', 'layers': [
        node('InputLayer', 'in', batch_input_shape=[None, 5, 5, 2]),
        node('Conv2D', 'conv', [('in', 0)], filters=3, kernel_size=[3, 3], activation='relu', **c),
        node('Conv2D', 'conv_b', [('conv', 0)], filters=3, kernel_size=[1, 1], activation=None, **c),
        node('BatchNormalization', 'bn', [('conv_b', 0)], axis=[3], epsilon=1e-3, center=True, scale=True)],
        'input_layers': [['in', 0, 0]], 'output_layers': [['bn', 0, 0]]}
    tail = {'name': 'tail', 'layers': [
        {'class_name': 'Conv2D', 'config': dict(name='conv', batch_input_shape=[None, 5, 5, 3], filters=3,
                                                 kernel_size=[1, 1], activation='linear', **c)},
        {'class_name': 'Activation', 'config': {'name': 'act', 'activation': 'elu'}}]}
    config = {'class_name': 'Functional', 'config': {'name': 'outer', 'layers': [
        node('InputLayer', 'in', batch_input_shape=[None, 5, 5, 2]),
        dict(node('Functional', 'body', [('in', 0)]), config=inner),
        dict(node('Sequential', 'tail', [('body', 1)]), config=tail),
        node('Conv2D', 'shared', [('tail', 1)], [('mix', 0)], filters=3, kernel_size=[3, 3], activation='linear', **c),
        node('Add', 'mix', [('tail', 1), ('shared', 0)]),
        node('Conv2D', 'conv', [('shared', 1)], filters=2, kernel_size=[1, 1], activation='sigmoid', **c),
        node('GlobalAveragePooling2D', 'pool', [('conv', 0)], data_format='channels_last')],
        'input_layers': [['in', 0, 0]], 'output_layers': [['pool', 0, 0]]}}
    body = [('conv/kernel', weight(3, 3, 2, 3)), ('conv/bias', weight(3)),
            ('conv_b/kernel', weight(1, 1, 3, 3)), ('conv_b/bias', weight(3)), ('bn/gamma', weight(3)),
            ('bn/beta', weight(3)), ('bn/moving_mean', weight(3)), ('bn/moving_variance', variance(3))]
    tail_w = [('conv/kernel', weight(1, 1, 3, 3)), ('conv/bias', weight(3))]
    shared = [('shared/kernel', weight(3, 3, 3, 3)), ('shared/bias', weight(3))]
    last = [('conv_1/kernel', weight(1, 1, 3, 2)), ('conv_1/bias', weight(2))]
    b, t, s, o = dict(body), dict(tail_w), dict(shared), dict(last)
    x0 = weight(5, 5, 2, scale=1)
    x = relu(conv(x0, b['conv/kernel'], b['conv/bias'], padding='same'))
    x = conv(x, b['conv_b/kernel'], b['conv_b/bias'])
    x = batch_norm(x, b['bn/moving_mean'], b['bn/moving_variance'], b['bn/gamma'], b['bn/beta'])
    x = conv(x, t['conv/kernel'], t['conv/bias'])
    x = np.where(x > 0, x, np.expm1(x))
    x = x + conv(x, s['shared/kernel'], s['shared/bias'], padding='same')
    x = conv(x, s['shared/kernel'], s['shared/bias'], padding='same')
    x = (1 / (1 + np.exp(-conv(x, o['conv_1/kernel'], o['conv_1/bias'])))).mean((0, 1))
    write_h5('nested', config, [('in', []), ('body', body), ('tail', tail_w), ('shared', shared), ('mix', []),
                                ('conv', last), ('pool', [])])
    golden('nested', x0, x, ['body/conv', 'bn', 'tail/conv', 'act', 'shared', 'shared:1', 'conv/linear', 'conv'],
           total(body + tail_w + shared + shared + last))


sequential()
functional3()
nested()
