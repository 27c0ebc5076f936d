"""What the text lane knows of one text after its model has read it."""

from dataclasses import dataclass

from models.text.evidence import Window
from models.text.lexicon import Term
from models.text.routing import Route


@dataclass(frozen=True, slots=True)
class Reading:
    """`values` follow the route's signals, in [0, 1], 6 decimals. None with `error`, or with an empty text.

    `route` says who has read it; None with an empty text, or one that could not be prepared. `windows` are those that
    gave each signal its value, for a text of several windows. `terms` are those of the lexicon that it has, also where
    the model could not read it; None where nobody has looked.
    """

    values: tuple[float, ...] | None
    language: str = "und"
    truncated: bool = False
    windows: tuple[Window, ...] = ()
    error: str | None = None
    terms: tuple[Term, ...] | None = None
    route: Route | None = None


EMPTY = Reading(None)
"""Of a text in which there is nothing to read."""
