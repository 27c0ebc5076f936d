"""How much of a picture is read: what it takes must be known before a hostile picture is read."""

import math
from collections.abc import Sequence

import numpy as np

from models.image.reading.engine import Quad

_MOST_LINES = 80
_LONGEST = 1_000
"""Lengths of all lines together, in heights of the line: two to three seconds of a core. Of a page with 50 long lines
of small print it is the upper half."""


def within_bounds(quads: Sequence[Quad]) -> list[Quad]:
    """Those that are read, from large letters to small ones, and from the top."""
    kept: list[Quad] = []
    read = 0.0
    for quad in sorted(quads, key=_rank)[:_MOST_LINES]:
        read += length(quad)
        if read > _LONGEST:
            break
        kept.append(quad)
    return kept


def length(quad: Quad) -> float:
    """Of a line, in its heights: what reading it takes grows with this."""
    low, high = _sides(quad)
    return high / low


def _rank(quad: Quad) -> tuple[int, float, float]:
    """By the height of letters, in steps of a half more, so that a page of one size is read from its top."""
    low, _ = _sides(quad)
    return -round(math.log(low, 1.5)), float(quad[:, 1].min()), float(quad[:, 0].min())


def _sides(quad: Quad) -> tuple[float, float]:
    """The shorter and the longer side in pixels, at least one."""
    sides = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    return max(float(min(sides)), 1.0), max(float(max(sides)), 1.0)
