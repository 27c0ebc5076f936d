"""From the rules that fired and those that could not be decided to one action, and whether it can still change.

The most severe rule wins. Three things send a rule that is more severe than `review` to a human instead: an
exemption that names it and cannot be decided, an `allow` rule that fired for the same reason, and an open breaker that
guards it. A rule that an exemption took out does nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.policy.model import RANK, Policy
from moderation.policy.program import Findings

_REVIEW = RANK["review"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that fired: the severity it counts with, or None where an exemption took it out.

    `silenced_by` and `contested_by` are indexes of the conditions responsible, `breakers` the ids of open ones.
    """

    rule: int
    rank: int | None
    silenced_by: int | None = None
    contested_by: tuple[int, ...] = ()
    breakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of a post: every rule that fired, by index, and the severity that results.

    `breakers` are the open ones that guard a rule that may still fire.
    """

    rules: tuple[Judged, ...]
    rank: int
    least: int
    most: int
    breakers: frozenset[str] = frozenset()

    @property
    def settled(self) -> bool:
        """Whether nothing that is pending can change the severity."""
        return self.least == self.most


NONE_OPEN: frozenset[str] = frozenset()

NOTHING = Judgement((), 0, 0, 0)
"""No rule fired, and none can."""


def judge(policy: Policy, findings: Findings, breakers: frozenset[str] = NONE_OPEN) -> Judgement:
    """Weigh the rules of one record. `least` and `most` bound the severity once all pending lanes have reported.

    `breakers` are those that are open, and taken to stay so: for the time of one post they do.
    """
    if not findings.fired and not findings.undetermined:
        return NOTHING
    count = len(policy.rules)
    fired = frozenset(findings.fired)
    bits = policy.program.bits
    undecided = frozenset(findings.undetermined)
    may_fire = frozenset(index for index in undecided if bits[index] & findings.pending)
    judged = [_judged(policy, rule, fired, undecided, breakers) for rule in findings.fired if rule < count]
    rank = max((own.rank for own in judged if own.rank is not None), default=0)
    if not may_fire:
        return Judgement(tuple(judged), rank, rank, rank)
    never = undecided - may_fire
    least = max((_least(policy, rule, fired, may_fire, never, breakers) for rule in fired if rule < count), default=0)
    possible = (rule for rule in fired | may_fire if rule < count)
    most = max((_most(policy, rule, fired, may_fire, never, breakers) for rule in possible), default=0)
    waiting = frozenset(own for rule in may_fire if rule < count for own in _stopping(policy, rule, breakers))
    return Judgement(tuple(judged), rank, least, most, waiting)


def _judged(
    policy: Policy, rule: int, fired: frozenset[int], undecided: frozenset[int], breakers: frozenset[str]
) -> Judged:
    exemptions = policy.exempted_by[rule]
    silencer = _first(exemptions, fired)
    if silencer is not None:
        return Judged(rule, None, silenced_by=silencer)
    rank = RANK[policy.rules[rule].then]
    if rank <= _REVIEW:
        return Judged(rule, rank)
    contested = [index for index in exemptions if index in undecided]
    contested += [index for index in policy.allowed_by[rule] if index in fired and not _silent(policy, index, fired)]
    stopping = _stopping(policy, rule, breakers)
    return Judged(rule, _REVIEW if contested or stopping else rank, contested_by=tuple(contested), breakers=stopping)


def _least(
    policy: Policy,
    rule: int,
    fired: frozenset[int],
    may_fire: frozenset[int],
    never: frozenset[int],
    breakers: frozenset[str],
) -> int:
    """The severity that a fired rule keeps whatever comes."""
    exemptions = policy.exempted_by[rule]
    if _first(exemptions, fired | may_fire) is not None:
        return 0
    rank = RANK[policy.rules[rule].then]
    opposed = any(
        index in fired or index in may_fire for index in policy.allowed_by[rule] if not _silent(policy, index, fired)
    )
    stopped = opposed or _first(exemptions, never) is not None or _stopping(policy, rule, breakers)
    return min(rank, _REVIEW) if stopped else rank


def _most(
    policy: Policy,
    rule: int,
    fired: frozenset[int],
    may_fire: frozenset[int],
    never: frozenset[int],
    breakers: frozenset[str],
) -> int:
    """The severity that a rule can come to have."""
    exemptions = policy.exempted_by[rule]
    if _first(exemptions, fired) is not None:
        return 0
    rank = RANK[policy.rules[rule].then]
    opposed = any(
        index in fired and _first(policy.exempted_by[index], fired | may_fire) is None
        for index in policy.allowed_by[rule]
    )
    stopped = opposed or _first(exemptions, never) is not None or _stopping(policy, rule, breakers)
    return min(rank, _REVIEW) if stopped else rank


def _stopping(policy: Policy, rule: int, breakers: frozenset[str]) -> tuple[str, ...]:
    """Those of the open breakers that guard a rule."""
    return tuple(own for own in policy.guards.rules[rule] if own in breakers) if breakers else ()


def _silent(policy: Policy, rule: int, fired: frozenset[int]) -> bool:
    return _first(policy.exempted_by[rule], fired) is not None


def _first(indexes: Iterable[int], among: frozenset[int]) -> int | None:
    return next((index for index in indexes if index in among), None)
