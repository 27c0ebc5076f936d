"""What is written in a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""x, y, width, height as fractions of the picture: the upright rectangle around something."""


@dataclass(frozen=True, slots=True)
class Line:
    """`confidence` is the recogniser's, in [0, 1].

    Lines of one `block` belong together, those of one `row` of it stand beside each other; both count up in
    reading order.
    """

    text: str
    box: Box
    confidence: float
    block: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written in a picture: the lines that were read, in reading order, and boxes of those that were not.

    `illegible` is writing that the recogniser makes little of, most likely in a script that it was not taught.
    """

    lines: Sequence[Line] = ()
    illegible: Sequence[Box] = ()


NOTHING_WRITTEN = Writing()
