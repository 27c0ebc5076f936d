"""Lines in reading order, also in a picture that lies on its side, hangs upside down or is tilted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.image.reading.engine import Found, Quad
from models.image.reading.line import Box, Line

_BESIDE = 0.5
"""Two lines are one row where they share so much of the lower one's height ..."""
_APART = 2.0
"""... and the gap between them is at most so many heights of the higher one."""
_BELOW = 1.0
"""A line belongs to the one above it where the gap is at most so many heights of the lower one ..."""
_ALIKE = 2.0
"""... and neither is more than so many times as high as the other."""

Extent = tuple[float, float, float, float]
"""left, top, right, bottom in pixels, once the picture is turned so that its text stands upright."""


def arranged(found: Sequence[Found], width: int, height: int) -> list[Line]:
    """Every line once, block by block, row by row, in a picture of this size. The order of `found` does not matter."""
    if not found:
        return []
    found = sorted(found, key=lambda each: (each.quad.tolist(), each.text))
    axes = _axes(found)
    extents = [_extent(each.quad, axes) for each in found]
    order: list[Line] = []
    for number, block in enumerate(_blocks(extents)):
        for place, row in enumerate(_rows(block, extents)):
            for index in row:
                each = found[index]
                order.append(Line(each.text, _box(each.quad, width, height), each.confidence, number, place))
    return order


def _axes(found: Sequence[Found]) -> npt.NDArray[np.float64]:
    """The direction of reading that most characters follow, and the one across it, as rows."""
    weights = np.array([max(1, len(each.text)) for each in found], np.float64)
    along = np.array([each.along for each in found], np.float64)
    quarters = np.round(np.arctan2(along[:, 1], along[:, 0]) / (np.pi / 2)).astype(int) % 4
    most = int(np.bincount(quarters, weights, minlength=4).argmax())
    x, y = (along * weights[:, None])[quarters == most].sum(axis=0)
    length = float(np.hypot(x, y)) or 1.0
    return np.array([[x, y], [-y, x]]) / length


def _extent(quad: Quad, axes: npt.NDArray[np.float64]) -> Extent:
    turned = quad @ axes.T
    (left, top), (right, bottom) = turned.min(axis=0), turned.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _box(quad: Quad, width: int, height: int) -> Box:
    left, top = np.clip(quad.min(axis=0), 0, (width, height))
    right, bottom = np.clip(quad.max(axis=0), 0, (width, height))
    x, y = left / width, top / height
    return (
        round(float(x), 4),
        round(float(y), 4),
        round(float(right / width - x), 4),
        round(float(bottom / height - y), 4),
    )


def _blocks(extents: Sequence[Extent]) -> list[list[int]]:
    """Lines that hang together, by what stands highest, then leftmost."""
    block = list(range(len(extents)))

    def root(index: int) -> int:
        while block[index] != index:
            index = block[index]
        return index

    for first in range(len(extents)):
        for second in range(first):
            if _together(extents[first], extents[second]):
                block[root(first)] = root(second)
    members: dict[int, list[int]] = {}
    for index in range(len(extents)):
        members.setdefault(root(index), []).append(index)
    return sorted(members.values(), key=lambda each: min((extents[i][1], extents[i][0]) for i in each))


def _together(first: Extent, second: Extent) -> bool:
    one, other = first[3] - first[1], second[3] - second[1]
    low, high = min(one, other), max(one, other)
    across = min(first[2], second[2]) - max(first[0], second[0])  # less than nothing is a gap
    down = min(first[3], second[3]) - max(first[1], second[1])
    if down >= _BESIDE * low:
        return -across <= _APART * high
    return across > 0 and -down <= _BELOW * low and high <= _ALIKE * low


def _rows(block: Sequence[int], extents: Sequence[Extent]) -> list[list[int]]:
    """The lines of a block by rows: a line is of the row whose first line it stands beside."""
    rows: list[list[int]] = []
    for index in sorted(block, key=lambda i: (extents[i][1] + extents[i][3], extents[i])):
        if rows and _shared(extents[rows[-1][0]], extents[index]) >= _BESIDE:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [sorted(row, key=lambda i: extents[i]) for row in rows]


def _shared(first: Extent, second: Extent) -> float:
    """How much of the lower one's height both have."""
    low = min(first[3] - first[1], second[3] - second[1])
    return (min(first[3], second[3]) - max(first[1], second[1])) / low if low > 0 else 0.0
