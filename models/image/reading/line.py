"""A line of text in a picture."""

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
