"""What Kafka announced: one row per review id, its content under a key of its author's."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import LONG, Base

KEPT = text("content IS NOT NULL AND status IN ('decided', 'closed')")
"""Content of items that are done: what an index over some rows is for must stand in a query as it stands here."""


class Item(Base):
    """A review item. `content` is the `ReviewItem` as JSON, compressed, under the key of `author_id`.

    `status` is open (its task waits or is being worked on), decided, closed (taken back by a later decision), or
    gold (a copy whose answer is known: Kafka never hears of it, and no list shows it).
    `revision`, `stage` and `settled` are `Decision.order()` of the decision that it was opened or changed by; of two
    events of one decision the greater `digest` stays. A task takes over `terms`, `weight` and `severity`.
    `probability` is how likely the item was to be looked at at all: 1 for what a rule sent, the share of a random
    audit otherwise.
    """

    __tablename__ = "items"

    review_id: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.task_id"), index=True)
    status: Mapped[str]
    post_id: Mapped[str] = mapped_column(index=True)
    revision: Mapped[int] = mapped_column(LONG)
    occasion: Mapped[str]
    author_id: Mapped[str | None]
    decision_id: Mapped[str] = mapped_column(index=True)
    stage: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(default="")  # of the event as it came
    queue: Mapped[str]
    reasons: Mapped[list[str]] = mapped_column(default=list)
    fired: Mapped[dict[str, Any]] = mapped_column(default=dict)  # rule that had a say -> its action and reason
    surface: Mapped[str]
    language: Mapped[str | None]
    modality: Mapped[str]  # text, image or video: the heaviest of the post
    probability: Mapped[float] = mapped_column(default=1.0)
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    weight: Mapped[float] = mapped_column(default=0.0)  # log2 of the product of the terms
    severity: Mapped[float] = mapped_column(default=1.0)
    partition: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]  # what its age counts from
    visible_from: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    verdict_id: Mapped[str | None]
    answer_id: Mapped[int | None] = mapped_column(index=True)  # which stands; no constraint: answers point here too
    first_answer_id: Mapped[int | None]  # which decided it first, appeals apart
    content: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(None, "author_id", "posted_at"),
        Index(None, "received_at", "review_id"),  # these three are walked by searches
        Index(None, "status", "received_at", "review_id"),
        Index(None, "queue", "received_at", "review_id"),
        Index("ix_items_kept", "received_at", postgresql_where=KEPT, sqlite_where=KEPT),  # walked by retention
    )


class AuthorKey(Base):
    """The key of one author's content. Without the row, what was stored under it cannot be read again."""

    __tablename__ = "author_keys"

    author: Mapped[str] = mapped_column(primary_key=True)  # `author:ID`, or `post:ID` of posts without an author
    key: Mapped[bytes | None] = mapped_column(LargeBinary)  # none: shredded
    shredded_at: Mapped[datetime | None]


class LastDecision(Base):
    """The last decision known of a post, where it may take back an item: also one that has not come yet.

    `revision`, `stage` and `settled` are its `Decision.order()`. `review_id` is the item that it asks for, if any.
    """

    __tablename__ = "last_decisions"

    post_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(LONG)
    stage: Mapped[int]
    settled: Mapped[int]
    decision_id: Mapped[str]
    review_id: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


class Fingerprint(Base):
    """What an open item looks like, so that near-duplicates join it: `band` is part of a digest of text or picture.

    The whole digest stands at place 0 and nowhere else.
    """

    __tablename__ = "fingerprints"

    review_id: Mapped[str] = mapped_column(ForeignKey("items.review_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # text or picture
    place: Mapped[int] = mapped_column(primary_key=True)  # which band
    band: Mapped[str]
    digest: Mapped[str]

    __table_args__ = (Index(None, "kind", "place", "band"),)
