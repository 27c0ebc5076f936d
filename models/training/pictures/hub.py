"""An image classifier from a hub as a model folder: exported with what its processor does, checked as served."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from transformers import (
    MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING,
    AutoConfig,
    AutoImageProcessor,
    AutoModelForImageClassification,
    PreTrainedModel,
)

from models import manifest
from models.media.decoding.decoded import Pixels
from models.runtime.classifier import Array
from models.training.folder import model_file, write_manifest
from models.training.heads import head_for
from models.training.hub import NEAR, Wanted, check_labels, is_exclusive, loaded
from models.training.pictures import comparing
from models.training.pictures.export import export
from models.training.pictures.processor import Reading, processed, read
from models.training.precision import NAMES, Precision, in_precision
from moderation.errors import ConfigurationError, ModelError

_WHAT = "an image classifier with its image processor"
_INFLUENCE = 1e-2
"""Logits by which neighbours in a batch may move a picture's: other kernels sum in another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPictures:
    """What became of it. `dropped` are outputs that no label names; `difference` is from fp32, in logits, on the same
    pixels; `off` is the largest difference of a score from what the model's own processor leads to, on `pictures`
    files."""

    name: str
    labels: dict[str, str]
    dropped: tuple[str, ...]
    exclusive: bool
    pixels: manifest.Pixels
    size_mb: float
    difference: float
    off: float
    pictures: int

    @property
    def compared(self) -> str:
        """What the comparison with the model's own processor gave, in a sentence."""
        return (
            f"On {self.pictures} pictures no score is further than {self.off:.3f} from that of the model behind its "
            f"own image processor: decoding cuts and resizes in one step ({self.pixels.resampler}), large JPEGs "
            "after reading them at a fraction of their size."
        )


def reads_pictures(source: str) -> bool:
    """Whether `source`, a Hugging Face folder or a hub's name for one, classifies pictures. Raises `ModelError`."""
    config = loaded(AutoConfig, source, "a classifier")
    made_as = (getattr(config, "architectures", None) or [""])[0]
    return type(config) in MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING and "ForSequenceClassification" not in made_as


def import_picture_model(source: str, wanted: Wanted, out: Path, pictures: Path | None = None) -> ImportedPictures:
    """Write the image classifier `source`, a Hugging Face folder or a hub's name for one, as a model folder into `out`.

    Its scores are compared on the sample pictures, and on the files in the folder `pictures`. Raises `ModelError` for
    a model that cannot be taken over, of which nothing is written, and `ConfigurationError` for labels it has not.
    """
    if wanted.precision == "int8" or wanted.max_length is not None or wanted.languages:
        raise ConfigurationError(f"{source}: reads pictures: it has no int8, no length in tokens and no languages")
    model = loaded(AutoModelForImageClassification, source, _WHAT, attn_implementation="eager").eval()
    names = [model.config.id2label[index] for index in range(model.config.num_labels)]
    exclusive = is_exclusive(source, model)
    check_labels(source, names, wanted.labels, exclusive)
    if (channels := getattr(model.config, "num_channels", 3)) != 3:
        raise ModelError(f"{source}: reads {channels} channels; pictures are decoded to the 3 of RGB")
    processor = loaded(AutoImageProcessor, source, _WHAT, backend="pil")
    try:
        reading = read(processor)
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from error
    head, labels = head_for(wanted.labels, names, exclusive)
    net = _Served(model, reading, head).eval()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        exact = _exported(source, net, reading, folder / model_file("fp32"))
        _write(folder, exact, "fp32", wanted, labels, reading)
        shown = comparing.drawn(reading)
        reference = _check_same(source, folder, net, shown)
        if wanted.precision != "fp32":
            (folder / model_file("fp32")).unlink()
            _write(folder, exact, wanted.precision, wanted, labels, reading)
        influence = comparing.influence_of_neighbours(folder, shown)
        if not influence <= _INFLUENCE:
            raise ModelError(
                f"{source}: a picture's logits move by up to {influence:.2g} with its neighbours in a batch"
            )
        off, count = comparing.off(folder, partial(_scores, net, processor), pictures)
        imported = ImportedPictures(
            name=f"{wanted.id}@{wanted.version}",
            labels=labels,
            dropped=tuple(name for name in names if name not in wanted.labels),
            exclusive=exclusive,
            pixels=reading.pixels,
            size_mb=round((folder / model_file(wanted.precision)).stat().st_size / 1e6, 1),
            difference=float(np.abs(comparing.logits(folder, shown, 1) - reference).max()),
            off=off,
            pictures=count,
        )
        (folder / "CARD.md").write_text(_card(imported, wanted), encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, out, dirs_exist_ok=True)
    return imported


