"""What is counted of a part of a history. Tallies of parts add up to that of the whole, in any order."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Literal

from moderation.backtest.examples import Examples

When = Literal["before", "now"]
BOTH: tuple[When, When] = ("before", "now")

Change = tuple[str, str]
"""The action before, and now; the same where nothing changed."""


@dataclass(slots=True)
class Tally:
    """Counts of posts. Weights are 1 / probability with which a post was drawn for review, 1 where that is not known.

    labelled     with a reviewer's answer; drawn: of these, with a known probability
    textless     that lack the text that rules look through
    matrix       by change
    groups       by dimension (`language`, `surface`, `cohort`), its value, and change
    reviews      by day and whether before or now: posts that a human must look at
    fired        by whether before or now, and rule
    reasons      by whether before or now, and reason, of posts that were not allowed
    undetermined by rule: now
    by_rule, by_reason   by rule or reason behind the more severe of the two actions, and change: changed posts only
    lacking      by name of what undetermined rules lacked
    rated        by whether before or now, `rule` or `reason`, its name, how it was with the label, and weight:
                 `right` and `wrong` where it spoke, `caught` and `missed` where a reviewer gave its reason
    """

    posts: int = 0
    undecided: int = 0
    provisional: int = 0
    labelled: int = 0
    drawn: int = 0
    textless: int = 0
    first: str = ""
    last: str = ""
    matrix: Counter[Change] = field(default_factory=Counter)
    groups: Counter[tuple[str, str, Change]] = field(default_factory=Counter)
    reviews: Counter[tuple[str, When]] = field(default_factory=Counter)
    fired: Counter[tuple[When, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[When, str]] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[tuple[str, Change]] = field(default_factory=Counter)
    by_reason: Counter[tuple[str, Change]] = field(default_factory=Counter)
    lacking: Counter[str] = field(default_factory=Counter)
    rated: Counter[tuple[When, str, str, str, float]] = field(default_factory=Counter)
    examples: Examples = field(default_factory=Examples)

    def add(self, other: "Tally") -> None:
        """Add the counts of another part."""
        for own in fields(self):
            mine, theirs = getattr(self, own.name), getattr(other, own.name)
            if own.name == "first":
                self.first = min(filter(None, (mine, theirs)), default="")
            elif own.name == "last":
                self.last = max(mine, theirs)
            elif isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, Examples):
                mine.add(theirs)
            else:
                setattr(self, own.name, mine + theirs)
