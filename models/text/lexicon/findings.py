"""What the lexicon says of one post, as its record holds it."""

from typing import NamedTuple

from models.text.language import UNSURE
from models.text.lexicon.lexicon import SIGNALS, Lexicon
from models.text.lexicon.places import places
from models.text.lexicon.terms import Term
from models.text.normalise import normalise
from moderation.events import Evidence

MOST_EVIDENCE = 20
"""Pieces of evidence of one post, the worst terms first: a hostile text has thousands."""
_OF_ONE_TERM = 3


class Findings(NamedTuple):
    """Signals `text.lexicon.<category>` and where they come from."""

    signals: dict[str, float]
    evidence: tuple[Evidence, ...]


def findings(
    lexicon: Lexicon, written: str, terms: tuple[Term, ...], language: str, declared: str | None = None
) -> Findings:
    """`terms` are those that `lexicon.find` gave for the normalised text.

    Where the language was not identified, the lists of the one that the platform declared (BCP 47) are asked too.
    """
    if language == UNSURE and declared is not None and lexicon.covers(declared):
        language = declared
        terms = lexicon.find(normalise(written), declared)
    signals = lexicon.signals(terms, language)
    if not terms:
        return Findings(signals, ())
    found = places(written, lambda text: lexicon.hits(text, language), terms, _OF_ONE_TERM)
    nowhere: list[tuple[int | None, int | None]] = [(None, None)]
    evidence = [
        Evidence(signal=SIGNALS[category], value=term.severity, label=term.label, start=start, end=end)
        for term in terms
        for start, end in found[term.label] or nowhere
        for category in term.categories
    ]
    return Findings(signals, tuple(evidence[:MOST_EVIDENCE]))
