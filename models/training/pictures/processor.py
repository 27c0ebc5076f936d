"""What a Hugging Face image processor does to a picture: size and crop for the manifest, colours for the graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from models import manifest
from models.media.decoding import Exact, Wanted
from models.media.decoding.decoded import Pixels
from models.media.decoding.rendering import rendered
from moderation.errors import ModelError

_RESAMPLERS = {1: "lanczos", 2: "bilinear", 3: "bicubic"}
_OTHER_RESAMPLERS = {0: "nearest", 4: "box", 5: "hamming"}
_ROUNDING = 3.0
"""Grey levels that resizing and rounding twice may differ by."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a network reads pictures. `pixels` is what decoding makes of them, the rest is for the graph.

    Of these pixels it takes the `middle`, (height, width). Its channel i is `scale[i]` times the picture's channel
    `channels[i]`, plus `offset[i]`.
    """

    pixels: manifest.Pixels
    middle: tuple[int, int]
    channels: tuple[int, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @property
    def rendition(self) -> Exact:
        """As decoding is asked for it."""
        own = self.pixels
        return Exact(own.width, own.height, own.crop, own.resampler, own.shorter)

    @property
    def edges(self) -> tuple[int, int]:
        """Rows above the middle and columns left of it."""
        return (self.pixels.height - self.middle[0]) // 2, (self.pixels.width - self.middle[1]) // 2

    def applied(self, pixels: Pixels) -> Values:
        """What the network is given, shape (3, height, width)."""
        (top, left), (height, width) = self.edges, self.middle
        part = pixels[top : top + height, left : left + width, list(self.channels)].astype(np.float32)
        return (part * np.array(self.scale, np.float32) + np.array(self.offset, np.float32)).transpose(2, 0, 1)


def processed(processor: Any, picture: Pixels) -> Values:
    """What the processor makes of a picture, shape (3, height, width)."""
    values = processor(images=picture, return_tensors="np", input_data_format="channels_last")["pixel_values"][0]
    return np.asarray(values, np.float32)


def read(processor: Any) -> Reading:
    """How to do what `processor` does. Raises `ModelError` where a manifest and a graph cannot.

    Sizes are read from its settings, and compared with what it does; colours are measured, as some processors scale
    twice, shift, or turn channels round.
    """
    pixels, middle = _size(processor)
    try:
        channels, scale, offset = _colours(processor, middle)
        reading = Reading(pixels=pixels, middle=middle, channels=channels, scale=scale, offset=offset)
        _check_size(processor, reading)
    except ModelError:
        raise
    except Exception as error:  # of a processor that reads no RGB pictures, whatever its library throws
        raise ModelError(f"{_name(processor)} cannot process an RGB picture: {' '.join(str(error).split())}") from error
    return reading


def _name(processor: Any) -> str:
    return f"its {type(processor).__name__.removesuffix('Pil').removesuffix('Fast')}"


def _size(processor: Any) -> tuple[manifest.Pixels, tuple[int, int]]:
    said = processor.to_dict()
    name = _name(processor)
    if said.get("do_pad"):
        raise ModelError(f"{name} pads pictures (do_pad); decoding stretches or crops them, it never pads")
    if not said.get("do_resize"):
        raise ModelError(f"{name} does not resize (do_resize); a served model reads one size")
    resample = 2 if said.get("resample") is None else int(said["resample"])
    if resample not in _RESAMPLERS:
        what = _OTHER_RESAMPLERS.get(resample, str(resample))
        raise ModelError(f"{name} resizes with {what!r}; decoding has {', '.join(sorted(_RESAMPLERS.values()))}")
    size = _sides(said, "size")
    crop = _sides(said, "crop_size") if said.get("do_center_crop") else {}
    fields: dict[str, Any] = dict(size)
    if set(size) == {"shortest_edge"}:
        fields = _of_shortest_edge(name, size["shortest_edge"], crop, said)
        middle = fields["height"], fields["width"]
        room = fields.get("shorter", min(middle)), fields.get("shorter", min(middle))
    elif set(size) == {"height", "width"}:
        room = size["height"], size["width"]
        middle = crop.get("height", room[0]), crop.get("width", room[1])
    else:
        given = ", ".join(f"{key} {value}" for key, value in size.items())
        raise ModelError(f"{name} resizes to {given or 'no size'}; 'height' and 'width', or 'shortest_edge', is needed")
    if middle[0] > room[0] or middle[1] > room[1]:
        raise ModelError(
            f"{name} crops {middle[1]} x {middle[0]} pixels out of {room[1]} x {room[0]}, which pads with black; "
            "decoding never pads"
        )
    try:
        return manifest.Pixels(**fields, resampler=_RESAMPLERS[resample]), middle
    except ValidationError:
        raise ModelError(f"{name} gives {middle[1]} x {middle[0]} pixels; 16 to 2048 each can be served") from None


def _sides(said: dict[str, Any], key: str) -> dict[str, int]:
    """A size of the settings, without the keys that say nothing."""
    return {side: int(value) for side, value in dict(said.get(key) or {}).items() if value is not None}


def _of_shortest_edge(name: str, edge: int, crop: dict[str, int], said: dict[str, Any]) -> dict[str, Any]:
    """What `pixels` says where the shorter side is scaled to `edge` and the middle cut out."""
    if not crop and name == "its ConvNextImageProcessor":  # see its `resize`
        square = {"height": edge, "width": edge}
        return square if edge >= 384 else square | {"crop": "centre", "shorter": int(edge / said["crop_pct"])}
    if not crop:
        raise ModelError(f"{name} gives pictures of any shape (shortest_edge without a crop); a model reads one size")
    if set(crop) != {"height", "width"}:
        raise ModelError(f"{name} has a crop_size without height and width")
    shorter = int(256 / 224 * edge) if name == "its LevitImageProcessor" else edge  # see its `resize`
    return crop | {"crop": "centre", "shorter": shorter}


def _colours(processor: Any, middle: tuple[int, int]) -> tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]:
    """Channels, scale and offset, out of what it makes of pictures of one colour."""
    height, width = middle
    shades = np.concatenate([np.zeros((1, 3)), np.eye(3) * 255, [[128, 64, 32]]]).astype(np.uint8)
    made = [processed(processor, np.full((height + 8, width + 8, 3), shade, np.uint8)) for shade in shades]
    if any(each.shape != (3, height, width) for each in made):
        shape = " x ".join(map(str, made[0].shape))
        raise ModelError(f"{_name(processor)} gives values of shape {shape}; 3 x {height} x {width} is due")
    flat = np.stack([each.reshape(3, -1) for each in made]).astype(np.float64)
    black, slopes = flat[0, :, 0], (flat[1:4, :, 0] - flat[0, :, 0]) / 255  # slopes: (of the picture, of the network)
    channels = np.abs(slopes).argmax(axis=0)
    scale = slopes[channels, range(3)]
    expected = shades[:, channels] * scale + black
    if sorted(channels) != [0, 1, 2] or np.abs(flat - expected[:, :, None]).max() > 1e-3 * np.abs(scale).max() * 255:
        raise ModelError(f"{_name(processor)} does more to colours than to scale and shift each by itself")
    return tuple(channels.tolist()), tuple(scale.tolist()), tuple(black.tolist())


def _check_size(processor: Any, reading: Reading) -> None:
    """Raise `ModelError` where the processor takes another part of a picture, or another size of it."""
    wanted = Wanted({"it": reading.rendition})
    allowed = 255 / min(reading.middle) + _ROUNDING  # a pixel of a ramp across the network's input
    grey = np.abs(np.array(reading.scale))[:, None, None]
    for picture in _ramps(reading):
        due, got = processed(processor, picture), reading.applied(rendered(picture, wanted)["it"])
        off = float((np.abs(due - got) / grey).max())
        if off > allowed:
            height, width = picture.shape[:2]
            raise ModelError(
                f"{_name(processor)} cuts or resizes pictures in a way that 'pixels' of a manifest cannot say: on one "
                f"of {width} x {height}, {off:.0f} of 255 grey levels lie between it and what decoding gives"
            )


def _ramps(reading: Reading) -> Iterator[Pixels]:
    """Pictures of several proportions, brighter to the right in red, downwards in green, of one blue."""
    width, height = reading.pixels.width, reading.pixels.height
    for wide, tall in ((2 * width, 2 * height), (3 * width, height + 5), (width + 3, 2 * height), (width // 2, height)):
        across = np.linspace(0, 255, wide).round()[None, :].repeat(tall, 0)
        down = np.linspace(0, 255, tall).round()[:, None].repeat(wide, 1)
        yield np.stack([across, down, np.full((tall, wide), 90.0)], axis=2).astype(np.uint8)
