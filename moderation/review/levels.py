"""Service levels: whoever waits for an answer longer than promised is told of, once."""

from datetime import datetime

from sqlalchemy import ColumnClause, literal_column, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.events import Alarm
from moderation.review.tables import Outgoing, Task

_TOPIC = "alarms"
_AT_ONCE = 500
# As it stands in the index.
_WAITING: ColumnClause[bool] = literal_column("status IN ('open', 'claimed') AND alarmed_at IS NULL")


def alarm(session: Session, *, now: datetime) -> list[Alarm]:
    """Tell of the tasks that are past due and were not told of, the longest overdue first, some hundreds at a time.

    Tests are left out: nobody waits for their answers. The alarms wait in the outbox; a breach has one id, so that it
    is the same alarm when it is sent again.
    """
    tasks = session.scalars(
        select(Task)
        .where(_WAITING, Task.due_at <= now, Task.kind != "gold")
        .order_by(Task.due_at, Task.task_id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    alarms = [_told(task, now) for task in tasks]
    for told in alarms:
        session.add(
            Outgoing(
                topic=_TOPIC, key=told.subject, partition=None, value=told.to_json(), made_at=now, sent_at=None
            )
        )  # fmt: skip
    session.flush()
    return alarms


def _told(task: Task, now: datetime) -> Alarm:
    assert task.due_at is not None
    task.alarmed_at = now
    late = int((now - task.due_at).total_seconds())
    at_work = "is being worked on" if task.status == "claimed" else "waits"
    return Alarm(
        alarm_id=ids.alarm_id("review_overdue", str(task.task_id), task.head, int(task.due_at.timestamp())),
        kind="review_overdue",
        subject=task.queue,
        message=f"an item of queue '{task.queue}' is past due and {at_work}: it should have been answered by "
        f"{task.due_at:%Y-%m-%d %H:%M} UTC",
        at=now,
        values={"task": task.task_id, "review": task.head, "kind": task.kind, "late_s": late, "items": task.size},
    )
