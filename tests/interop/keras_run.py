#!/usr/bin/python3
"""keras_run.py FOLDER: runs every FOLDER/*.h5 from its own model_config, as Keras 2 documents its layers, and compares
with what graft computed (FOLDER/NAME.output). Nothing of graft is used. Needs h5py and PyTorch as a calculator.
Written with h5py 3.7.0, PyTorch 1.13 (NumPy 1.24.2)."""
import glob, json, os, sys
import h5py
import numpy as np
import torch
import torch.nn.functional as F


def same_pads(size, kernel, stride, dilation):
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def pad_same(x, c, kernel, value=0.0):
    if c['padding'] == 'valid':
        return x
    d = c.get('dilation_rate', [1, 1])
    (t, b), (l, r) = [same_pads(x.shape[2 + i], kernel[i], c['strides'][i], d[i]) for i in range(2)]
    return F.pad(x, (l, r, t, b), value=value)


FUNCTIONS = {
    'linear': lambda x: x, 'relu': F.relu, 'elu': F.elu, 'selu': F.selu, 'sigmoid': torch.sigmoid, 'tanh': torch.tanh,
    'swish': lambda x: x * torch.sigmoid(x), 'hard_sigmoid': lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),
    'gelu': F.gelu, 'softplus': F.softplus, 'softsign': F.softsign, 'exponential': torch.exp,
    'softmax': lambda x: torch.softmax(x, 1),
}
nhwc = lambda x: x.permute(0, 2, 3, 1) if x.dim() == 4 else x
nchw = lambda x: x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def keras_axis(c, x):  # of N,H,W,C, here N,C,H,W
    axis = c['axis'] % x.dim()
    return {1: 1} [axis] if x.dim() == 2 else [0, 2, 3, 1][axis]


def channelwise(v, x):
    return v.reshape([1, -1] + [1] * (x.dim() - 2))


def relu(x, c):
    y = torch.where(x >= c['threshold'], x, c['negative_slope'] * (x - c['threshold']))
    return y if c['max_value'] is None else torch.where(x >= c['max_value'], torch.full_like(x, c['max_value']), y)


def batchnorm(x, c, w):
    y = (x - channelwise(w['moving_mean'], x)) / torch.sqrt(channelwise(w['moving_variance'], x) + c['epsilon'])
    if c['scale']: y = y * channelwise(w['gamma'], x)
    return y + channelwise(w['beta'], x) if c['center'] else y


def layernorm(x, c, w):
    y = (x - x.mean(1, keepdim=True)) / torch.sqrt(x.var(1, unbiased=False, keepdim=True) + c['epsilon'])
    if c['scale']: y = y * channelwise(w['gamma'], x)
    return y + channelwise(w['beta'], x) if c['center'] else y


def conv(x, c, w):
    k = w['kernel'].permute(3, 2, 0, 1)
    return F.conv2d(pad_same(x, c, c['kernel_size']), k, w.get('bias'), c['strides'], 0, c['dilation_rate'], c['groups'])


def depthwise(x, c, w):
    h, wd, ch, m = w['depthwise_kernel'].shape
    assert m == c['depth_multiplier'] and ch == x.shape[1] and c['strides'][0] == c['strides'][1]
    k = w['depthwise_kernel'].permute(2, 3, 0, 1).reshape(ch * m, 1, h, wd)
    return F.conv2d(pad_same(x, c, c['kernel_size']), k, w.get('bias'), c['strides'], 0, c['dilation_rate'], ch)


def transposed(x, c, w):
    k, s, d = w['kernel'], c['strides'], c['dilation_rate']
    y = F.conv_transpose2d(x, k.permute(3, 2, 0, 1), None, s, 0, 0, 1, d)
    for i in range(2):
        reach, full, axis = (k.shape[i] - 1) * d[i] + 1, y.shape[2 + i], 2 + i
        if c['padding'] == 'same':
            wanted, cut = x.shape[axis] * s[i], max(reach - s[i], 0) // 2
        else:
            wanted, cut = x.shape[axis] * s[i] + max(reach - s[i], 0), 0
        if full < wanted + cut:
            y = F.pad(y, (0, wanted + cut - full) if i == 1 else (0, 0, 0, wanted + cut - full))
        y = y.narrow(axis, cut, wanted)
    return y + channelwise(w['bias'], y) if 'bias' in w else y


def max_pool(x, c, w):
    return F.max_pool2d(pad_same(x, c, c['pool_size'], -float('inf')), c['pool_size'], c['strides'])


def avg_pool(x, c, w):
    n = F.avg_pool2d(pad_same(torch.ones_like(x), c, c['pool_size']), c['pool_size'], c['strides'])
    return F.avg_pool2d(pad_same(x, c, c['pool_size']), c['pool_size'], c['strides']) / n


