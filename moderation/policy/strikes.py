"""The `strikes:` section: which decisions count against an author, how much, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from yaml import Node

from moderation.events import SEVERITY, Action
from moderation.policy import keys
from moderation.policy.document import Document
from moderation.policy.problems import joined, nearest, shortened
from moderation.policy.readers import duration, weight
from moderation.taxonomy import Category

DEFAULT = "default"
"""Stands for every reason that the section does not name."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What a decision for one reason costs its author. It is over `expires` after the post."""

    weight: float = 1.0
    expires: timedelta = timedelta(days=90)
    actions: tuple[Action, ...] = ("remove",)


def strikes(document: Document, node: Node | None, own: Mapping[str, str]) -> dict[str, Strike]:
    """Strikes by reason. Reports reasons that do not exist."""
    found: dict[str, Strike] = {}
    for key, value in document.entries(node, "strikes") if node else ():
        entries = document.fields(value, keys.STRIKE)
        if key.value not in (DEFAULT, *own, *Category):
            hint = joined(nearest(key.value, [DEFAULT, *own, *Category]), f"'{DEFAULT}' stands for all not named")
            document.at(key, f"unknown reason '{shortened(key.value)}'", hint)
            continue
        usual = Strike()
        expires = duration(document, entries["expires"], "expires") if "expires" in entries else usual.expires
        if expires is None and document.text(entries["expires"], "expires") == "none":
            document.at(entries["expires"], "a strike has to expire", "at most 400d")
        found[key.value] = Strike(
            weight(document, entries["weight"], "weight") if "weight" in entries else usual.weight,
            expires or usual.expires,
            _actions(document, entries["for"]) if "for" in entries else usual.actions,
        )
    return found


def _actions(document: Document, node: Node) -> tuple[Action, ...]:
    read = [document.choice(item, "action", SEVERITY[1:]) for item in document.items(node, "for")]
    return tuple(action for action in SEVERITY if action in read)


def canonical(strikes: Mapping[str, Strike]) -> dict[str, Any]:
    """As it enters the policy's hash."""
    return {
        reason: [own.weight, own.expires.total_seconds(), list(own.actions)] for reason, own in sorted(strikes.items())
    }
