"""Inference in PyTorch: torch_infer.py NETWORK BATCH SIZE SECONDS THREADS
Prints "variant,images_per_second" of the quickest of: eager, frozen TorchScript, and both with channels last; of each
the best of single runs. Random weights, seed as in export_onnx.py."""
import sys
import time

import torch
import torchvision

network, batch, size, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
torch.set_num_threads(int(sys.argv[5]))
torch.manual_seed(0)
options = {"init_weights": False, "aux_logits": False} if network == "inception_v3" else {}
model = getattr(torchvision.models, network)(**options).eval()
picture = torch.randn(batch, 3, size, size)


def rate(run, x):
    run(x), run(x)
    best, begun = 0.0, time.monotonic()
    while time.monotonic() - begun < seconds or best == 0.0:
        start = time.monotonic()
        run(x)
        best = max(best, batch / (time.monotonic() - start))
    return best


results = {}
with torch.inference_mode():
    for layout in torch.contiguous_format, torch.channels_last:
        suffix = "" if layout == torch.contiguous_format else "-channels-last"
        m, x = model.to(memory_format=layout), picture.to(memory_format=layout)
        results["eager" + suffix] = rate(m, x)
        results["frozen" + suffix] = rate(torch.jit.freeze(torch.jit.trace(m, x)), x)
best = max(results, key=results.get)
print("%s,%.3f" % (best, results[best]))
