"""Reasons in words. Rules, the API and events name them as they are written, such as `self_harm`."""

from collections.abc import Iterable

from moderation.desk.showing.characters import line
from moderation.taxonomy import DEFINITIONS, Category

_TITLES = {category.value: definition.title.lower() for category, definition in DEFINITIONS.items()}
assert _TITLES.keys() == set(Category)


def in_words(reason: str) -> str:
    """`self-harm` for `self_harm`, `known picture` for a policy's own `known_picture`."""
    return _TITLES.get(reason) or line(reason.replace("_", " "))


def listed(reasons: Iterable[str]) -> str:
    """All of them with commas between."""
    return ", ".join(map(in_words, reasons))
