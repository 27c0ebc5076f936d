"""What Kafka announced: one row per review id, its content under a key of its author's."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


class Item(Base):
    """A review item. `content` is the `ReviewItem` as JSON, compressed, under the key of `author_id`.

    `status` is open (its task waits or is being worked on), decided, closed (taken back by a later decision), or
    gold (a copy whose answer is known: Kafka never hears of it, and no list shows it).
    `order_*` is `Decision.order()` of the decision it was opened or changed by. `probability` is how likely the item
    was to be looked at at all: 1 for what a rule sent, the share of a random audit otherwise.
    """

    __tablename__ = "items"

    review_id: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.task_id"), index=True)
    status: Mapped[str]
    post_id: Mapped[str] = mapped_column(index=True)
    revision: Mapped[int]
    occasion: Mapped[str]
    author_id: Mapped[str | None]
    decision_id: Mapped[str] = mapped_column(index=True)
    queue: Mapped[str]
    surface: Mapped[str]
    language: Mapped[str | None]
    modality: Mapped[str]  # text, image or video: the heaviest of the post
    probability: Mapped[float] = mapped_column(default=1.0)
    partition: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[datetime]
    received_at: Mapped[datetime]
    visible_from: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    verdict_id: Mapped[str | None]
    answer_id: Mapped[int | None] = mapped_column(index=True)  # which stands; no constraint: answers point here too
    content: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(None, "author_id", "posted_at"),
        Index(None, "received_at", "review_id"),  # these three are walked by searches
        Index(None, "status", "received_at", "review_id"),
        Index(None, "queue", "received_at", "review_id"),
    )


class AuthorKey(Base):
    """The key of one author's content. Without the row, what was stored under it cannot be read again."""

    __tablename__ = "author_keys"

    author: Mapped[str] = mapped_column(primary_key=True)  # `author:ID`, or `post:ID` of posts without an author
    key: Mapped[bytes | None] = mapped_column(LargeBinary)  # none: shredded
    shredded_at: Mapped[datetime | None]


class Fingerprint(Base):
    """What a post looks like, so that its near-duplicates are found: `band` is part of a digest of text or picture."""

    __tablename__ = "fingerprints"

    review_id: Mapped[str] = mapped_column(ForeignKey("items.review_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # text or picture
    place: Mapped[int] = mapped_column(primary_key=True)  # which band
    band: Mapped[str]
    digest: Mapped[str]  # the whole of it, hex

    __table_args__ = (Index(None, "kind", "place", "band"),)
