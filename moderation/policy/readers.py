"""Small values of a policy file: durations, numbers, words. Each reports what it cannot read and gives None."""

import re
from datetime import timedelta

from yaml import Node

from moderation.policy.document import Document
from moderation.policy.problems import shortened

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NAME_HINT = "use small letters, digits and _, starting with a letter"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ID_HINT = "use letters, digits, - _ and ., at most 128"

DURATION = re.compile(r"([0-9]{1,6})(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=400)
PART = re.compile(r"[0-9]{1,3}(\.[0-9]{0,6})?%|0?\.[0-9]{1,8}|1(\.0*)?")
NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})")


def duration(document: Document, node: Node, what: str) -> timedelta | None:
    """`10s`, `3m`, `2h`, `1d`; `none` is no limit, and None as well."""
    text = document.text(node, what)
    if text is None or text == "none":
        return None
    match = DURATION.fullmatch(text)
    found = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None
    if found is not None and timedelta(0) < found <= _LONGEST:
        return found
    document.at(
        node, f"'{shortened(text)}' is no time for {what}", "write 500ms, 10s, 3m, 2h, 1d or none; at most 400d"
    )
    return None


def number(document: Document, node: Node, what: str) -> float | None:
    """A decimal number."""
    text = document.text(node, what)
    if text is None or NUMBER.fullmatch(text):
        return None if text is None else float(text)
    document.at(node, f"'{shortened(text)}' is no number for {what}", "write digits, such as 2 or 0.5")
    return None


def weight(document: Document, node: Node, what: str) -> float:
    """A factor above 0, at most 1000; 1 when it cannot be read."""
    found = number(document, node, what)
    if found is None or 0.0 < found <= 1000.0:
        return 1.0 if found is None else found
    document.at(node, f"{what} must be above 0 and at most 1000", "1 is ordinary, 2 counts twice as much")
    return 1.0


def part(document: Document, node: Node, what: str) -> float | None:
    """A part of the posts, in (0, 1]: `2%` or `0.02`."""
    text = document.text(node, what)
    if text is None:
        return None
    if PART.fullmatch(text):
        found = round(float(text[:-1]) / 100, 10) if text.endswith("%") else float(text)
        if 0.0 < found <= 1.0:
            return found
    document.at(node, f"'{shortened(text)}' is no part of the posts", "write 2% or 0.02; above 0, at most 100%")
    return None


def boolean(document: Document, node: Node, what: str) -> bool | None:
    """`true` or `false`."""
    text = document.text(node, what)
    if text is None or text.lower() in ("true", "false"):
        return None if text is None else text.lower() == "true"
    document.at(node, f"'{shortened(text)}' is neither true nor false", f"write true or false for {what}")
    return None


def note(document: Document, node: Node | None, what: str) -> str | None:
    """Free text."""
    return document.text(node, what) if node is not None else None
