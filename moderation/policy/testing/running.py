"""Tests run: each decision beside what was expected of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.events import Decision
from moderation.policy.evaluation import Outcome, evaluate
from moderation.policy.explain import values
from moderation.policy.model import Exemption, Policy, Rule
from moderation.policy.synthetic import Given
from moderation.policy.testing.suite import Case, Expected


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one test. `differences` is empty where it passed; each is one line."""

    name: str
    line: int
    differences: tuple[str, ...]


def run(cases: Sequence[Case], lines: Sequence[int], records: Sequence[Given], policy: Policy) -> list[Result]:
    """Every test with its record, in order."""
    return [
        Result(case.name, line, tuple(_differences(case.expect, given, policy)))
        for case, line, given in zip(cases, lines, records, strict=True)
    ]


def passes(expected: Expected, outcome: Outcome) -> bool:
    """Whether a decision is as expected: the same as no difference, without the words."""
    decision, review = outcome.decision, outcome.review
    fired = {own.rule for own in decision.rules}
    return (
        expected.action in (None, decision.action)
        and expected.stage in (None, decision.stage)
        and (expected.reasons is None or set(expected.reasons) == set(decision.reasons))
        and fired.issuperset(expected.fired)
        and fired.isdisjoint(expected.not_fired)
        and {own.rule for own in decision.rules if own.silenced_by}.issuperset(expected.silenced)
        and (expected.undetermined is None or set(expected.undetermined) == _undetermined(decision))
        and (expected.queue is None or (review is not None and review.queue == expected.queue))
    )


def _undetermined(decision: Decision) -> set[str]:
    return {own.rule for own in decision.undetermined}


def _differences(expected: Expected, given: Given, policy: Policy) -> list[str]:
    outcome = evaluate(given.record, policy, given.under)
    if passes(expected, outcome):
        return []
    decision, review = outcome.decision, outcome.review
    fired = {own.rule: own for own in decision.rules}
    found: list[str] = []
    for what, wanted, got in (
        ("action", expected.action, decision.action),
        ("stage", expected.stage, decision.stage),
        ("queue", expected.queue, review.queue if review else None),
    ):
        if wanted is not None and wanted != got:
            found += [f"- {what}: {wanted}", f"+ {what}: {got or 'none'}"]
    if expected.action not in (None, decision.action):
        unnamed = fired.keys() - {*expected.fired, *expected.not_fired, *expected.silenced}
        acting = [own for own in unnamed if fired[own].action == decision.action and not fired[own].silenced_by]
        found += [f"+ {rule}: fired{_seen(given, policy, rule)}" for rule in sorted(acting)]
    if expected.reasons is not None and set(expected.reasons) != set(decision.reasons):
        found += [f"- reasons: {_listed(expected.reasons)}", f"+ reasons: {_listed(decision.reasons)}"]
    for rule in expected.fired:
        if rule not in fired:
            state = "undetermined" if rule in _undetermined(decision) else "not fired"
            found += [f"- {rule}: fired", f"+ {rule}: {state}{_seen(given, policy, rule)}"]
    for rule in expected.not_fired:
        if rule in fired:
            found += [f"- {rule}: not fired", f"+ {rule}: fired{_seen(given, policy, rule)}"]
    for rule in expected.silenced:
        if rule not in fired or not fired[rule].silenced_by:
            found += [f"- {rule}: silenced", f"+ {rule}: {'fired' if rule in fired else 'not fired'}"]
    if expected.undetermined is not None and set(expected.undetermined) != _undetermined(decision):
        seen = _listed(sorted(_undetermined(decision)))
        found += [f"- undetermined: {_listed(expected.undetermined)}", f"+ undetermined: {seen}"]
    return found


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"


def _seen(given: Given, policy: Policy, rule: str) -> str:
    """The values that a rule saw, and its condition."""
    rules: list[Rule | Exemption] = [*policy.rules, *policy.exemptions]
    index = [own.id for own in rules].index(rule)
    seen = values(policy, policy.program.run(given.record, given.under.state), index)
    condition = " ".join(rules[index].when.split())
    return f" ({', '.join(f'{name} = {value}' for name, value in seen.items())}; when: {condition})"
