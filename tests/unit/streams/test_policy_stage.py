"""What the policy stage makes of records and verdicts."""

import asyncio
from datetime import UTC, datetime

from moderation.dead_letters import DeadLetter
from moderation.events import Decision, LaneResult, Post, ReviewItem, Scored, Source, Verdict
from moderation.policy import parse_policy
from moderation.release import InForce
from moderation.settings import TopicName
from streams.messages import Message, Output
from streams.policy import PolicyStage

POLICY = parse_policy(
    """
policy: test
rules:
  - {id: hate-remove, when: text.hate >= 0.9, then: remove, because: hate}
  - {id: hate-look, when: text.hate >= 0.6, then: review, because: hate}
"""
)
SOURCE = Source(topic="moderation.posts", partition=2, offset=5, time=datetime(2026, 1, 1, tzinfo=UTC))


def record(hate: float) -> bytes:
    return Scored(
        post=Post(post_id="p1", text="words"),
        source=SOURCE,
        lanes={"text": LaneResult(state="scored", models={"text.hate": "m@1"})},
        signals={"text.hate": hate},
    ).to_json()


def process(topic: TopicName, value: bytes | None) -> list[Output]:
    message = Message(topic, f"moderation.{topic}", 2, 7, 0.0, b"k", value)
    [outputs] = asyncio.run(PolicyStage(lambda: InForce(POLICY)).process([message]))
    return outputs


def test_a_record_becomes_a_decision_on_its_partition() -> None:
    [output] = process("scored", record(0.95))
    decision = Decision.model_validate_json(output.value or b"")
    assert (output.topic, output.partition, output.key) == ("decisions", 2, b"p1")
    assert (decision.action, decision.stage, decision.policy_hash) == ("remove", "final", POLICY.hash)


def test_a_record_for_people_becomes_a_decision_and_a_review_item() -> None:
    decision, review = process("scored", record(0.7))
    item = ReviewItem.model_validate_json(review.value or b"")
    assert (review.topic, review.partition) == ("reviews", 2)
    assert item.decision_id == Decision.model_validate_json(decision.value or b"").decision_id


def test_a_verdict_becomes_a_human_decision() -> None:
    verdict = Verdict(
        verdict_id="v1", post_id="p1", action="allow", reviewer="ann", decided_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    [output] = process("verdicts", verdict.to_json())
    decision = Decision.model_validate_json(output.value or b"")
    assert (decision.stage, decision.action, decision.verdict_id) == ("human", "allow", "v1")
    assert process("verdicts", verdict.to_json()) == [output] or output.origin is not None


def test_what_is_no_record_becomes_a_dead_letter_with_the_field_that_is_wrong() -> None:
    [letter] = process("scored", b'{"schema": "scored/1", "post": {"post_id": "p"}, "lanes": {}}')
    header = DeadLetter.from_headers(letter.headers)
    assert (letter.topic, letter.partition, header.stage, header.offset) == ("dead-letters", 2, "policy", 7)
    assert "source" in header.message
    for value in (None, b"", b"\xff"):
        assert [output.topic for output in process("verdicts", value)] == ["dead-letters"]
