"""Filling templates: the forms of a word, articles, capitals."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(?:([Aa]) )?([A-Za-z_]+)\}")
_TAKES_AN = re.compile(r"[aeio]|u(?!kr)", re.IGNORECASE)  # "an Indian", but "a Ukrainian"


def names(template: str) -> frozenset[str]:
    """What the placeholders of a template stand for."""
    return frozenset(name.lower() for _, name in _PLACEHOLDER.findall(template))


def fill(template: str, words: Mapping[str, str]) -> str:
    """`template` with a word for each placeholder. Raises `KeyError` for one that `words` does not hold."""
    text = _PLACEHOLDER.sub(lambda match: _form(match[1], match[2], words), template)
    return text.lower() if template == template.lower() else text


def plural(noun: str) -> str:
    """The regular plural."""
    if re.search("[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search("(s|x|z|ch|sh)$", noun) else f"{noun}s"


def _form(article: str | None, name: str, words: Mapping[str, str]) -> str:
    word = words[name.lower()]
    if name.isupper():
        word = word.upper()
    elif name[0].isupper():
        word = word[0].upper() + word[1:]
    return f"{article}{'n' if _TAKES_AN.match(word) else ''} {word}" if article else word
