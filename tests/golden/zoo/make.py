#!/usr/bin/python3
"""Writes what published networks compute with weights that follow from the layers' names: NAME.npy, float32: 512 numbers
spread over the last feature map (C,H,W), then the classifier's 10 logits.

Networks of torchvision are torchvision's own. Those of Keras are written here anew, layer by layer with Keras' names and
Keras' padding, over PyTorch's functions in float64. Run in this folder. Written with PyTorch 1.13.0, torchvision 0.14.1.
"""
import math
import sys
import numpy as np
import torch
import torch.nn.functional as F
import torchvision

CLASSES = 10
GAIN = 6.0  # of kernels: He et al. 2015; 3 where layers without relu would grow


def numbers(name, count):
    """-1..1, from a hash of the name and the index (FNV-1a; MurmurHash3's finaliser)."""
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(h)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 8388608.0 - 1.0


def parameter(layer, kind, shape):
    u = numbers(layer + '/' + kind, int(np.prod(shape))).reshape(shape)
    if kind == 'kernel':
        u = u * math.sqrt(GAIN / (u.size / shape[0]))
    elif kind in ('gamma', 'variance'):
        u = u * 0.5 + 1.0
    else:
        u = u * 0.2
    return torch.from_numpy(u.astype(np.float32).astype(np.float64))


def picture(channels, size, raw):
    u = numbers('input', channels * size * size).reshape(1, channels, size, size)
    return torch.from_numpy(((u + 1.0) * 127.5 if raw else u).astype(np.float32).astype(np.float64))


