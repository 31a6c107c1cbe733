"""A torchvision network with random weights as ONNX: export_onnx.py NETWORK BATCH SIZE OUT.onnx
The same seed as torch_infer.py's, so that both peers compute the same network."""
import sys

import torch
import torchvision

network, batch, size, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.manual_seed(0)
options = {"init_weights": False, "aux_logits": False} if network == "inception_v3" else {}
model = getattr(torchvision.models, network)(**options).eval()
torch.onnx.export(model, torch.randn(batch, 3, size, size), out, opset_version=13, input_names=["input"],
                  output_names=["output"], do_constant_folding=True)
