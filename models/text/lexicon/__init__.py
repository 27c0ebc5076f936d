"""Lists of offensive terms in 28 languages, as a signal of its own beside the model's."""

from models.text.lexicon.findings import Findings, findings
from models.text.lexicon.lexicon import SIGNALS, Lexicon, load, shipped
from models.text.lexicon.terms import Term

__all__ = ["SIGNALS", "Findings", "Lexicon", "Term", "findings", "load", "shipped"]