def save(name, features, logits):
    flat = features.detach().reshape(-1).numpy()
    picked = flat[np.arange(512) * flat.size // 512]
    parts = [picked] if logits is None else [picked, logits.detach().reshape(-1).numpy()]
    np.save(name + '.npy', np.concatenate(parts).astype(np.float32))
    print(name, flat.size, np.abs(flat).max(), None if logits is None else logits.reshape(-1)[:3].tolist())


# ---- torchvision ----

KINDS = {'weight': 'kernel', 'bias': 'bias'}
NORM_KINDS = {'weight': 'gamma', 'bias': 'beta', 'running_mean': 'mean', 'running_var': 'variance'}


def of_torchvision(name, constructor, size, features, top=True):
    model = constructor(num_classes=CLASSES).double().eval()
    for path, module in model.named_modules():
        kinds = NORM_KINDS if isinstance(module, torch.nn.BatchNorm2d) else KINDS
        for own, kind in kinds.items():
            value = getattr(module, own, None)
            if isinstance(value, torch.Tensor):
                value.data.copy_(parameter(path, kind, tuple(value.shape)))
    x = picture(3, size, False)
    with torch.no_grad():
        save(name, features(model, x), model(x) if top else None)


def resnet_features(model, x):
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    return model.layer4(model.layer3(model.layer2(model.layer1(x))))


def inception(num_classes):
    return torchvision.models.inception_v3(num_classes=num_classes, aux_logits=False, init_weights=False)


def inception_features(model, x):
    kept = []
    hook = model.Mixed_7c.register_forward_hook(lambda module, inputs, output: kept.append(output))
    model(x)
    hook.remove()
    return kept[0]


# ---- Keras ----

class Keras:
    """Layers as Keras defines them. A layer without a name gets Keras' number."""

    def __init__(self, epsilon=1e-3):
        self.epsilon, self.counts = epsilon, {}

    def name(self, name, stem):
        if name is not None:
            return name
        count = self.counts.get(stem, 0)
        self.counts[stem] = count + 1
        return stem if count == 0 else '%s_%d' % (stem, count)

    @staticmethod
    def pads(size, kernel, stride):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2

    def pad_same(self, x, kernel, stride, value=0.0):
        top, bottom = self.pads(x.shape[2], kernel[0], stride)
        left, right = self.pads(x.shape[3], kernel[1], stride)
        return F.pad(x, (left, right, top, bottom), value=value)

    def conv(self, x, filters, kernel, stride=1, padding='same', bias=True, name=None, depthwise=False):
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        name = self.name(name, 'depthwise_conv2d' if depthwise else 'conv2d')
        filters = x.shape[1] if depthwise else filters
        w = parameter(name, 'kernel', (filters, 1 if depthwise else x.shape[1]) + kernel)
        b = parameter(name, 'bias', (filters,)) if bias else None
        if padding == 'same':
            x = self.pad_same(x, kernel, stride)
        return F.conv2d(x, w, b, stride, groups=x.shape[1] if depthwise else 1)

    def separable(self, x, filters, name):
        x = self.conv(x, None, 3, bias=False, name=name + '/depthwise', depthwise=True)
        return self.conv(x, filters, 1, bias=False, name=name)

    def bn(self, x, name=None, scale=True):
        name = self.name(name, 'batch_normalization')
        get = lambda kind: parameter(name, kind, (x.shape[1],)).reshape(1, -1, 1, 1)
        y = (x - get('mean')) / torch.sqrt(get('variance') + self.epsilon)
        return (y * get('gamma') if scale else y) + get('beta')

    def maxpool(self, x, size, stride, padding='valid'):
        if padding == 'same':
            x = self.pad_same(x, (size, size), stride, -math.inf)
        return F.max_pool2d(x, size, stride)

    def avgpool_same3(self, x):
        return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)

    def dense(self, x, units, name=None):
        name = self.name(name, 'dense')
        return x @ parameter(name, 'kernel', (units, x.shape[1])).T + parameter(name, 'bias', (units,))

    def correct_pad(self, x, kernel):
        rows, columns = [(kernel // 2 - (1 - size % 2), kernel // 2) for size in x.shape[2:]]
        return F.pad(x, columns + rows)


def gap(x):
    return x.mean((2, 3))


def gap_keep(x):
    return x.mean((2, 3), keepdim=True)


def hard_sigmoid(x):
    return F.relu6(x + 3) / 6


def hard_swish(x):
    return x * hard_sigmoid(x)


def swish(x):
    return x * torch.sigmoid(x)


def divisible(v):
    new = max(8, int(v + 4) // 8 * 8)
    return new + 8 if new < 0.9 * v else new


def vgg16(x):
    k = Keras()
    for block, (convs, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for i in range(convs):
            x = F.relu(k.conv(x, filters, 3, name='block%d_conv%d' % (block, i + 1)))
        x = k.maxpool(x, 2, 2)
    y = x.permute(0, 2, 3, 1).reshape(1, -1)
    y = F.relu(k.dense(y, 4096, 'fc1'))
    y = F.relu(k.dense(y, 4096, 'fc2'))
    return x, k.dense(y, CLASSES, 'predictions')


def resnet50(x):
    k = Keras(1.001e-5)

    def block1(x, filters, stride, shortcut, name):
        side = x
        if shortcut:
            side = k.bn(k.conv(x, 4 * filters, 1, stride, 'valid', name=name + '_0_conv'), name + '_0_bn')
        x = F.relu(k.bn(k.conv(x, filters, 1, stride, 'valid', name=name + '_1_conv'), name + '_1_bn'))
        x = F.relu(k.bn(k.conv(x, filters, 3, name=name + '_2_conv'), name + '_2_bn'))
        x = k.bn(k.conv(x, 4 * filters, 1, name=name + '_3_conv'), name + '_3_bn')
        return F.relu(side + x)

    x = F.relu(k.bn(k.conv(F.pad(x, (3, 3, 3, 3)), 64, 7, 2, 'valid', name='conv1_conv'), 'conv1_bn'))
    x = k.maxpool(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, (filters, blocks, stride) in enumerate([(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)], 2):
        x = block1(x, filters, stride, True, 'conv%d_block1' % stage)
        for i in range(2, blocks + 1):
            x = block1(x, filters, 1, False, 'conv%d_block%d' % (stage, i))
    return x, k.dense(gap(x), CLASSES, 'predictions')


def resnet50_v2(x):
    k = Keras(1.001e-5)

    def block2(x, filters, stride, shortcut, name):
        pre = F.relu(k.bn(x, name + '_preact_bn'))
        if shortcut:
            side = k.conv(pre, 4 * filters, 1, stride, 'valid', name=name + '_0_conv')
        else:
            side = k.maxpool(x, 1, stride) if stride > 1 else x
        x = F.relu(k.bn(k.conv(pre, filters, 1, 1, 'valid', False, name + '_1_conv'), name + '_1_bn'))
        x = k.conv(F.pad(x, (1, 1, 1, 1)), filters, 3, stride, 'valid', False, name + '_2_conv')
        x = F.relu(k.bn(x, name + '_2_bn'))
        return side + k.conv(x, 4 * filters, 1, name=name + '_3_conv')

    x = k.conv(F.pad(x, (3, 3, 3, 3)), 64, 7, 2, 'valid', name='conv1_conv')
    x = k.maxpool(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, (filters, blocks, stride) in enumerate([(64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)], 2):
        x = block2(x, filters, 1, True, 'conv%d_block1' % stage)
        for i in range(2, blocks):
            x = block2(x, filters, 1, False, 'conv%d_block%d' % (stage, i))
        x = block2(x, filters, stride, False, 'conv%d_block%d' % (stage, blocks))
    x = F.relu(k.bn(x, 'post_bn'))
    return x, k.dense(gap(x), CLASSES, 'predictions')


def inception_v3(x):
    k = Keras()

    def cb(x, filters, rows, columns, padding='same', stride=1):
        return F.relu(k.bn(k.conv(x, filters, (rows, columns), stride, padding, False), scale=False))

    x = cb(x, 32, 3, 3, 'valid', 2)
    x = cb(x, 32, 3, 3, 'valid')
    x = k.maxpool(cb(x, 64, 3, 3), 3, 2)
    x = cb(x, 80, 1, 1, 'valid')
    x = k.maxpool(cb(x, 192, 3, 3, 'valid'), 3, 2)
    for pooled in (32, 64, 64):
        a = cb(x, 64, 1, 1)
        b = cb(cb(x, 48, 1, 1), 64, 5, 5)
        c = cb(cb(cb(x, 64, 1, 1), 96, 3, 3), 96, 3, 3)
        x = torch.cat([a, b, c, cb(k.avgpool_same3(x), pooled, 1, 1)], 1)
    a = cb(x, 384, 3, 3, 'valid', 2)
    b = cb(cb(cb(x, 64, 1, 1), 96, 3, 3), 96, 3, 3, 'valid', 2)
    x = torch.cat([a, b, k.maxpool(x, 3, 2)], 1)
    for f in (128, 160, 160, 192):
        a = cb(x, 192, 1, 1)
        b = cb(cb(cb(x, f, 1, 1), f, 1, 7), 192, 7, 1)
        c = cb(cb(cb(cb(cb(x, f, 1, 1), f, 7, 1), f, 1, 7), f, 7, 1), 192, 1, 7)
        x = torch.cat([a, b, c, cb(k.avgpool_same3(x), 192, 1, 1)], 1)
    a = cb(cb(x, 192, 1, 1), 320, 3, 3, 'valid', 2)
    b = cb(cb(cb(cb(x, 192, 1, 1), 192, 1, 7), 192, 7, 1), 192, 3, 3, 'valid', 2)
    x = torch.cat([a, b, k.maxpool(x, 3, 2)], 1)
    for _ in range(2):
        a = cb(x, 320, 1, 1)
        b = cb(x, 384, 1, 1)
        b = torch.cat([cb(b, 384, 1, 3), cb(b, 384, 3, 1)], 1)
        c = cb(cb(x, 448, 1, 1), 384, 3, 3)
        c = torch.cat([cb(c, 384, 1, 3), cb(c, 384, 3, 1)], 1)
        x = torch.cat([a, b, c, cb(k.avgpool_same3(x), 192, 1, 1)], 1)
    return x, k.dense(gap(x), CLASSES, 'predictions')


def xception(x):
    k = Keras()

    def sep(x, filters, name):
        return k.bn(k.separable(x, filters, name), name + '_bn')

    x = F.relu(k.bn(k.conv(x, 32, 3, 2, 'valid', False, 'block1_conv1'), 'block1_conv1_bn'))
    x = F.relu(k.bn(k.conv(x, 64, 3, 1, 'valid', False, 'block1_conv2'), 'block1_conv2_bn'))
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        residual = k.bn(k.conv(x, filters, 1, 2, 'same', False))
        if block > 2:
            x = F.relu(x)
        x = F.relu(sep(x, filters, 'block%d_sepconv1' % block))
        x = k.maxpool(sep(x, filters, 'block%d_sepconv2' % block), 3, 2, 'same') + residual
    for block in range(5, 13):
        residual = x
        for i in range(1, 4):
            x = sep(F.relu(x), 728, 'block%d_sepconv%d' % (block, i))
        x = x + residual
    residual = k.bn(k.conv(x, 1024, 1, 2, 'same', False))
    x = sep(F.relu(x), 728, 'block13_sepconv1')
    x = k.maxpool(sep(F.relu(x), 1024, 'block13_sepconv2'), 3, 2, 'same') + residual
    x = F.relu(sep(x, 1536, 'block14_sepconv1'))
    x = F.relu(sep(x, 2048, 'block14_sepconv2'))
    return x, k.dense(gap(x), CLASSES, 'predictions')


def mobilenet(x, alpha):
    k = Keras()
    x = F.relu6(k.bn(k.conv(x, int(32 * alpha), 3, 2, 'same', False, 'conv1'), 'conv1_bn'))
    plan = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for i, (filters, stride) in enumerate(plan, 1):
        if stride == 2:
            x = F.pad(x, (0, 1, 0, 1))
        x = k.conv(x, None, 3, stride, 'same' if stride == 1 else 'valid', False, 'conv_dw_%d' % i, True)
        x = F.relu6(k.bn(x, 'conv_dw_%d_bn' % i))
        x = F.relu6(k.bn(k.conv(x, int(filters * alpha), 1, 1, 'same', False, 'conv_pw_%d' % i), 'conv_pw_%d_bn' % i))
    return x, k.conv(gap_keep(x), CLASSES, 1, name='conv_preds')


def mobilenet_v2(x, alpha):
    k = Keras()
    x = F.relu6(k.bn(k.conv(x, divisible(32 * alpha), 3, 2, 'same', False, 'Conv1'), 'bn_Conv1'))
    plan = [(16, 1, 1)]
    for filters, repeats, stride in ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)):
        plan += [(filters, stride, 6)] + [(filters, 1, 6)] * (repeats - 1)
    for i, (filters, stride, expansion) in enumerate(plan):
        prefix, entry, channels = 'block_%d_' % i, x, x.shape[1]
        if i:
            x = F.relu6(k.bn(k.conv(x, expansion * channels, 1, 1, 'same', False, prefix + 'expand'), prefix + 'expand_BN'))
        else:
            prefix = 'expanded_conv_'
        if stride == 2:
            x = k.correct_pad(x, 3)
        x = k.conv(x, None, 3, stride, 'same' if stride == 1 else 'valid', False, prefix + 'depthwise', True)
        x = F.relu6(k.bn(x, prefix + 'depthwise_BN'))
        filters = divisible(int(filters * alpha))
        x = k.bn(k.conv(x, filters, 1, 1, 'same', False, prefix + 'project'), prefix + 'project_BN')
        if channels == filters and stride == 1:
            x = entry + x
    last = divisible(1280 * alpha) if alpha > 1 else 1280
    x = F.relu6(k.bn(k.conv(x, last, 1, 1, 'valid', False, 'Conv_1'), 'Conv_1_bn'))
    return x, k.dense(gap(x), CLASSES, 'predictions')


SMALL = [(1, 16, 3, 2, 1, 0), (72 / 16, 24, 3, 2, 0, 0), (88 / 24, 24, 3, 1, 0, 0), (4, 40, 5, 2, 1, 1), (6, 40, 5, 1, 1, 1),
         (6, 40, 5, 1, 1, 1), (3, 48, 5, 1, 1, 1), (3, 48, 5, 1, 1, 1), (6, 96, 5, 2, 1, 1), (6, 96, 5, 1, 1, 1),
         (6, 96, 5, 1, 1, 1)]
LARGE = [(1, 16, 3, 1, 0, 0), (4, 24, 3, 2, 0, 0), (3, 24, 3, 1, 0, 0), (3, 40, 5, 2, 1, 0), (3, 40, 5, 1, 1, 0),
         (3, 40, 5, 1, 1, 0), (6, 80, 3, 2, 0, 1), (2.5, 80, 3, 1, 0, 1), (2.3, 80, 3, 1, 0, 1), (2.3, 80, 3, 1, 0, 1),
         (6, 112, 3, 1, 1, 1), (6, 112, 3, 1, 1, 1), (6, 160, 5, 2, 1, 1), (6, 160, 5, 1, 1, 1), (6, 160, 5, 1, 1, 1)]


def mobilenet_v3(x, plan, last):
    k = Keras()
    x = x / 127.5 - 1
    x = hard_swish(k.bn(k.conv(x, 16, 3, 2, 'same', False, 'Conv'), 'Conv/BatchNorm'))
    for i, (expansion, filters, kernel, stride, squeeze, hard) in enumerate(plan):
        act = hard_swish if hard else F.relu
        prefix, entry, channels = 'expanded_conv_%d/' % i if i else 'expanded_conv/', x, x.shape[1]
        wide = divisible(channels * expansion)
        if i:
            x = act(k.bn(k.conv(x, wide, 1, 1, 'same', False, prefix + 'expand'), prefix + 'expand/BatchNorm'))
        if stride == 2:
            x = k.correct_pad(x, kernel)
        x = k.conv(x, None, kernel, stride, 'same' if stride == 1 else 'valid', False, prefix + 'depthwise', True)
        x = act(k.bn(x, prefix + 'depthwise/BatchNorm'))
        if squeeze:
            y = F.relu(k.conv(gap_keep(x), divisible(wide * 0.25), 1, name=prefix + 'squeeze_excite/Conv'))
            x = x * hard_sigmoid(k.conv(y, wide, 1, name=prefix + 'squeeze_excite/Conv_1'))
        x = k.bn(k.conv(x, filters, 1, 1, 'same', False, prefix + 'project'), prefix + 'project/BatchNorm')
        if stride == 1 and channels == filters:
            x = entry + x
    x = hard_swish(k.bn(k.conv(x, divisible(x.shape[1] * 6), 1, 1, 'same', False, 'Conv_1'), 'Conv_1/BatchNorm'))
    y = hard_swish(k.conv(gap_keep(x), last, 1, name='Conv_2'))
    return x, k.conv(y, CLASSES, 1, name='Logits')


def densenet121(x):
    k = Keras(1.001e-5)
    x = F.relu(k.bn(k.conv(F.pad(x, (3, 3, 3, 3)), 64, 7, 2, 'valid', False, 'conv1/conv'), 'conv1/bn'))
    x = k.maxpool(F.pad(x, (1, 1, 1, 1)), 3, 2)
    for stage, blocks in enumerate((6, 12, 24, 16), 2):
        for i in range(1, blocks + 1):
            name = 'conv%d_block%d' % (stage, i)
            y = k.conv(F.relu(k.bn(x, name + '_0_bn')), 128, 1, bias=False, name=name + '_1_conv')
            y = k.conv(F.relu(k.bn(y, name + '_1_bn')), 32, 3, bias=False, name=name + '_2_conv')
            x = torch.cat([x, y], 1)
        if stage < 5:
            name = 'pool%d' % stage
            x = k.conv(F.relu(k.bn(x, name + '_bn')), int(x.shape[1] * 0.5), 1, bias=False, name=name + '_conv')
            x = F.avg_pool2d(x, 2, 2)
    x = F.relu(k.bn(x, 'bn'))
    return x, k.dense(gap(x), CLASSES, 'predictions')


def efficientnet(x, width, depth):
    k = Keras()
    x = x / 255 / torch.sqrt(torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)).reshape(1, 3, 1, 1)
    x = swish(k.bn(k.conv(k.correct_pad(x, 3), divisible(32 * width), 3, 2, 'valid', False, 'stem_conv'), 'stem_bn'))
    plan = [(1, 16, 1, 3, 1), (2, 24, 6, 3, 2), (2, 40, 6, 5, 2), (3, 80, 6, 3, 2), (3, 112, 6, 5, 1), (4, 192, 6, 5, 2),
            (1, 320, 6, 3, 1)]
    for stage, (repeats, filters, expansion, kernel, stride) in enumerate(plan, 1):
        filters = divisible(filters * width)
        for i in range(math.ceil(repeats * depth)):
            name, entry, channels, step = 'block%d%s_' % (stage, chr(97 + i)), x, x.shape[1], stride if i == 0 else 1
            if expansion != 1:
                x = swish(k.bn(k.conv(x, channels * expansion, 1, bias=False, name=name + 'expand_conv'), name + 'expand_bn'))
            if step == 2:
                x = k.correct_pad(x, kernel)
            x = k.conv(x, None, kernel, step, 'same' if step == 1 else 'valid', False, name + 'dwconv', True)
            x = swish(k.bn(x, name + 'bn'))
            y = swish(k.conv(gap_keep(x), max(1, int(channels * 0.25)), 1, name=name + 'se_reduce'))
            x = x * torch.sigmoid(k.conv(y, x.shape[1], 1, name=name + 'se_expand'))
            x = k.bn(k.conv(x, filters, 1, bias=False, name=name + 'project_conv'), name + 'project_bn')
            if step == 1 and channels == filters:
                x = x + entry
    x = swish(k.bn(k.conv(x, divisible(1280 * width), 1, bias=False, name='top_conv'), 'top_bn'))
    return x, k.dense(gap(x), CLASSES, 'predictions')


def resnet_small(x, n):
    k = Keras()
    layer = lambda x, filters, stride=1, kernel=3: k.conv(x, filters, kernel, stride)
    x = F.relu(k.bn(layer(x, 16)))
    for stack in range(3):
        for block in range(n):
            stride = 2 if stack > 0 and block == 0 else 1
            y = F.relu(k.bn(layer(x, 16 << stack, stride)))
            y = k.bn(layer(y, 16 << stack))
            if stride == 2:
                x = layer(x, 16 << stack, 2, 1)
            x = F.relu(x + y)
    return x, k.dense(gap(x), CLASSES)


models = torchvision.models
plain_features = lambda model, x: model.features(x)
WORK = {
    'alexnet.torch': lambda n: of_torchvision(n, models.alexnet, 224, plain_features),
    'vgg11.torch': lambda n: of_torchvision(n, models.vgg11, 64, plain_features, top=False),
    'resnet18.torch': lambda n: of_torchvision(n, models.resnet18, 65, resnet_features),
    'resnet50.torch': lambda n: of_torchvision(n, models.resnet50, 64, resnet_features),
    'squeezenet1_0.torch': lambda n: of_torchvision(n, models.squeezenet1_0, 64, plain_features),
    'squeezenet1_1.torch': lambda n: of_torchvision(n, models.squeezenet1_1, 75, plain_features),
    'mobilenet_v2.torch': lambda n: of_torchvision(n, models.mobilenet_v2, 65, plain_features),
    'mobilenet_v3_small.torch': lambda n: of_torchvision(n, models.mobilenet_v3_small, 66, plain_features),
    'mobilenet_v3_large.torch': lambda n: of_torchvision(n, models.mobilenet_v3_large, 65, plain_features),
    'densenet121.torch': lambda n: of_torchvision(n, models.densenet121, 64, lambda m, x: F.relu(m.features(x))),
    'efficientnet_b0.torch': lambda n: of_torchvision(n, models.efficientnet_b0, 65, plain_features),
    'efficientnet_b5.torch': lambda n: of_torchvision(n, models.efficientnet_b5, 66, plain_features),
    'inception_v3.torch': lambda n: of_torchvision(n, inception, 107, inception_features),
    'vgg16.keras': lambda n: save(n, *vgg16(picture(3, 64, False))),
    'resnet50.keras': lambda n: save(n, *resnet50(picture(3, 65, False))),
    'resnet50_v2.keras': lambda n: save(n, *resnet50_v2(picture(3, 64, False))),
    'inception_v3.keras': lambda n: save(n, *inception_v3(picture(3, 107, False))),
    'xception.keras': lambda n: save(n, *xception(picture(3, 75, False))),
    'mobilenet_v1.keras': lambda n: save(n, *mobilenet(picture(3, 65, False), 0.25)),
    'mobilenet_v2.keras': lambda n: save(n, *mobilenet_v2(picture(3, 65, False), 0.35)),
    'mobilenet_v3_small.keras': lambda n: save(n, *mobilenet_v3(picture(3, 66, True), SMALL, 1024)),
    'mobilenet_v3_large.keras': lambda n: save(n, *mobilenet_v3(picture(3, 65, True), LARGE, 1280)),
    'densenet121.keras': lambda n: save(n, *densenet121(picture(3, 64, False))),
    'efficientnet_b0.keras': lambda n: save(n, *efficientnet(picture(3, 66, True), 1.0, 1.0)),
    'efficientnet_b3.keras': lambda n: save(n, *efficientnet(picture(3, 65, True), 1.2, 1.4)),
    'resnet20.keras': lambda n: save(n, *resnet_small(picture(1, 33, False), 3)),
}

torch.set_num_threads(1)
with torch.no_grad():
    for name in sys.argv[1:] or WORK:
        GAIN = 3.0 if name.startswith(('xception', 'mobilenet_v2', 'mobilenet_v3', 'efficientnet')) else 6.0
        WORK[name](name)
