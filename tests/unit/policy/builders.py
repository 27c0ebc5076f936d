"""Records and policies for tests, with one line each."""

from datetime import UTC, datetime
from typing import Any

from moderation.events import LaneName, LaneResult, LaneState, Post, Scored, Source
from moderation.policy import Policy, parse_policy

TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CATEGORIES = ("toxicity", "hate", "insult", "threat", "obscenity", "spam")
LEXICON = ("hate", "insult", "obscenity", "sexual")


def record(
    signals: dict[str, float] | None = None,
    attributes: dict[str, Any] | None = None,
    lanes: dict[LaneName, LaneState] | None = None,
    time: datetime = TIME,
    **post: Any,
) -> Scored:
    """A record whose text lane has scored (0 where not given), unless `lanes` says otherwise."""
    scores = {f"text.{category}": 0.0 for category in CATEGORIES}
    scores |= {f"text.lexicon.{category}": 0.0 for category in LEXICON} | (signals or {})
    states = lanes or {"text": "scored"}
    return Scored(
        post=Post(post_id="p1", author_id="a1", **post),
        source=Source(topic="moderation.posts", partition=3, offset=7, time=time),
        lanes={
            lane: LaneResult(
                state=state,
                reason="deadline" if state == "failed" else None,
                models={name: f"{lane}-model@1" for name in scores if name.startswith(f"{lane}.")}
                if state == "scored"
                else {},
            )
            for lane, state in states.items()
        },
        signals=scores,
        attributes={"text.language": "en", "text.length": 40, "text.truncated": False, "text.understood": True}
        | (attributes or {}),
    )


def policy(rules: str, head: str = "") -> Policy:
    """A policy from its rules, one flow mapping a line, and other sections."""
    lines = "\n".join(f"  - {line.strip()}" for line in rules.splitlines() if line.strip())
    return parse_policy(f"policy: test\n{head}\nrules:\n{lines}\n")
