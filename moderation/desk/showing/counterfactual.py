"""What would have to be otherwise: the smallest change of one score that makes the decision milder.

The policy itself is asked, again and again, with one score changed: first at the numbers that its conditions name, and
at points between them, going away from the value that the post has; then by bisection down to neighbouring floats. So
a limit is exact: on its one side the decision stands, on the other, one float away, it is milder. Of a condition that
holds here and there, as arithmetic can make it, a nearer limit between two points may be missed.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from moderation.desk.showing.branches import number
from moderation.desk.showing.remade import Remade
from moderation.events import Action, Scored
from moderation.policy import tree
from moderation.policy.evaluation import evaluate
from moderation.policy.judgement import judge
from moderation.policy.model import RANK
from moderation.policy.names import Name

_POINTS = 16
"""Looked at besides the numbers that conditions name, evenly spread over what a score can be."""
_MOST_TOGETHER = 6

Otherwise = Callable[[Scored], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """Of one score, `now`. At `stands` everything is as it was; at `limit`, the next float on, it is otherwise."""

    name: str
    now: float
    stands: float
    limit: float

    @property
    def told(self) -> str:
        """`text.hate below 0.71`, or whichever side says it in fewer digits; never wrong by rounding."""
        down = self.limit < self.now
        if len(repr(self.stands)) <= len(repr(self.limit)):
            return f"{self.name} {'below' if down else 'above'} {_rounded(self.stands, down)}"
        return f"{self.name} {'at most' if down else 'at least'} {_rounded(self.limit, down)}"

    @property
    def is_now(self) -> str:
        """The score itself, in as many digits as tell it from the number of `told`."""
        said = self.told.rpartition(" ")[2].replace(",", "")
        shown = (f"{self.now:.{digits}f}" for digits in range(2, 17))
        return next((own for own in shown if float(own) != float(said)), said)

    @property
    def size(self) -> float:
        """How far that is from what it was."""
        return abs(self.limit - self.now)

    def made(self, record: Scored) -> Scored:
        """The record with the change."""
        return _with(record, self.name, self.limit)


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The changes that together make the decision milder, mostly one, and what it would be then."""

    changes: tuple[Change, ...]
    action: Action


def counterfactual(remade: Remade) -> Counterfactual | None:
    """The smallest change of one score that makes the decision milder; else the changes that do it together.

    None where no change of scores does: what is missing decides, or what is no score.
    """
    record, rank = remade.record, _rank(remade, remade.record)
    names = _scores(remade, _behind(remade, record, rank))
    single = _nearest(record, names, remade, lambda other: _rank(remade, other) < rank)
    changes = [single] if single is not None else _together(remade, rank)
    if not changes:
        return None
    for change in changes:
        record = change.made(record)
    return Counterfactual(tuple(changes), _action(remade, record))


def unfire(remade: Remade, rule: int) -> tuple[Change, ...]:
    """The smallest change of one score with which a rule that fired, by its index, no longer does.

    Where none does, as with the greatest of several: the highest ceiling for its scores that does, as the changes of
    those above it. Nothing where that does not help either.
    """
    return _unfired(remade, remade.record, rule)


def _unfired(remade: Remade, record: Scored, rule: int) -> tuple[Change, ...]:
    program, state = remade.policy.program, remade.under.state
    names = _scores(remade, [rule])

    def silent(other: Scored) -> bool:
        return rule not in program.run(other, state).fired

    single = _nearest(record, names, remade, silent)
    return (single,) if single is not None else _lowered(record, names, remade, silent)


def _lowered(record: Scored, names: list[Name], remade: Remade, otherwise: Otherwise) -> tuple[Change, ...]:
    """Bring all these scores under one ceiling, as high as may be."""

    def under(ceiling: float) -> Scored:
        low = {name.name: min(record.signals[name.name], ceiling) for name in names}
        return record.model_copy(update={"signals": {**record.signals, **low}})

    stands = max((record.signals[name.name] for name in names), default=0.0)
    points = {point for name in names for point in _points(remade, name) if point < stands}
    for point in sorted(points, reverse=True):
        if otherwise(under(point)):
            stands, limit = _bisected(stands, point, lambda ceiling: otherwise(under(ceiling)))
            above = {name.name: record.signals[name.name] for name in names if record.signals[name.name] > limit}
            return tuple(Change(name, now, stands, limit) for name, now in above.items())
        stands = point
    return ()