def upsample(x, c, w):
    if c['interpolation'] == 'nearest':
        return x.repeat_interleave(c['size'][0], 2).repeat_interleave(c['size'][1], 3)
    return F.interpolate(x, scale_factor=tuple(map(float, c['size'])), mode='bilinear', align_corners=False)


def crop(x, c, w):
    (t, b), (l, r) = c['cropping']
    return x[:, :, t:x.shape[2] - b, l:x.shape[3] - r]


def product(values):
    y = values[0]
    for v in values[1:]: y = y * v
    return y


LAYERS = {
    'Conv2D': conv, 'DepthwiseConv2D': depthwise, 'Conv2DTranspose': transposed,
    'Dense': lambda x, c, w: x @ w['kernel'] + w.get('bias', 0), 'BatchNormalization': batchnorm,
    'LayerNormalization': layernorm, 'Activation': lambda x, c, w: x, 'ReLU': lambda x, c, w: relu(x, c),
    'LeakyReLU': lambda x, c, w: F.leaky_relu(x, c['alpha']), 'ELU': lambda x, c, w: F.elu(x, c['alpha']),
    'Softmax': lambda x, c, w: torch.softmax(x, keras_axis(c, x)), 'MaxPooling2D': max_pool,
    'AveragePooling2D': avg_pool, 'GlobalAveragePooling2D': lambda x, c, w: x.mean((2, 3)),
    'GlobalMaxPooling2D': lambda x, c, w: x.amax((2, 3)),
    'Flatten': lambda x, c, w: nhwc(x).reshape(x.shape[0], -1),
    'Reshape': lambda x, c, w: nchw(nhwc(x).reshape([x.shape[0]] + c['target_shape'])),
    'Permute': lambda x, c, w: nchw(nhwc(x).permute([0] + c['dims'])), 'Dropout': lambda x, c, w: x,
    'ZeroPadding2D': lambda x, c, w: F.pad(x, c['padding'][1] + c['padding'][0]), 'Cropping2D': crop,
    'UpSampling2D': upsample, 'Rescaling': lambda x, c, w: x * c['scale'] + c['offset'],
}
MERGES = {'Add': sum, 'Multiply': product}


def texts(group, name):
    if name in group.attrs:
        return [n.decode() for n in group.attrs[name]]
    parts, i = [], 0
    while '%s%d' % (name, i) in group.attrs:
        parts += [n.decode() for n in group.attrs['%s%d' % (name, i)]]
        i += 1
    return parts


def weights(group, layer):
    out = {}
    for name in texts(group[layer], 'weight_names'):
        assert name.startswith(layer + '/') and name.endswith(':0'), name
        out[name[len(layer) + 1:-2]] = torch.from_numpy(np.asarray(group[layer][name])).double()
    return out


def run(path):
    with h5py.File(path, 'r') as f:
        assert f.attrs['backend'] == 'tensorflow' and f.attrs['keras_version'].startswith('2.')
        config = json.loads(f.attrs['model_config'])
        assert config['class_name'] == 'Functional'
        config, group, values = config['config'], f['model_weights'], {}
        assert texts(group, 'layer_names') == [l['name'] for l in config['layers']]
        for layer in config['layers']:
            kind, name, c = layer['class_name'], layer['name'], layer['config']
            assert c['name'] == name and c.get('data_format', 'channels_last') == 'channels_last'
            if kind == 'InputLayer':
                n, h, w, ch = c['batch_input_shape']
                x = np.fromfile(path[:-3] + '.input', np.float32).reshape(1, ch, h, w)
                values[name] = torch.from_numpy(x).double()
                continue
            inputs = [values[t[0]] for t in layer['inbound_nodes'][0]]
            if kind in MERGES:
                values[name] = MERGES[kind](inputs)
                continue
            if kind == 'Concatenate':
                values[name] = torch.cat(inputs, keras_axis(c, inputs[0]))
                continue
            assert len(inputs) == 1, (kind, name)
            y = LAYERS[kind](inputs[0], c, weights(group, name))
            values[name] = FUNCTIONS[c.get('activation', 'linear')](y)
        return values[config['output_layers'][0][0]]


def main(folder):
    failed = 0
    files = sorted(glob.glob(os.path.join(folder, '*.h5')))
    for path in files:
        expected = np.fromfile(path[:-3] + '.output', np.float32)
        got = run(path).numpy().reshape(-1)
        worst = np.abs(got - expected).max() / max(np.abs(expected).max(), 1e-30) if got.shape == expected.shape else 1
        if not worst <= 1e-4:
            failed += 1
            print('%s: differs by %g of the largest' % (os.path.basename(path), worst))
    print('%d Keras files, %d differ' % (len(files), failed))
    return 1 if failed or not files else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
