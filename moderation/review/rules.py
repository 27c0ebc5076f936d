"""The desk's rules: one YAML file whose every key has a default."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from moderation.errors import ConfigurationError
from moderation.policy.problems import joined, nearest, shortened
from moderation.review.notices import Notices
from moderation.review.priority import Priority
from moderation.review.quality.rules import Exposure, Quality
from moderation.review.retention import Retention
from moderation.review.routing import Queue, Route
from moderation.review.rules_file import Place, RulesText, read_text
from moderation.review.section import NONE, Duration, Section

SHIPPED = Path("policies/desk.yaml")
"""The rules where no others are set."""


class Claims(Section):
    """What a reviewer may hold."""

    lease: Duration = Field(timedelta(minutes=15), description="how long a claimed task is kept for its reviewer")
    held: int = Field(3, ge=1, le=100, description="how many tasks one person may hold at once")


class Duplicates(Section):
    """Posts that are nearly the same are one task."""

    similarity: float = Field(
        0.85, ge=0.7, le=1.0, description="share of five-character pieces that two texts have in common to be the same"
    )
    shortest: int = Field(
        24, ge=5, description="a text with fewer letters and digits is like no other: what it answers decides"
    )
    bits: int = Field(
        31, ge=0, le=31, description="in how many bits of 256 the hashes of two pictures may differ to be the same"
    )
    inherit_for: Annotated[Duration | None, NONE] = Field(
        timedelta(hours=24), description="so long a later near-duplicate is answered as the first was; none: never"
    )


class DeskRules(Section):
    """Everything that a lead may set."""

    queues: dict[str, Queue] = Field(default_factory=dict, description="queue -> who works there, and how soon")
    routing: tuple[Route, ...] = Field((), description="the first that fits an item sends it to another queue")
    priority: Priority = Priority()
    claims: Claims = Claims()
    duplicates: Duplicates = Duplicates()
    quality: Quality = Quality()
    exposure: Exposure = Exposure()
    retention: Retention = Retention()
    notices: Notices = Notices()

    def queue(self, name: str) -> Queue:
        """A queue as it is declared, or as one is of which nothing is said."""
        return self.queues.get(name, _ORDINARY)


_ORDINARY = Queue()


def named(path: Path | None) -> DeskRules:
    """The rules that the settings name, or else those where no others are set. Raises `ConfigurationError`."""
    if path is None and not SHIPPED.exists():
        raise ConfigurationError(
            f"there is no {SHIPPED} in {Path.cwd()}, and the desk goes by its rules: run this where it is, or name "
            "yours in MODERATION_DESK_RULES"
        )
    return load(path or SHIPPED)


def load(path: Path) -> DeskRules:
    """The rules of a file. Raises `ConfigurationError` with every mistake, each with its line."""
    return parse(read_text(path), path.as_posix(), path.parent)


def parse(source: str, name: str, folder: Path = Path()) -> DeskRules:
    """The rules of a text; `name` stands in messages, `folder` is where its words are. Raises `ConfigurationError`."""
    text = RulesText(source, name)
    rules = text.read(DeskRules)
    text.refuse(_undeclared(rules))
    notices = rules.notices.beside(folder)
    text.refuse(_unspoken(notices))
    return rules.model_copy(update={"notices": notices})


def _undeclared(rules: DeskRules) -> Iterator[tuple[Place, str, str | None]]:
    """Queues that the file speaks of and does not declare."""
    named: list[tuple[Place, str]] = [
        *((("routing", number, "to"), route.to) for number, route in enumerate(rules.routing)),
        *((("quality", "queues", name), name) for name in rules.quality.queues),
    ]
    for place, name in named:
        if name not in rules.queues:
            hint = joined(nearest(name, rules.queues), "declare it under queues")
            yield place, f"unknown queue '{shortened(name)}'", hint


def _unspoken(notices: Notices) -> Iterator[tuple[Place, str, str | None]]:
    """A folder that is not there, or a language that there are no words for."""
    if notices.words is not None and not notices.words.is_dir():
        yield ("notices", "words"), f"there is no folder {shortened(notices.words.as_posix(), 160)}", None
    elif notices.languages.nearest(notices.language) is None:
        hint = joined(nearest(notices.language, notices.languages), f"there are: {', '.join(notices.languages)}")
        yield ("notices", "language"), f"no words in language '{shortened(notices.language)}'", hint
