"""What one person does next: a task is claimed, answered, and has one item or a cluster of near-duplicates."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.review.tables.base import Base


def _waiting(name: str, *columns: str, where: str) -> Index:
    """An index over the few rows that something may happen to."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class Task(Base):
    """A unit of work.

    `kind` is review, second (blind, of what another answered), adjudication (two disagreed), appeal or gold (the
    answer is known). `status` is hidden (until `visible_from`), open, claimed, done or closed.

    `rank` orders one queue: log2 of the product of the terms without age, minus the opening time in half-lives of the
    queue. With age doubling every half-life the order of two tasks never changes, so an index serves the head.
    `terms` are harm, reach, uncertainty and whatever the policy gave; age is computed when shown.
    """

    __tablename__ = "tasks"

    task_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="review")
    status: Mapped[str] = mapped_column(default="open")
    queue: Mapped[str]
    head: Mapped[str] = mapped_column(index=True)  # review_id of the item that stands for the cluster
    size: Mapped[int] = mapped_column(default=1)  # items in the cluster
    language: Mapped[str | None]
    modality: Mapped[str]
    severity: Mapped[float] = mapped_column(default=1.0)  # of seeing it, for exposure budgets
    harmless: Mapped[bool] = mapped_column(default=False)  # what may be mixed in between
    rank: Mapped[float]
    terms: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    visible_from: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"), index=True)  # holds the lease
    claimed_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"))  # only this one may claim it
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.task_id"))  # what it is a second look at
    done_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]  # when it was told that nobody had answered it in time

    # The fronts of a queue: of all, of one language, of none, of what is harmless. Ranks stand ascending and are read
    # from the end: indexes over expressions cannot be compared with a migration on SQLite.
    __table_args__ = (
        _waiting("ix_tasks_head_of_queue", "queue", "rank", "task_id", where="status = 'open'"),
        _waiting("ix_tasks_head_of_language", "queue", "language", "rank", "task_id", where="status = 'open'"),
        _waiting("ix_tasks_head_of_none", "queue", "rank", "task_id", where="status = 'open' AND language IS NULL"),
        _waiting("ix_tasks_head_of_harmless", "queue", "rank", "task_id", where="status = 'open' AND harmless"),
        # All that the overview counts, so that it is counted from the index alone.
        _waiting("ix_tasks_waiting", "queue", "opened_at", "due_at", where="status = 'open'"),
        _waiting("ix_tasks_hidden", "visible_from", where="status = 'hidden'"),
        _waiting("ix_tasks_leases", "lease_until", where="status = 'claimed'"),
        _waiting("ix_tasks_due", "due_at", where="status IN ('open', 'claimed') AND alarmed_at IS NULL"),
    )


class TaskExclusion(Base):
    """Who may not have a task: the first reviewer of a second look, who skipped it, who decided what is appealed."""

    __tablename__ = "task_exclusions"

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.task_id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), primary_key=True)
    why: Mapped[str]
