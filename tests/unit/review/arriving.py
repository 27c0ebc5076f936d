"""Events as Kafka brings them: items and decisions of the same posts, as the policy makes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from moderation import ids
from moderation.events import Decision, LaneName, Post, ReviewItem, Source, Stage, Verdict
from moderation.policy import human_decision
from moderation.review.rules import DeskRules
from tests.unit.review.rows import NOW

RULES = DeskRules()


def made_post(name: str = "1", text: str = "", **fields: Any) -> Post:
    """A post of its own text where none is given."""
    words = " ".join(ids.review_id(name, number, "words") for number in range(3))
    return Post(post_id=f"post-{name}", author_id=f"author-{name}", text=text or words, **fields)


def item_of(
    post: Post,
    settled: Sequence[LaneName] | None = None,
    *,
    posted_at: datetime = NOW - timedelta(hours=1),
    reasons: Sequence[str] = ("hate",),
    score: float = 0.5,
    **fields: Any,
) -> ReviewItem:
    """What the policy sends; `settled` are the lanes of a provisional decision."""
    lanes = post.lanes_needed() if settled is None else settled
    return ReviewItem(
        review_id=ids.review_id(post.post_id, post.revision, post.occasion),
        decision_id=ids.decision_id(post.post_id, post.revision, post.occasion, lanes),
        post_id=post.post_id,
        author_id=post.author_id,
        revision=post.revision,
        reasons=tuple(reasons),
        post=post,
        source=Source(topic="moderation.posts", partition=1, offset=7, time=posted_at),
        priority={"score": score} | fields.pop("priority", {}),
        **fields,
    )


def decision_of(
    post: Post, action: str, stage: Stage = "final", settled: Sequence[LaneName] | None = None, **fields: Any
) -> Decision:
    """The decision of a post, as the policy makes it."""
    if stage == "human":
        return human_decision(
            Verdict(
                verdict_id=f"verdict-of-{post.post_id}", post_id=post.post_id, author_id=post.author_id,
                revision=post.revision, action=action, reviewer="somebody", decided_at=NOW,
            )  # type: ignore[arg-type]
        )  # fmt: skip
    lanes = post.lanes_needed()
    done = lanes if settled is None or stage != "provisional" else settled
    identity = ("withdrawn",) if action == "withdrawn" else done
    return Decision(
        decision_id=ids.decision_id(post.post_id, post.revision, post.occasion, identity),
        post_id=post.post_id,
        author_id=post.author_id,
        revision=post.revision,
        occasion=post.occasion,
        stage=stage,
        action=action,  # type: ignore[arg-type]
        lanes={lane: "scored" if lane in done else "pending" for lane in lanes},
        **fields,
    )
