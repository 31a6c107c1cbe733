#!/usr/bin/python3
"""torch_run.py FOLDER: loads FOLDER/*.torch.safetensors into torchvision's networks, strictly, and compares what they
compute with graft (NAME.output). The file is read here by its documented form: 8 bytes of header length, JSON, bytes.
What was loaded is saved as NAME.pth and, in the older form, NAME.legacy.pth, which torch.load gives back unchanged.
Written with PyTorch 1.13, torchvision 0.14.1."""
import glob, json, os, struct, sys
import numpy as np
import torch, torchvision

TYPES = {'F32': np.float32, 'I64': np.int64}


def load(path):
    data = open(path, 'rb').read()
    length = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + length])
    assert header.pop('__metadata__')['format'] == 'pt'
    state = {}
    for name, entry in header.items():
        begin, end = [8 + length + o for o in entry['data_offsets']]
        values = np.frombuffer(data[begin:end], TYPES[entry['dtype']]).reshape(entry['shape'])
        state[name] = torch.from_numpy(values.copy())
    return state


def save(state, base):
    """Whether torch.load reads from both files what was saved."""
    same = True
    for end, zipped in (('.pth', True), ('.legacy.pth', False)):
        torch.save(state, base + end, _use_new_zipfile_serialization=zipped)
        again = torch.load(base + end)
        same = same and list(again) == list(state) and all(torch.equal(again[name], state[name]) for name in state)
    return same


def main(folder):
    failed = 0
    files = sorted(glob.glob(os.path.join(folder, '*.torch.safetensors')))
    for path in files:
        name = os.path.basename(path).split('.')[0]
        base = path[:-len('.safetensors')]
        expected = np.fromfile(base + '.output', np.float32)
        network = getattr(torchvision.models, name)(num_classes=expected.size)
        network.load_state_dict(load(path), strict=True)
        picture = np.fromfile(base + '.input', np.float32)
        side = int(round((picture.size / 3) ** 0.5))
        with torch.no_grad():
            got = network.eval()(torch.from_numpy(picture.reshape(1, 3, side, side))).numpy().reshape(-1)
        worst = np.abs(got - expected).max() / np.abs(expected).max()
        print('%s: strict, differs by %.2g of the largest' % (name, worst))
        failed += not worst <= 1e-4
        failed += not save(network.state_dict(), base)
    return 1 if failed or not files else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
