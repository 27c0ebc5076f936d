"""A model as pages show it. Whoever starts the desk knows how models are read; the desk does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from moderation.policy import Exemption, Policy, Rule


@dataclass(frozen=True, slots=True)
class Score:
    """One score of a model: its category, the names that policies know it by, and how it may be read.

    `threshold` is the operating point at which the model was judged, None where it states none.
    """

    category: str
    signals: tuple[str, ...]
    threshold: float | None
    calibrated: bool


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that the lanes use. `card` is its CARD.md, `summary` and `limits` are from there."""

    name: str
    task: str
    modality: str
    languages: tuple[str, ...]
    precision: str
    licence: str
    origin: str
    megabytes: float
    summary: str
    limits: tuple[str, ...]
    card: str
    scores: tuple[Score, ...]


def users_of(policy: Policy, signals: tuple[str, ...]) -> Iterator[str]:
    """The rules and exemptions that look at one of the signals, also through derived signals."""
    program = policy.program
    everything: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
    for rule, places in zip(everything, program.looks_at, strict=True):
        if any(program.names[place].name in signals for place in places):
            yield rule.id
