"""HTML that escapes what it is given: only what these functions made is taken as markup."""

import html
import unicodedata
from collections.abc import Iterable
from typing import Any

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that reverse or hide text, or have no look of their own."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(element: str, /, *children: Any, **attributes: Any) -> Markup:
    """An element. `class_` is the attribute class, `stroke_width` stroke-width; None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_visible(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if element == "meta":
        return Markup(f"<meta{written}>")
    return Markup(f"<{element}{written}>{text(*children)}</{element}>")


def text(*parts: Any) -> Markup:
    """Parts after each other: markup as it is, lists of parts, anything else as text."""
    return Markup("".join(map(_one, parts)))


def _one(part: Any) -> str:
    if part is None:
        return ""
    if isinstance(part, Markup):
        return part
    if isinstance(part, Iterable) and not isinstance(part, str):
        return text(*part)
    return html.escape(_visible(str(part)))


def _visible(raw: str) -> str:
    """Text with what would reorder, hide or break it written out."""
    return "".join(
        f"<{ord(character):X}>" if unicodedata.category(character) in _HIDDEN and character != "\n" else character
        for character in raw
    )
