"""Scores beside the thresholds of the rules that looked at them."""

from collections.abc import Iterator
from dataclasses import dataclass

from moderation.desk.showing.branches import number, thresholds
from moderation.desk.showing.remade import Remade
from moderation.events import Action, ReviewItem
from moderation.signals import SIGNALS

_WORTH_SHOWING = 0.05
_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "==": "exactly", "!=": "not"}
_MEETS = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a rule compares a score with. `met` is None while the score is unknown."""

    rule: str
    action: Action
    operator: str
    at: float
    met: bool | None
    fired: bool

    @property
    def told(self) -> str:
        """`hate-look (review) at least 0.37`."""
        return f"{self.rule} ({self.action}) {_WORDS[self.operator]} {number(self.at)}"


@dataclass(frozen=True, slots=True)
class Score:
    """One score. `value` is None where it is unknown, and at least `least`. Limits stand lowest first."""

    name: str
    meaning: str
    value: float | None
    model: str | None
    limits: tuple[Limit, ...] = ()
    least: float = 0.0

    @property
    def shown(self) -> str:
        """With two decimals; `≥ 0.71` where only that much is known."""
        if self.value is not None:
            return f"{self.value:.2f}"
        return f"≥ {self.least:.2f}" if self.least > 0.0 else "unknown"

    @property
    def percent(self) -> float:
        """For a bar, 0 to 100."""
        known = self.least if self.value is None else self.value
        return round(min(max(known, 0.0), 1.0) * 100, 1)

    @property
    def decisive(self) -> bool:
        """Whether a rule that fired looked at it."""
        return any(limit.fired for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Scores:
    """`telling` are those that rules met or missed closely, or that are unknown and looked at; `others` the rest."""

    telling: tuple[Score, ...]
    others: tuple[Score, ...]


def scores(item: ReviewItem, remade: Remade | None) -> Scores:
    """The scores of an item, those that decided first, then by value. Without a policy there are no limits."""
    limits: dict[str, list[Limit]] = {}
    derived: dict[str, float | None] = {}
    least: dict[str, float] = {}
    if remade is not None:
        for name, limit in _limits(remade):
            limits.setdefault(name, []).append(limit)
        program = remade.policy.program
        values = dict(zip((name.name for name in program.names), remade.findings.values, strict=True))
        derived = {name: values[name] for name in limits if name not in SIGNALS}
        bounds = zip(program.names, remade.findings.bounds or (), strict=False)
        least = {name.name: known[0] for name, known in bounds if name.type == "number"}
    known: dict[str, float | None] = {**item.signals}
    looked_at = {name: known.get(name) for name in limits if name in SIGNALS and SIGNALS[name].type == "score"}
    every = [
        Score(
            name,
            _meaning(name, remade),
            value,
            item.models.get(name),
            tuple(sorted(limits.get(name, ()), key=lambda limit: (limit.at, limit.rule))),
            least.get(name, 0.0),
        )
        for name, value in {**known, **looked_at, **derived}.items()
    ]
    every.sort(key=lambda score: (not score.decisive, -score.percent, score.name))
    telling = [score for score in every if _is_telling(score)]
    return Scores(tuple(telling), tuple(score for score in every if score not in telling))


def _is_telling(score: Score) -> bool:
    if score.decisive or (score.value is not None and score.value >= _WORTH_SHOWING):
        return True
    return any(limit.met for limit in score.limits)


def _limits(remade: Remade) -> Iterator[tuple[str, Limit]]:
    """What the rules compare scores with, also those that did not fire; only of what lies between 0 and 1."""
    policy, findings = remade.policy, remade.findings
    names = {name.name: place for place, name in enumerate(policy.program.names)}
    for index, rule in enumerate(policy.rules):
        for name, operator, at in dict.fromkeys(thresholds(policy.program.conditions[index], policy.program.derived)):
            known = policy.program.names[names[name]]
            if known.kind not in ("signal", "derived") or not (0.0 <= at <= 1.0):
                continue
            value = findings.values[names[name]]
            met = None if value is None else _MEETS[operator](value, at)
            yield name, Limit(rule.id, rule.then, operator, at, met, index in findings.fired)


def _meaning(name: str, remade: Remade | None) -> str:
    if name in SIGNALS:
        return SIGNALS[name].meaning
    return remade.policy.signals.get(name, "") if remade is not None else ""
