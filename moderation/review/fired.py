"""Which rules fired lately, counted from the decisions that the desk keeps."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.review.tables import DecisionRow

READ = 5_000
"""Decisions that are counted, at most: the newest."""


@dataclass(slots=True)
class Rule:
    """How often a rule fired. Of these: silenced by an exemption, sent to a person instead, or undetermined."""

    fired: int = 0
    silenced: int = 0
    contested: int = 0
    undetermined: int = 0
    last_at: datetime | None = None


@dataclass(slots=True)
class Fired:
    """What fired since a moment, on how many posts. `since` is later than asked where there were too many."""

    since: datetime
    posts: int = 0
    rules: dict[str, Rule] = field(default_factory=dict)


def fired(session: Session, *, since: datetime) -> Fired:
    """Count the pipeline's newest decision on each post; those of people are left out.

    Only decisions that restrict somebody, or that a person looks at, are kept: a rule that allows or labels is counted
    where it stood beside one of these.
    """
    record = DecisionRow.record
    newest = (
        select(DecisionRow.post_id, DecisionRow.at, record["rules"], record["undetermined"])
        .where(DecisionRow.at >= since, DecisionRow.stage != "human")
        .order_by(DecisionRow.at.desc())
        .limit(READ)
    )
    found = Fired(since)
    posts: set[str] = set()
    for read, (post, at, rules, undetermined) in enumerate(session.execute(newest), 1):
        if read == READ:
            found.since = at
        if post in posts:
            continue
        posts.add(post)
        for own in rules or ():
            rule = found.rules.setdefault(own["rule"], Rule())
            rule.fired += 1
            rule.silenced += "silenced_by" in own
            rule.contested += "contested_by" in own
            rule.last_at = max(at, rule.last_at or at)
        for own in undetermined or ():
            found.rules.setdefault(own["rule"], Rule()).undetermined += 1
    found.posts = len(posts)
    return found
