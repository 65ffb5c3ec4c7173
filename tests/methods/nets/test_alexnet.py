from __future__ import annotations

import torch

from methods.nets.alexnet import AlexNet, initialise


def test_the_papers_shapes() -> None:
    with torch.device("meta"):
        net = AlexNet()
        x, sizes = torch.empty(2, 3, 128, 128), []
        for layer in net.features:
            x = layer(x)
            if x.ndim == 4 and (not sizes or sizes[-1] != x.shape[-1]):
                sizes.append(x.shape[-1])
    assert sizes == [30, 14, 6, 2]
    assert x.shape == (2, 1024)
    assert net.fc7.weight.shape == (4096, 4096)
    assert [m.weight.shape[0] for m in net.features if hasattr(m, "weight")] == [96, 256, 384, 384, 256]
    assert all(m.groups == 1 for m in net.features if isinstance(m, torch.nn.Conv2d))


def test_local_response_normalisation_divides_alpha_by_the_window() -> None:
    """x / (2 + 1e-4 / 5 * sum of 5 squares)^0.75, as MXNet's, which the public re-implementation used."""
    norm = AlexNet(0.1).features[2]
    x = torch.rand(1, 7, 3, 3, dtype=torch.float64) * 100
    padded = torch.nn.functional.pad(x**2, (0, 0, 0, 0, 2, 2))
    total = sum(padded[:, i : i + 7] for i in range(5))
    assert torch.allclose(norm(x), x / (2 + 1e-4 / 5 * total) ** 0.75)


def test_initialisation_is_msra_and_follows_the_seed_alone() -> None:
    nets = [AlexNet(0.25) for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        torch.rand(seed + 5)
        initialise(net, seed)
    assert torch.equal(nets[0].fc6.weight, nets[1].fc6.weight)
    assert not torch.equal(nets[0].fc6.weight, nets[2].fc6.weight)
    weight = nets[0].fc7.weight
    assert abs(weight.std().item() / (2 / weight.shape[1]) ** 0.5 - 1) < 0.01
    assert not nets[0].fc7.bias.any()


def test_layers_for_a_later_classifier() -> None:
    net = AlexNet(0.1).eval()
    pictures = torch.randn(3, 3, 128, 128)
    with torch.inference_mode():
        assert net.layer(pictures, "pool").shape == (3, 4 * 26)
        fc7 = net.layer(pictures, "fc7")
        assert torch.allclose(net.fc8(fc7), net(pictures), atol=1e-5)
