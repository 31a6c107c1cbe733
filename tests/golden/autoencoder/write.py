#!/usr/bin/env python3
"""A step of a small convolutional autoencoder, and the loss of a variational one, by PyTorch; forward and gradients.
Writes golden.txt: lines of a name, a count and the numbers, kernels as graft keeps them. Written with PyTorch 1.13."""
import os
import torch
import torch.nn.functional as F

out = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w")


def write(name, tensor):
    numbers = tensor.detach().double().flatten().tolist()
    out.write("%s %d %s\n" % (name, len(numbers), " ".join("%.9g" % x for x in numbers)))


def kernel(layer, tensor):
    return tensor.transpose(0, 1) if isinstance(layer, torch.nn.ConvTranspose2d) else tensor


def step():
    torch.manual_seed(5)
    layers = {
        "encoder": torch.nn.Conv2d(2, 4, 3, stride=2, padding=1),
        "latent": torch.nn.Linear(4 * 4 * 3, 6),
        "unflat": torch.nn.Linear(6, 4 * 4 * 3),
        "decoder": torch.nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=(1, 0)),
        "decoded": torch.nn.Conv2d(5, 2, 3, padding=1),
    }
    x = torch.rand(3, 2, 8, 5)
    h = torch.relu(layers["encoder"](x))
    code = layers["latent"](h.flatten(1))
    h = torch.relu(layers["unflat"](code)).reshape(3, 4, 4, 3)
    h = torch.relu(layers["decoder"](h))
    y = layers["decoded"](h)
    loss = F.mse_loss(y, x)
    loss.backward()
    write("step/x", x)
    write("step/y", y)
    write("step/loss", loss)
    for name, layer in layers.items():
        write("step/%s/kernel" % name, kernel(layer, layer.weight))
        write("step/%s/bias" % name, layer.bias)
        write("step/%s/kernel_gradient" % name, kernel(layer, layer.weight.grad))
        write("step/%s/bias_gradient" % name, layer.bias.grad)


def variational(of, beta):
    """Sum of the picture's errors plus beta times the divergence, as in PyTorch's example of a VAE; both per number of
    the picture, summed over the batch."""
    torch.manual_seed(7)
    y = torch.randn(3, 7, requires_grad=True)
    mean = torch.randn(3, 4, requires_grad=True)
    log_variance = torch.randn(3, 4, requires_grad=True)
    x = torch.rand(3, 7)
    if of == "binary":
        errors = F.binary_cross_entropy_with_logits(y, x, reduction="sum")
    else:
        errors = F.mse_loss(y, x, reduction="sum")
    divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    loss = (errors + beta * divergence) / 7
    loss.backward()
    name = "variational/%s/" % of
    write(name + "x", x)
    write(name + "output", torch.cat([y, mean, log_variance], 1))
    write(name + "gradient", torch.cat([y.grad, mean.grad, log_variance.grad], 1))
    write(name + "loss", loss)


step()
variational("mse", 0.5)
variational("binary", 4)
out.close()
