"""Which pictures a caller needs of a file. Everything that is not named here is never made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Resampler = Literal["area", "bilinear", "bicubic", "lanczos"]
"""`area` averages, see `rendering.area`; the others are Pillow's, widened when shrinking, as Hugging Face's image
processors use them."""

Crop = Literal["stretch", "centre"]

_MOST_SHRUNK = 64

FALLS_SHORT = 0.9
"""A picture that a scaled decode gives at this part of the size that it may have is taken as it is: no resize."""


@dataclass(frozen=True)
class Fit:
    """The whole picture, its longer side at most `longest` pixels; never enlarged.

    A 1920 x 1080 JPEG is decoded at half size and gives 960 x 540 for a `longest` of 1024: see `FALLS_SHORT`.
    """

    longest: int = 1024

    def suffices(self, width: int, height: int, scale: int) -> bool:
        """Whether a decode at 1/`scale` of the size is large enough."""
        longer = max(width, height)
        return longer / scale >= FALLS_SHORT * min(longer, self.longest)

    def scale(self, width: int, height: int) -> float:
        """The most by which a picture of this size may be shrunk."""
        return max(1.0, max(width, height) / self.longest)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height that a picture of this size gets."""
        longer = max(width, height)
        if longer <= self.longest:
            return width, height
        return max(1, round(width * self.longest / longer)), max(1, round(height * self.longest / longer))

    @property
    def most_bytes(self) -> int:
        """The largest that such a picture gets."""
        return 3 * self.longest * self.longest

    def allows(self, width: int, height: int) -> bool:
        """Whether a picture of this size may be one of these."""
        return 1 <= width <= self.longest and 1 <= height <= self.longest


@dataclass(frozen=True)
class Exact:
    """A picture of exactly this size, as a model takes it.

    `stretch` gives up the proportions. `centre` scales the shorter side to `shorter` (the smaller of `width` and
    `height` where it is None) and takes the middle, as `shortest_edge` and `crop_size` of a processor say, to the
    pixel that Hugging Face's processors take (`get_resize_output_image_size` and `center_crop`); it never takes more
    than there is, so `shorter` is at least `width` and `height`.
    """

    width: int
    height: int
    crop: Crop = "stretch"
    resampler: Resampler = "area"
    shorter: int | None = None

    def __post_init__(self) -> None:
        if self.shorter is not None and (self.crop != "centre" or self.shorter < max(self.width, self.height)):
            raise ValueError("'shorter' goes with crop 'centre', and is at least as large as width and height")

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a picture of this size that is taken: left, top, right, bottom."""
        if self.crop == "stretch":
            return 0.0, 0.0, float(width), float(height)
        wide, tall = self._scaled(width, height)
        left, top = (wide - self.width) // 2, (tall - self.height) // 2
        across, down = width / wide, height / tall
        return left * across, top * down, (left + self.width) * across, (top + self.height) * down

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        """What the processors scale a picture to before they cut, in whole pixels: the longer side rounded down."""
        if self.shorter is None:
            scale = min(width / self.width, height / self.height)
            return max(self.width, int(width / scale)), max(self.height, int(height / scale))
        longer = int(self.shorter * max(width, height) / min(width, height))
        return (longer, self.shorter) if width > height else (self.shorter, longer)

    def suffices(self, width: int, height: int, scale: int) -> bool:
        """Whether a decode at 1/`scale` of the size is large enough."""
        left, top, right, bottom = self.box(width, height)
        across, down = right - left, bottom - top
        return across / scale >= min(across, self.width) and down / scale >= min(down, self.height)

    def scale(self, width: int, height: int) -> float:
        """The most by which a picture of this size may be shrunk."""
        left, top, right, bottom = self.box(width, height)
        return max(1.0, min((right - left) / self.width, (bottom - top) / self.height))

    @property
    def most_bytes(self) -> int:
        """The size of such a picture."""
        return 3 * self.width * self.height

    def allows(self, width: int, height: int) -> bool:
        """Whether a picture of this size may be one of these."""
        return (width, height) == (self.width, self.height)


Rendition = Fit | Exact


@dataclass(frozen=True)
class Wanted:
    """The pictures needed of every frame, by name, and of how many frames at most.

    All are made from one decode, which is as small as the largest of them allows. So a model's input may differ in
    the last bits when a larger picture is wanted beside it: a caller that needs scores to be reproducible asks for
    the same pictures always.
    """

    pictures: Mapping[str, Rendition] = field(default_factory=lambda: {"picture": Fit()})
    frames: int = 8

    def __post_init__(self) -> None:
        if self.frames < 1 or not self.pictures:
            raise ValueError("at least one frame and one picture must be wanted")
        if any(picture.most_bytes < 3 for picture in self.pictures.values()):
            raise ValueError("a picture has at least one pixel")

    @property
    def most_bytes(self) -> int:
        """What all pictures of all frames take at most."""
        return self.frames * sum(picture.most_bytes for picture in self.pictures.values())

    def shrink(self, width: int, height: int) -> int:
        """The largest whole number by which a picture of this size may be shrunk, and still suffice."""
        by = 1
        while by < _MOST_SHRUNK and all(each.suffices(width, height, by + 1) for each in self.pictures.values()):
            by += 1
        return by

    def scale(self, width: int, height: int) -> float:
        """The same where any number will do."""
        return min(picture.scale(width, height) for picture in self.pictures.values())

    def to_json(self) -> dict[str, Any]:
        """As it goes to a decoding process."""
        return {
            "frames": self.frames,
            "pictures": {name: vars(picture) for name, picture in self.pictures.items()},
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Wanted":
        """What `to_json` gave."""
        return cls(
            {
                name: Fit(**fields) if "longest" in fields else Exact(**fields)
                for name, fields in said["pictures"].items()
            },
            said["frames"],
        )
