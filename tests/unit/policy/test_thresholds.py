"""Named thresholds: the same as the numbers they stand for."""

import pytest

from moderation.policy import PolicyError, evaluate, parse_policy
from tests.unit.policy.builders import policy, record

HEAD = """
facts: {reports: number}
thresholds:
  text.hate: {low: 0.4, moderate: 0.6, high: 0.9}
  text.spam: {high: 0.8}
  worst: {high: 0.95}
  facts.reports: {high: 10}
signals: {worst: "max(text.hate, text.spam)", sure: text.hate > high or text.spam > high}
"""


@pytest.mark.parametrize(
    ("named", "numbers"),
    [
        ("text.hate >= high", "text.hate >= 0.9"),
        ("high <= text.hate", "0.9 <= text.hate"),
        ("low <= text.hate < moderate", "0.4 <= text.hate < 0.6"),
        ("text.hate >= high or text.spam >= high", "text.hate >= 0.9 or text.spam >= 0.8"),
        ("text.insult < high < worst", "text.insult < 0.95 < worst"),
        ("facts.reports >= high and sure", "facts.reports >= 10 and sure"),
        ("not worst < high", "not worst < 0.95"),
    ],
)
def test_a_name_is_the_number_of_the_signal_beside_it(named: str, numbers: str) -> None:
    rule = "{id: a, when: '%s', then: label, because: hate}"
    assert policy(rule % named, HEAD).hash == policy(rule % numbers, HEAD).hash


def test_moving_a_threshold_moves_every_rule_that_names_it_and_the_hash() -> None:
    rules = "{id: a, when: text.hate >= high, then: label, because: hate}"
    strict, lax = policy(rules, HEAD), policy(rules, HEAD.replace("high: 0.9}", "high: 0.99}"))
    made = record({"text.hate": 0.95})
    assert [evaluate(made, loaded).decision.action for loaded in (strict, lax)] == ["label", "allow"]
    assert strict.hash != lax.hash
    assert strict.thresholds["text.hate"] == {"low": 0.4, "moderate": 0.6, "high": 0.9}


@pytest.mark.parametrize("condition", ["text.hate < high < worst", "text.hate == high + 0", "text.insult >= high"])
def test_a_name_that_could_mean_two_numbers_or_none_is_refused(condition: str) -> None:
    with pytest.raises(PolicyError, match="stands for a number only beside one signal that has it"):
        policy(f"{{id: a, when: '{condition}', then: label, because: hate}}", HEAD)


@pytest.mark.parametrize("section", ["lists: {high: [a]}", "signals: {low: text.hate}"])
def test_nothing_else_can_have_the_name_of_a_level(section: str) -> None:
    with pytest.raises(PolicyError, match="is a word of the language"):
        parse_policy(f"policy: p\n{section}\nrules: [{{id: a, when: text.hate > 0.5, then: label, because: hate}}]")
