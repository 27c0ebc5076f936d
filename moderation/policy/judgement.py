"""From the rules that fired and those that could not be decided to one action, and whether it can still change.

The most severe rule wins. Two things send a rule that is more severe than `review` to a human instead: an
exemption that names it and cannot be decided, and an `allow` rule that fired for the same reason. A rule that an
exemption took out does nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.policy.model import RANK, Policy
from moderation.policy.program import Findings

_REVIEW = RANK["review"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that fired: the severity it counts with, or None where an exemption took it out.

    `silenced_by` and `contested_by` are indexes of the conditions responsible.
    """

    rule: int
    rank: int | None
    silenced_by: int | None = None
    contested_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of a post: every rule that fired, by index, and the severity that results."""

    rules: tuple[Judged, ...]
    rank: int
    least: int
    most: int

    @property
    def settled(self) -> bool:
        """Whether nothing that is pending can change the severity."""
        return self.least == self.most


NOTHING = Judgement((), 0, 0, 0)
"""No rule fired, and none can."""


def judge(policy: Policy, findings: Findings) -> Judgement:
    """Weigh the rules of one record. `least` and `most` bound the severity once all pending lanes have reported."""
    if not findings.fired and not findings.undetermined:
        return NOTHING
    count = len(policy.rules)
    fired = frozenset(findings.fired)
    bits = policy.program.bits
    undecided = frozenset(findings.undetermined)
    may_fire = frozenset(index for index in undecided if bits[index] & findings.pending)
    judged = [_judged(policy, rule, fired, undecided) for rule in findings.fired if rule < count]
    rank = max((own.rank for own in judged if own.rank is not None), default=0)
    if not may_fire:
        return Judgement(tuple(judged), rank, rank, rank)
    never = undecided - may_fire
    least = max((_least(policy, rule, fired, may_fire, never) for rule in fired if rule < count), default=0)
    possible = (rule for rule in fired | may_fire if rule < count)
    most = max((_most(policy, rule, fired, may_fire, never) for rule in possible), default=0)
    return Judgement(tuple(judged), rank, least, most)


def _judged(policy: Policy, rule: int, fired: frozenset[int], undecided: frozenset[int]) -> Judged:
    exemptions = policy.exempted_by[rule]
    silencer = _first(exemptions, fired)
    if silencer is not None:
        return Judged(rule, None, silenced_by=silencer)
    rank = RANK[policy.rules[rule].then]
    if rank <= _REVIEW:
        return Judged(rule, rank)
    contested = [index for index in exemptions if index in undecided]
    contested += [index for index in policy.allowed_by[rule] if index in fired and not _silent(policy, index, fired)]
    return Judged(rule, _REVIEW if contested else rank, contested_by=tuple(contested))


def _least(policy: Policy, rule: int, fired: frozenset[int], may_fire: frozenset[int], never: frozenset[int]) -> int:
    """The severity that a fired rule keeps whatever comes."""
    exemptions = policy.exempted_by[rule]
    if _first(exemptions, fired | may_fire) is not None:
        return 0
    rank = RANK[policy.rules[rule].then]
    opposed = any(
        index in fired or index in may_fire for index in policy.allowed_by[rule] if not _silent(policy, index, fired)
    )
    return min(rank, _REVIEW) if opposed or _first(exemptions, never) is not None else rank


def _most(policy: Policy, rule: int, fired: frozenset[int], may_fire: frozenset[int], never: frozenset[int]) -> int:
    """The severity that a rule can come to have."""
    exemptions = policy.exempted_by[rule]
    if _first(exemptions, fired) is not None:
        return 0
    rank = RANK[policy.rules[rule].then]
    opposed = any(
        index in fired and _first(policy.exempted_by[index], fired | may_fire) is None
        for index in policy.allowed_by[rule]
    )
    return min(rank, _REVIEW) if opposed or _first(exemptions, never) is not None else rank


def _silent(policy: Policy, rule: int, fired: frozenset[int]) -> bool:
    return _first(policy.exempted_by[rule], fired) is not None


def _first(indexes: Iterable[int], among: frozenset[int]) -> int | None:
    return next((index for index in indexes if index in among), None)
