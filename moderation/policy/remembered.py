"""What a policy may ask of the past: posts, texts and domains in a window of time, strikes, when an author first came.

Each is a name with a value, such as `author.posts(10m)`; authors write `author.posts("10m")`.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Subject = Literal["author", "content", "domain"]
Argument = Literal["window", "reason"]

SHORTEST_S, LONGEST_S = 1, 30 * 86_400
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_WINDOW = re.compile(r"([0-9]{1,7})([smhd])")
_NAME = re.compile(r"((?:author|content|domain)\.[a-z_]+)(?:\((?:([\"']?)([^\"'()]+)\2)\))?")

WINDOW_HINT = 'a window stands in quotes and has a unit: "30s", "10m", "24h", "7d"; from 1s to 30d'


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is remembered. `argument` is what stands in parentheses; None where nothing need stand there.

    `meaning` has `{}` where the argument is told.
    """

    name: str
    argument: Argument | None
    meaning: str

    @property
    def subject(self) -> Subject:
        """Of whom or what it tells."""
        return self.name.partition(".")[0]  # type: ignore[return-value]

    @property
    def example(self) -> str:
        """As an author may write it."""
        return {"window": f'{self.name}("10m")', "reason": f'{self.name}("hate")', None: self.name}[self.argument]


WINDOWED = {
    measure.name: measure
    for measure in (
        Measure("author.posts", "window", "posts that this author created in the last {}, this one included"),
        Measure("author.distinct_texts", "window", "different texts that this author posted in the last {}"),
        Measure("author.distinct_domains", "window", "different domains that this author linked to in the last {}"),
        Measure("content.posts", "window", "posts with this text that anybody created in the last {}"),
        Measure("content.authors", "window", "authors that posted this text in the last {}"),
        Measure("domain.posts", "window", "posts that link to the same domain in the last {}; the most of its domains"),
        Measure("domain.authors", "window", "authors that linked to the same domain in the last {}; the most likewise"),
    )
}
"""Measures that need a window."""

PLAIN = {
    measure.name: measure
    for measure in (
        Measure("author.strikes", None, "strikes of this author that have not expired, by weight"),
        Measure("author.first_seen", None, "days since the first post of this author; 0 on it"),
    )
}
"""Measures that stand by themselves."""

STRIKES_FOR = Measure("author.strikes", "reason", "strikes of this author for {} that have not expired, by weight")

SUBJECTS: tuple[Subject, ...] = ("author", "content", "domain")


@dataclass(frozen=True, slots=True)
class Asked:
    """One name of the kind. `window` is in seconds, where the measure has one."""

    measure: Measure
    argument: str = ""
    window: int = 0

    @property
    def name(self) -> str:
        """As decisions and tests write it."""
        return f"{self.measure.name}({self.argument})" if self.argument else self.measure.name

    @property
    def counts_posts(self) -> bool:
        """Whether it counts posts, rather than telling something apart."""
        return self.measure.name.endswith(".posts")

    @property
    def written(self) -> str:
        """As a condition writes it."""
        return f'{self.measure.name}("{self.argument}")' if self.argument else self.measure.name

    @property
    def meaning(self) -> str:
        """In plain words."""
        return self.measure.meaning.format(self.argument)


def window_of(text: str) -> int | None:
    """The seconds of a window such as `10m`; None for what is none, or too short or too long."""
    match = _WINDOW.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    return seconds if SHORTEST_S <= seconds <= LONGEST_S else None


@functools.lru_cache(maxsize=4_096)
def asked(name: str) -> Asked | None:
    """What a name asks, with or without quotes round its argument; None for any other name. Reasons are not checked."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    measure, argument = match[1], match[3]
    if argument is None:
        return Asked(PLAIN[measure]) if measure in PLAIN else None
    if measure == STRIKES_FOR.name:
        return Asked(STRIKES_FOR, argument)
    window = window_of(argument) if measure in WINDOWED else None
    return Asked(WINDOWED[measure], argument, window) if window else None


def every_asked(names: Iterable[str]) -> tuple[Asked, ...]:
    """Those of the names that ask for something remembered, each once."""
    return tuple(dict.fromkeys(found for name in names if (found := asked(name)) is not None))
