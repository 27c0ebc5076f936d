"""What CEL is given says the same as the policy of the benchmark."""

import ast
from types import SimpleNamespace

import pytest

from benchmarks.cel import all_known, context, expression
from benchmarks.rules import policy_source, records
from moderation.policy import evaluate, parse_policy

POLICY = parse_policy(policy_source())


@pytest.mark.parametrize(
    ("condition", "cel"),
    [
        ("text.hate >= 0.9", "text.hate >= 0.9"),
        ("a >= 0.9 and not facts.verified", "a >= 0.9 && !facts.verified"),
        ("a > 1 and (b > 2 or post.surface in minors)", "a > 1 && (b > 2 || post.surface in minors)"),
    ],
)
def test_a_condition_becomes_an_expression(condition: str, cel: str) -> None:
    assert expression(condition) == cel


def test_no_rule_has_a_text_that_the_translation_would_change() -> None:
    texts = [node.value for rule in POLICY.rules for node in ast.walk(ast.parse(rule.when, mode="eval"))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    assert texts
    assert all(expression(text) == text for text in texts)


def test_the_values_that_cel_is_given_lead_to_the_same_rules() -> None:
    known = [record for record in records(300) if all_known(record)]
    assert 200 < len(known) < 300
    for record in known:
        values = context(record, POLICY)
        names = {name: SimpleNamespace(**own) if isinstance(own, dict) else own for name, own in values.items()}
        fired = {rule.id for rule in POLICY.rules if eval(rule.when, {}, names)}  # conditions are Python's
        assert fired == {own.rule for own in evaluate(record, POLICY).decision.rules}
