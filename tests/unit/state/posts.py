"""Records of posts as lanes send them on, and deciders that remember them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from moderation.deciding import Decider
from moderation.events import Decision, LaneName, LaneResult, LaneState, Media, Post, Scalar, Scored, Source
from moderation.policy import Policy, parse_policy
from moderation.release import InForce
from moderation.state.world import World

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def asking(*names: str, head: str = "") -> Policy:
    """A policy that looks at these, and does nothing for it."""
    rules = [
        f"  - {{id: r{place}, when: '{name} >= 1000000', then: label, because: spam}}"
        for place, name in enumerate(names)
    ]
    return parse_policy("\n".join(["policy: asking", head, "rules:", *rules, ""]))


def decider(policy: Policy, partition: int = 0, world: World | None = None) -> Decider:
    """One that has this policy in force."""
    in_force = InForce(policy)
    return Decider(lambda: in_force, partition, world)


def scored(
    offset: int,
    seconds: float = 0.0,
    author: str | None = "ann",
    text: str = "words",
    lanes: dict[LaneName, LaneState] | None = None,
    signals: dict[str, float] | None = None,
    **post: Any,
) -> Scored:
    """A record of the post at `offset`, posted so long after the start; its text lane has scored."""
    states = lanes or {"text": "scored"}
    media = tuple(
        Media(media_id=lane, kind=lane, url="https://example.org/m") for lane in ("image", "video") if lane in states
    )
    return Scored(
        post=Post(**{"post_id": f"p{offset}", "author_id": author, "text": text, "media": media, **post}),
        source=Source(topic="posts", partition=0, offset=offset, time=START + timedelta(seconds=seconds)),
        lanes={lane: LaneResult(state=state) for lane, state in states.items()},
        signals=signals or {},
    )


def remembered(decided: Decider, records: Iterable[Scored], first: int = 0) -> list[dict[str, Scalar] | None]:
    """What the decisions on these records looked at, in order."""
    return [decided.record(record, offset).decision.state for offset, record in enumerate(records, first)]


def decisions(decided: Decider, records: Iterable[Scored], first: int = 0) -> list[Decision]:
    """The decisions on these records, in order."""
    return [decided.record(record, offset).decision for offset, record in enumerate(records, first)]
