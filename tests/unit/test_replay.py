"""Replaying decisions: proven, differing, without a record, under an unknown policy."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from moderation.events import LaneResult, Post, Scored, Source, Verdict
from moderation.policy import Circumstances, Policy, evaluate, human_decision, parse_policy
from moderation.replay import Replay


def policy(threshold: float) -> Policy:
    return parse_policy(
        f"policy: test\nrules:\n  - {{id: r, when: text.hate >= {threshold}, then: remove, because: hate}}\n"
    )


def record(post_id: str = "p", hate: float = 0.8, model: str = "m@1") -> Scored:
    return Scored(
        post=Post(post_id=post_id),
        source=Source(topic="t", partition=0, offset=0, time=datetime(2026, 1, 1, tzinfo=UTC)),
        lanes={"text": LaneResult(state="scored", models={"text.hate": model})},
        signals={"text.hate": hate},
    )


STRICT, MILD = policy(0.5), policy(0.9)


def states(replay: Replay) -> list[str]:
    return [result.state for result in replay.results()]


def test_a_decision_is_proven_by_its_record_and_the_policy_it_names_whatever_else_is_there() -> None:
    replay = Replay()
    replay.add_policy(STRICT)
    replay.add_policy(MILD)
    for of in (STRICT, MILD):
        replay.add_decision(evaluate(record(), of).decision.to_json())
    replay.add_record(record("other").to_json())
    assert states(replay) == ["no record", "no record"]
    replay.add_record(record().to_json())
    assert states(replay) == ["proven", "proven"]


def test_decisions_before_and_under_an_open_breaker_are_both_proven() -> None:
    guarded = parse_policy(STRICT.source.replace("rules:", "breakers: {b: {action: remove, per_day: 1}}\nrules:"))
    replay = Replay()
    replay.add_policy(guarded)
    decisions = [
        evaluate(record(), guarded, Circumstances(breakers=own)).decision for own in (frozenset(), frozenset({"b"}))
    ]
    assert [own.action for own in decisions] == ["remove", "review"]
    for own in decisions:
        replay.add_decision(own.to_json())
    replay.add_record(record().to_json())
    assert states(replay) == ["proven", "proven"]


def test_a_changed_decision_differs_and_shows_what_it_should_be() -> None:
    replay = Replay()
    replay.add_policy(STRICT)
    true = evaluate(record(), STRICT).decision
    replay.add_decision(true.model_copy(update={"action": "allow"}).to_json())
    replay.add_record(record().to_json())
    [result] = replay.results()
    assert (result.state, result.recomputed) == ("differs", true)


def test_two_decisions_of_one_id_after_a_redelivery_to_another_model_are_both_proven() -> None:
    replay = Replay()
    replay.add_policy(STRICT)
    records = [record(model="m@1", hate=0.8), record(model="m@2", hate=0.1)]
    for each in records:
        replay.add_decision(evaluate(each, STRICT).decision.to_json())
    for each in records:
        replay.add_record(each.to_json())
    assert states(replay) == ["proven", "proven"]


def test_a_human_decision_is_proven_by_its_verdict() -> None:
    verdict = Verdict(
        verdict_id="v", post_id="p", action="allow", reviewer="ann", decided_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    replay = Replay()
    replay.add_decision(human_decision(verdict).to_json())
    replay.add_verdict(b"not a verdict")
    replay.add_verdict(verdict.to_json())
    assert states(replay) == ["proven"]


def test_a_policy_that_nobody_has_is_said_so() -> None:
    replay = Replay()
    replay.add_decision(evaluate(record(), STRICT).decision.to_json())
    replay.add_record(record().to_json())
    replay.add_record(b"not a record")
    assert states(replay) == ["unknown policy"]


def test_only_the_named_decisions_are_replayed() -> None:
    replay = Replay()
    replay.add_policy(STRICT)
    decisions = [evaluate(record(name), STRICT).decision for name in ("a", "b", "c")]
    for decision in decisions:
        replay.add_decision(decision.to_json(), only=("a", decisions[1].decision_id))
    assert [result.post_id for result in replay.results()] == ["a", "b"]
    with pytest.raises(ValidationError):
        replay.add_decision(b"{}")