def _together(remade: Remade, rank: int) -> list[Change]:
    """Take the rules behind the decision out one by one, each by its own smallest change."""
    changes: dict[str, Change] = {}
    record = remade.record
    while _rank(remade, record) >= rank:
        found = (_unfired(remade, record, rule) for rule in _behind(remade, record, rank))
        step = next((own for own in found if own), ())
        if not step or len(changes) >= _MOST_TOGETHER:
            return []
        for change in step:
            record = change.made(record)
            changes[change.name] = replace(change, now=remade.record.signals[change.name])
    return list(changes.values())


def _behind(remade: Remade, record: Scored, rank: int) -> list[int]:
    """The rules without which the decision would be milder."""
    findings = remade.policy.program.run(record, remade.under.state)
    judged = judge(remade.policy, findings, remade.under.breakers).rules
    return [each.rule for each in judged if each.rank is not None and each.rank >= rank]


def _scores(remade: Remade, rules: Iterable[int]) -> list[Name]:
    """The scores that these rules look at, of lanes that have scored."""
    program = remade.policy.program
    places = sorted({place for rule in rules for place in program.looks_at[rule]})
    scored = remade.record.lanes_in("scored")
    return [
        name
        for place in places
        if (name := program.names[place]).kind == "signal" and name.lane in scored
        if remade.findings.values[place] is not None
    ]


def _nearest(record: Scored, names: Iterable[Name], remade: Remade, otherwise: Otherwise) -> Change | None:
    found = [change for name in names for change in _changes(record, name, _points(remade, name), otherwise)]
    return min(found, key=lambda change: (change.size, change.name), default=None)


def _changes(record: Scored, name: Name, points: set[float], otherwise: Otherwise) -> Iterator[Change]:
    """The nearest below and the nearest above."""
    now = record.signals[name.name]
    for way in (sorted((p for p in points if p < now), reverse=True), sorted(p for p in points if p > now)):
        stands = now
        for point in way:
            if otherwise(_with(record, name.name, point)):
                bisected = _bisected(stands, point, lambda value: otherwise(_with(record, name.name, value)))
                yield Change(name.name, now, *bisected)
                break
            stands = point


def _bisected(stands: float, limit: float, otherwise: Callable[[float], bool]) -> tuple[float, float]:
    """The two neighbouring floats between which it changes, in this order."""
    while (middle := stands + (limit - stands) / 2) not in (stands, limit):
        if otherwise(middle):
            limit = middle
        else:
            stands = middle
    return stands, limit


def _points(remade: Remade, name: Name) -> set[float]:
    """Numbers that conditions which look at the name have, each with its neighbours, and some between."""
    program = remade.policy.program
    looking = (
        node
        for node, places in zip(program.conditions, program.looks_at, strict=True)
        if any(program.names[place].name == name.name for place in places)
    )
    numbers = {
        float(part.value)
        for node in (*looking, *program.derived.values())
        for part in node.walk()
        if isinstance(part, tree.Constant) and part.type == "number"
    }
    points = {near for own in numbers for near in (own, math.nextafter(own, -math.inf), math.nextafter(own, math.inf))}
    points |= {name.low + (name.high - name.low) * part / _POINTS for part in range(_POINTS + 1)}
    return {point for point in points if name.low <= point <= name.high}


def _with(record: Scored, name: str, value: float) -> Scored:
    return record.model_copy(update={"signals": {**record.signals, name: value}})


def _rank(remade: Remade, record: Scored) -> int:
    return RANK[_action(remade, record)]


def _action(remade: Remade, record: Scored) -> Action:
    action = evaluate(record, remade.policy, remade.under).decision.action
    return "allow" if action == "withdrawn" else action


def _rounded(value: float, down: bool) -> str:
    """To four decimals, away from the value that the post has, so that what is said is true."""
    scaled = value * 10_000
    if round(scaled) / 10_000 == value:
        return number(value)
    return number((math.floor(scaled) if down else math.ceil(scaled)) / 10_000)
