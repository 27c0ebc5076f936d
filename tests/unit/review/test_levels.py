"""Whoever waits longer than promised is told of, once."""

from datetime import timedelta

from sqlalchemy import select

from moderation.events import Alarm
from moderation.review import levels
from moderation.review.database import Database
from moderation.review.tables import Outgoing, Task
from tests.unit.review.rows import NOW, account, ago, task

HOUR = timedelta(hours=1)


def test_each_breach_is_told_once_the_longest_overdue_first(database: Database) -> None:
    with database.session() as session:
        session.add(account(1))
        session.flush()
        session.add_all(
            [
                task(1, due_at=ago(minutes=1), queue="hate"),
                task(2, due_at=ago(hours=2), status="claimed", account_id=1, lease_until=NOW + HOUR, size=3),
                task(3, due_at=ago(hours=3), status="done"),
                task(4, due_at=NOW + HOUR),
                task(5),
                task(6, due_at=ago(hours=4), kind="gold"),
                task(7, due_at=ago(hours=4), kind="gold", status="claimed", account_id=1, lease_until=NOW + HOUR),
            ]
        )
    with database.session() as session:
        told = levels.alarm(session, now=NOW)
    assert [(alarm.kind, alarm.subject, alarm.message) for alarm in told] == [
        (
            "review_overdue",
            "default",
            "an item of queue 'default' is past due and is being worked on: it should have been answered by "
            "2026-11-21 10:00 UTC",
        ),
        (
            "review_overdue",
            "hate",
            "an item of queue 'hate' is past due and waits: it should have been answered by 2026-11-21 11:59 UTC",
        ),
    ]
    assert told[0].values == {"task": 2, "review": "review-2", "kind": "review", "late_s": 7200, "items": 3}
    with database.session() as session:
        waiting = session.scalars(select(Outgoing).order_by(Outgoing.number)).all()
        assert [(row.topic, row.key, row.partition) for row in waiting] == [
            ("alarms", "default", None),
            ("alarms", "hate", None),
        ]
        assert [Alarm.model_validate_json(row.value) for row in waiting] == told
        assert levels.alarm(session, now=NOW) == []
        assert [alarm.values["task"] for alarm in levels.alarm(session, now=NOW + 2 * HOUR)] == [4]


def test_an_alarm_that_is_rolled_back_is_told_again_by_the_same_id(database: Database) -> None:
    with database.session() as session:
        session.add(task(1, due_at=ago(minutes=1)))
    with database.session() as session:
        first = levels.alarm(session, now=NOW)
        session.rollback()
    with database.session() as session:
        assert [alarm.alarm_id for alarm in levels.alarm(session, now=NOW + HOUR)] == [first[0].alarm_id]
        assert session.scalars(select(Task.alarmed_at)).one() == NOW + HOUR
