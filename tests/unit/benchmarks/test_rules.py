"""The policy of the benchmark is a policy, and its records reach all of it."""

from benchmarks.rules import RULES, policy_source, records
from moderation.policy import evaluate, parse_policy


def test_the_policy_has_as_many_rules_as_the_result_says_and_is_the_same_again() -> None:
    assert len(parse_policy(policy_source()).rules) == RULES
    assert policy_source() == policy_source()


def test_a_backlog_is_scored_however_old_it_is() -> None:
    assert parse_policy(policy_source()).lanes["text"].deadline is None


def test_records_are_different_and_lead_to_many_kinds_of_decisions() -> None:
    policy = parse_policy(policy_source())
    cases = records(600)
    assert len({record.to_json() for record in cases}) == 600
    decisions = [evaluate(record, policy).decision for record in cases]
    assert {"remove", "review", "allow"} <= {decision.action for decision in decisions}
    assert {"provisional", "final"} <= {decision.stage for decision in decisions}
    assert any(decision.undetermined for decision in decisions)