def _scores(net: "_Served", processor: Any, picture: Pixels) -> Array:
    """What the model itself gives a picture that its own processor has read, a probability per served label."""
    with torch.inference_mode():
        logits = net.of_values(torch.from_numpy(processed(processor, picture))[None])
    return torch.sigmoid(logits)[0].numpy()


class _Served(nn.Module):
    """The network behind what its processor does to colours, and before the head. Takes RGB bytes (n, h, w, 3)."""

    def __init__(self, model: PreTrainedModel, reading: Reading, head: nn.Module | None) -> None:
        super().__init__()
        self.model, self.head = model, nn.Identity() if head is None else head
        self.edges, self.middle = reading.edges, reading.middle
        self.is_cut = self.middle != (reading.pixels.height, reading.pixels.width)
        self.turned = list(reading.channels) if reading.channels != (0, 1, 2) else None
        self.register_buffer("scale", torch.tensor(reading.scale).reshape(3, 1, 1))
        self.register_buffer("offset", torch.tensor(reading.offset).reshape(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        if self.is_cut:
            (top, left), (height, width) = self.edges, self.middle
            pixels = pixels[:, top : top + height, left : left + width]
        if self.turned is not None:
            pixels = torch.stack([pixels[..., channel] for channel in self.turned], dim=-1)
        return self.of_values(pixels.permute(0, 3, 1, 2).float() * self.scale + self.offset)

    def of_values(self, values: Tensor) -> Tensor:
        """Served logits of what the processor gives."""
        logits: Tensor = self.head(self.model(pixel_values=values).logits)
        return logits


def _exported(source: str, net: _Served, reading: Reading, path: Path) -> onnx.ModelProto:
    size = reading.pixels.height, reading.pixels.width
    try:
        with torch.inference_mode():
            net(torch.zeros((1, *size, 3), dtype=torch.uint8))
        export(net, *size, path)
        return in_precision(onnx.load(path), "fp32")
    except Exception as error:  # what a network does not take, or the exporter not know, has a type of its own in each
        first: BaseException = error
        while first.__cause__ is not None:
            first = first.__cause__
        raise ModelError(f"{source}: cannot be exported to ONNX: {' '.join(str(first).split())[:300]}") from error


def _write(
    folder: Path, exact: onnx.ModelProto, precision: Precision, wanted: Wanted, labels: dict[str, str], reading: Reading
) -> None:
    onnx.save(in_precision(exact, precision), folder / model_file(precision))
    write_manifest(
        folder,
        id=wanted.id,
        version=wanted.version,
        task="multi-label-classification",
        modality="image",
        labels=labels,
        file=model_file(precision),
        pixels=reading.pixels.model_dump(exclude_none=True),
        runtime={"providers": ("cuda",) if precision == "fp16" else ("cuda", "cpu"), "precision": NAMES[precision]},
        licence=wanted.licence,
        origin=wanted.origin,
    )


def _check_same(source: str, folder: Path, net: _Served, shown: Sequence[Pixels]) -> Array:
    """The fp32 graph's logits, once they are seen to be those of the network itself."""
    graph = comparing.logits(folder, shown, 1)
    with torch.inference_mode():
        original = torch.cat([net(torch.tensor(each)[None]) for each in shown]).numpy()
    difference = np.abs(graph - original).max()
    if not difference <= NEAR * max(1.0, np.abs(original).max()):
        raise ModelError(f"{source}: its ONNX graph computes other logits than the model, by up to {difference:.4f}")
    return graph


def _card(imported: ImportedPictures, wanted: Wanted) -> str:
    labels = ", ".join(f"{label} ({category})" for label, category in imported.labels.items())
    return (
        f"# {wanted.id}\n\nImported with `moderation models import`; nobody has measured how well it judges.\n\n"
        f"- Origin: {wanted.origin}\n- Licence: {wanted.licence}\n- Labels (categories): {labels}\n"
        f"- Outputs left out: {', '.join(imported.dropped) or 'none'}\n- {imported.compared}\n"
    )
