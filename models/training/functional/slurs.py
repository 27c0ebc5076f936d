"""Slurs, looked up in the shipped lexicon by a digest: this folder spells none."""

import hashlib
from pathlib import Path

from models.text.lexicon.terms import read

SHIPPED = Path(__file__).parents[2] / "lexicons" / "en.tsv"


def by_digest(lexicon: Path = SHIPPED) -> dict[str, str]:
    """The first 12 digits of the sha256 of a term -> the term; empty where there is no such file."""
    if not lexicon.exists():
        return {}
    return {digest(word): word for term in read(lexicon) for word in (term.term, *term.forms)}


def digest(word: str) -> str:
    """How `groups.yaml` names a word."""
    return hashlib.sha256(word.encode()).hexdigest()[:12]
