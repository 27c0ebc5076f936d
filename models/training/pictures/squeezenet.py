"""SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) with pretrained weights in Keras' format, and our heads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from moderation.errors import ConfigurationError

MEAN = (103.939, 116.779, 123.68)
"""Of ImageNet, blue, green, red: what the pretrained weights expect to be subtracted."""

_FIRES = {
    2: (64, 16, 64), 3: (128, 16, 64), 4: (128, 32, 128), 5: (256, 32, 128),
    6: (256, 48, 192), 7: (384, 48, 192), 8: (384, 64, 256), 9: (512, 64, 256),
}  # fmt: skip
"""Number of the fire module -> channels in, squeezed, expanded (twice)."""
_FEATURES = 512


class Fire(nn.Module):
    """Squeezes to few channels, then expands by 1 x 1 and 3 x 3 convolutions side by side."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.squeeze1x1(x))
        return torch.cat([functional.relu(self.expand1x1(x)), functional.relu(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    """Takes RGB bytes, shape (n, size, size, 3), as decoding gives them, and gives logits, shape (n, categories).

    `names` is the head of the exact labels: it is only trained, to keep the features from knowing nothing else.
    """

    def __init__(self, categories: int, labels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        self.fires = nn.ModuleDict({str(number): Fire(*sizes) for number, sizes in _FIRES.items()})
        self.categories = nn.Linear(_FEATURES, categories)
        self.names = nn.Linear(_FEATURES, labels)
        self.register_buffer("mean", torch.tensor(MEAN))

    def features(self, pixels: Tensor) -> Tensor:
        """Shape (n, 512)."""
        x = (pixels.float().flip(-1) - self.mean).permute(0, 3, 1, 2)
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 3, 2)
        for number, fire in self.fires.items():
            x = fire(x)
            if number in ("3", "5"):
                x = functional.max_pool2d(x, 3, 2)
        return x.mean((2, 3))

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.categories(self.features(pixels))
        return logits

    def both(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of both heads, for training."""
        features = functional.dropout(self.features(pixels), 0.5, self.training)
        return self.categories(features), self.names(features)


def pretrained(file: Path, categories: int, labels: Sequence[str]) -> SqueezeNet:
    """The network with the weights of `file`, its heads new. Raises `ConfigurationError`."""
    import h5py

    net = SqueezeNet(categories, len(labels))
    try:
        with h5py.File(file) as content:
            _load(net.conv1, content["conv1"])
            for number, fire in net.fires.items():
                for part, convolution in fire.named_children():
                    _load(convolution, content[f"fire{number}"][part])
    except (OSError, KeyError, ValueError) as error:
        raise ConfigurationError(f"{file}: no weights of SqueezeNet 1.1 in Keras' format: {error}") from error
    return net


def _load(convolution: Any, group: Any) -> None:
    """Copy kernel and bias; Keras keeps kernels as height, width, in, out."""
    found: list[np.ndarray[Any, Any]] = []
    group.visititems(lambda _, item: found.append(np.array(item)) if hasattr(item, "shape") else None)
    kernel = next(each for each in found if each.ndim == 4)
    bias = next(each for each in found if each.ndim == 1)
    with torch.no_grad():
        convolution.weight.copy_(torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()))
        convolution.bias.copy_(torch.from_numpy(bias))
