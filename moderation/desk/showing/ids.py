"""Ids where there is little room. The whole one stands in a `title` beside, or on the page behind the link."""

import re

from moderation.desk.showing.characters import line

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_LONGEST = 24


def short(text: str) -> str:
    """The first part of a UUID; of other ids, which platforms make, as much as fits in a column."""
    shown = line(text)
    if _UUID.fullmatch(shown):
        return shown[:8] + "…"
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
