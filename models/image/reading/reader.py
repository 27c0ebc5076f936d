"""Text in pictures: a glance at little cost, and where it sees any, a look."""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.image.reading.arrangement import arranged
from models.image.reading.bounds import length, within_bounds
from models.image.reading.engine import CLEAR, Engine, Found, Quad
from models.image.reading.line import NOTHING_WRITTEN, Line, Writing
from models.media.decoding.decoded import Pixels
from models.runtime.providers import Provider
from models.runtime.sessions import cores
from moderation.errors import ModelError
from moderation.settings import Settings

log = logging.getLogger(__name__)

_GLANCE = 512
"""Pixels of the longer side. The detector finds letters of 10 pixels in a picture of 1,024 at half its size, and small
print on a large blank page there better than at full size."""
_LOOK = 1024
_SMALL = 640
"""A smaller picture is enlarged to this for the look, twofold at most: small print of 7 pixels."""
_FEW, _SHORT = 12, 200
"""Boxes of a glance that are read at once, and their lengths together, in heights; a page of more is looked at."""
_LEGIBLE = 0.6
"""Confidence; of less are what the recogniser makes of leaves and fences."""
_SURELY_A_LINE = 4.0
"""Heights. Of 259 photographs two had something so long that could not be read: a blurred sign, and a branch."""
_SPARSE, _ENOUGH = 0.5, 9
"""Characters to a height, where Latin letters are two; up to so many heights. Of Cyrillic, Arabic and Georgian the
recogniser gives blanks, and says that it is sure of them."""
_COVERED = 0.5
"""A line of the glance of which the look has so much is not taken twice."""
_ON_GPU = 4
"""Engines on a GPU: what they do before and after their models takes a core each."""
_LEAST_SIDE = 32
"""Pixels that the detector needs ..."""
_THINNEST = 8
"""... of the shorter side after shrinking, too: no picture may be longer than so many times that."""


class Reader:
    """Reads pictures; from any number of threads, as many side by side as there are sessions."""

    def __init__(self, settings: Settings, models: Path | None = None) -> None:
        """`models` is the folder of the models, rapidocr's own by default.

        Raises `ModelError` for a model that is missing or cannot be loaded, or if it got another provider than the one
        asked for and no fallback is allowed.
        """
        first, provider, self.sessions = _first(settings, models)
        self.providers = first.providers
        self._another = partial(Engine, provider == "cuda", models)
        self._free: queue.SimpleQueue[Engine] = queue.SimpleQueue()
        self._free.put(first)
        self._made = 1
        self._lock = threading.Lock()

    def read(self, picture: Pixels) -> Writing:
        """What is written in a picture."""
        height, width = picture.shape[:2]
        if min(height, width) < 1:
            return NOTHING_WRITTEN
        bgr, (left, top) = _bordered(np.ascontiguousarray(picture[:, :, ::-1]))
        with self._engine() as engine:
            found = _seen(engine, bgr)
        for each in found:
            each.quad[:] -= (left, top)
        lines = arranged([each for each in found if _is_legible(each)], width, height)
        unread = arranged([each for each in found if _is_unread(each)], width, height)
        return Writing(_worth_reading(lines), [line.box for line in unread])

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        engine = self._taken()
        try:
            yield engine
        finally:
            self._free.put(engine)

    def _taken(self) -> Engine:
        """A free engine; the first is made at the start, the others when so many pictures come side by side."""
        with self._lock:
            is_new = self._free.empty() and self._made < self.sessions
            self._made += is_new
        if not is_new:
            return self._free.get()
        try:
            return self._another()
        except ModelError:
            with self._lock:
                self._made -= 1
            raise


def _first(settings: Settings, models: Path | None) -> tuple[Engine, Provider, int]:
    """An engine on the provider that the settings ask for or the next that there is, which that is, and how many
    engines they ask for."""
    import onnxruntime

    has_cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    first = Engine(use_cuda=has_cuda and settings.provider != "cpu", models=models)
    got: Provider = "cuda" if set(first.providers) == {"cuda"} else "cpu"
    if settings.provider not in ("auto", got) and not settings.provider_fallback:
        raise ModelError(
            f"text in pictures: asked for provider {settings.provider!r}, got {got!r}: rapidocr runs on 'cuda', with "
            "what the 'gpu' extra installs, and on 'cpu'; ask for another, or allow a fallback"
        )
    count = settings.sessions or (cores() if got == "cpu" else min(cores(), _ON_GPU))
    log.log(
        logging.INFO if settings.provider in ("auto", got) else logging.WARNING,
        "text in pictures: %d sessions on %s (asked for %s)", count, got, settings.provider,
    )  # fmt: skip
    return first, got, count


def _bordered(picture: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], tuple[int, int]]:
    """A picture that is large enough for the detector, and how far it was moved right and down for that."""
    height, width = picture.shape[:2]
    least = max(_LEAST_SIDE, max(height, width) // _THINNEST)
    down, right = max(0, least - height), max(0, least - width)
    if not down and not right:
        return picture, (0, 0)
    top, left = down // 2, right // 2
    sides = (top, down - top, left, right - left)
    bordered = cv2.copyMakeBorder(picture, *sides, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(bordered, np.uint8), (left, top)


def _seen(engine: Engine, picture: npt.NDArray[np.uint8]) -> list[Found]:
    """The lines of a BGR picture, read or not. Where a glance shows none, or shows them clearly, there is no look."""
    longest = max(picture.shape[:2])
    glanced = engine.boxes(picture, min(_GLANCE, longest))
    few = len(glanced) <= _FEW and sum(map(length, glanced)) <= _SHORT
    read = engine.read(picture, glanced) if few else []
    legible = [each for each in read if _is_legible(each)]
    if few and all(each.confidence >= CLEAR for each in legible):
        return read
    looked = within_bounds(engine.boxes(picture, min(max(longest, min(2 * longest, _SMALL)), _LOOK)))
    return engine.read(picture, looked) + [each for each in legible if not _is_covered(each.quad, looked)]


def _worth_reading(lines: Sequence[Line]) -> list[Line]:
    """Without single characters that stand alone: most of them are forks, masts and twigs."""
    characters: Counter[int] = Counter()
    for line in lines:
        characters[line.block] += sum(map(str.isalnum, line.text))
    return [line for line in lines if characters[line.block] > 1]


def _is_legible(found: Found) -> bool:
    return found.confidence >= _LEGIBLE and any(map(str.isalnum, found.text))


def _is_unread(found: Found) -> bool:
    """Whether a line is so long, and so little was made of it, that it is writing all the same."""
    heights = length(found.quad)
    characters = sum(map(str.isalnum, found.text)) if found.confidence >= _LEGIBLE else 0
    return heights >= _SURELY_A_LINE and characters < _SPARSE * min(heights, _ENOUGH)


def _is_covered(quad: Quad, others: Sequence[Quad]) -> bool:
    """Whether one of the others has most of it."""
    least = _COVERED * float(cv2.contourArea(quad))
    return any(cv2.intersectConvexConvex(quad, other)[0] >= least for other in others)
