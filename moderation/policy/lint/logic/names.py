"""What names may be, and whether they are known, before any condition is looked at."""

from typing import Literal

from moderation.policy.lint.logic.domains import EVERY_TEXT, Texts
from moderation.policy.names import Name

Knowledge = Literal["known", "missing", "pending"]
"""A value is there; there is none and never will be; it may still come."""

_TEXTS = {"post.change": Texts(frozenset({"created", "edited"}))}  # a deletion is withdrawn without looking at rules
_MAY_LACK = frozenset({"post.language"})


def texts_of(name: Name) -> Texts:
    """Every text that a name can be."""
    return _TEXTS.get(name.name, EVERY_TEXT)


def knowledge_of(name: Name) -> frozenset[Knowledge]:
    """Which states a name can be in. A fact with a default may be missing too: when it is of the wrong type."""
    if name.kind == "post":
        return frozenset({"known", "missing"}) if name.name in _MAY_LACK else frozenset({"known"})
    return (
        frozenset({"known", "missing"})
        if name.kind in ("fact", "state")
        else frozenset({"known", "missing", "pending"})
    )
