"""Breakers in the decider: what is open when a post comes, what its decision trips, whom that concerns."""

from datetime import UTC, datetime

import pytest

from moderation.deciding import Decider, Effects
from moderation.events import LaneResult, Post, Scored, Source
from moderation.policy import parse_policy
from moderation.release import InForce

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIVE = parse_policy(
    "policy: p\nbreakers: {b: {action: remove, per_minute: 2}}\n"
    "rules: [{id: hate, when: text.hate >= 0.9, then: remove, because: hate}]\n"
)
SHADOW = parse_policy(LIVE.source.replace("0.9", "0.8"))


def decide(decider: Decider, number: int, occasion: str = "live") -> Effects:
    record = Scored(
        post=Post(post_id=f"p{number}", occasion=occasion),
        source=Source(topic="t", partition=0, offset=number, time=NOON),
        lanes={"text": LaneResult(state="scored")},
        signals={"text.hate": 1.0},
    )
    return decider.record(record, number)


@pytest.fixture
def decider() -> Decider:
    return Decider(lambda: InForce(LIVE, shadows=(SHADOW,)))


def test_the_post_that_reaches_the_quota_brings_the_alarm_and_the_next_one_is_reviewed(decider: Decider) -> None:
    effects = [decide(decider, number) for number in range(4)]
    assert [own.decision.action for own in effects] == ["remove", "remove", "review", "review"]
    assert [[alarm.kind for alarm in own.alarms] for own in effects] == [[], ["breaker_open"], [], []]
    assert effects[2].review is not None


def test_policies_in_shadow_count_nothing_and_meet_the_breakers_of_the_live_one(decider: Decider) -> None:
    shadows = [decide(decider, number).shadows[0] for number in range(4)]
    assert [own.decision.action for own in shadows] == ["remove", "remove", "review", "review"]


def test_a_backfill_meets_no_breaker(decider: Decider) -> None:
    for number in range(4):
        decide(decider, number)
    assert decide(decider, 9, "backfill").decision.action == "remove"


def test_what_is_counted_goes_on_with_the_next_owner(decider: Decider) -> None:
    for number in range(2):
        decide(decider, number)
    (change,) = decider.changes()
    assert (change.topic, change.key) == ("counts", b"breaker:b")
    successor = Decider(lambda: InForce(LIVE))
    successor.restore(change)
    assert decide(successor, 2).decision.action == "review"
    elsewhere = Decider(lambda: InForce(LIVE))
    elsewhere.elsewhere(1, change)
    assert decide(elsewhere, 0).decision.action == "review"
