"""Small image classifiers with random weights in Hugging Face's format, with the processors they come with."""

from pathlib import Path
from typing import Any

import torch
import transformers

_VIT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "patch_size": 8}
_VIT |= {"initializer_range": 0.3}
_MEAN, _STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
_SQUARE = {"size": {"height": 48, "width": 48}}
_CENTRE: dict[str, Any] = {"size": {"shortest_edge": 55}, "crop_size": {"height": 48, "width": 48}}
_CENTRE |= {"do_center_crop": True, "resample": 3, "image_mean": _MEAN, "image_std": _STD}

KINDS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "vit": ("ViT", _VIT | {"image_size": 48}, "ViT", _SQUARE),
    "deit": (
        "DeiT",
        _VIT | {"image_size": 48},
        "DeiT",
        {"size": {"height": 56, "width": 56}, "crop_size": {"height": 48, "width": 48}},
    ),
    "resnet": (
        "ResNet",
        {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"},
        "ConvNext",
        {"size": {"shortest_edge": 48}, "crop_pct": 0.875, "image_mean": _MEAN, "image_std": _STD},
    ),
    "convnext": (
        "ConvNext",
        {"hidden_sizes": [16, 32], "depths": [1, 1], "num_stages": 2, "initializer_range": 0.3},
        "ConvNext",
        {"size": {"shortest_edge": 384}, "image_mean": _MEAN, "image_std": _STD},
    ),
    "mobilenet_v2": ("MobileNetV2", {"depth_multiplier": 0.25, "image_size": 48}, "MobileNetV2", _CENTRE),
    "mobilevit": (
        "MobileViT",
        {"hidden_sizes": [32, 32, 32], "neck_hidden_sizes": [8, 8, 16, 16, 16, 16, 32], "image_size": 64},
        "MobileViT",
        {"size": {"shortest_edge": 72}, "crop_size": {"height": 64, "width": 64}},
    ),
    "efficientnet": (
        "EfficientNet",
        {"image_size": 48, "width_coefficient": 0.25, "depth_coefficient": 0.2, "hidden_dim": 320},
        "EfficientNet",
        {"size": {"height": 48, "width": 48}, "rescale_offset": True, "rescale_factor": 1 / 127.5},
    ),
    "swin": (
        "Swin",
        {"image_size": 64, "patch_size": 4, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4},
        "ViT",
        {"size": {"height": 64, "width": 64}, "resample": 1},
    ),
}
"""Name -> class of the model and its options, class of the image processor and its options."""


def save(folder: Path, kind: str, labels: list[str], problem: str | None = None, **processing: Any) -> Path:
    """Write a classifier with its `preprocessor_config.json` into `folder`."""
    model, options, processor, processed = KINDS[kind]
    names = dict(enumerate(labels))
    config = getattr(transformers, f"{model}Config")(
        **options, id2label=names, label2id={name: index for index, name in names.items()}, problem_type=problem
    )
    torch.manual_seed(0)
    net = getattr(transformers, f"{model}ForImageClassification")(config)
    _widen(net, options.get("image_size", 48))
    net.save_pretrained(folder)
    getattr(transformers, f"{processor}ImageProcessorPil")(**processed | processing).save_pretrained(folder)
    return folder


def _widen(net: torch.nn.Module, size: int) -> None:
    """Make random weights tell pictures apart, so that a difference would be seen: on noise, logits deviate by 1."""
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    last = [layer for layer in net.modules() if isinstance(layer, torch.nn.Linear)][-1]
    seen: list[torch.Tensor] = []
    last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    noise = torch.nn.functional.interpolate(torch.randn(32, 3, 6, 6) + 2 * torch.randn(32, 3, 1, 1), size)
    with torch.no_grad():
        net.train()(pixel_values=noise)
        net.eval()(pixel_values=noise)
        weight = torch.randn_like(last.weight)
        logits = seen[-1] @ weight.T
        last.weight.copy_(weight / logits.std(dim=0)[:, None])
        last.bias.copy_(-logits.mean(dim=0) / logits.std(dim=0))
