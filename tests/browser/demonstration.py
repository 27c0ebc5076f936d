"""A desk at which people have worked for a while: answers, a second look, an appeal."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from moderation.events import Scored
from moderation.review import answering, appeals, claims, content
from moderation.review.tables import Account, DecisionRow, Item, Task
from tests.browser.running import RunningDesk

_ANSWERS = 9


def work(running: RunningDesk, records: Iterable[Scored]) -> None:
    """Two reviewers answer the most urgent items in turn, and an author appeals."""
    desk = running.desk
    people = [running.account("reviewer", login=login) for login in ("ana", "ben")]
    began = desk.now() - timedelta(minutes=20)
    for number in range(_ANSWERS):
        _answer(running, people[number % 2], began + timedelta(minutes=2 * number))
    with desk.database.session() as session:
        restricted = select(DecisionRow).where(DecisionRow.action == "restrict", DecisionRow.current)
        row = session.scalars(restricted.order_by(DecisionRow.decision_id)).first()
        assert row is not None
        said = "It was a line from a song that we all know. Nobody was meant by it."
        post = next(record.post for record in records if record.post.post_id == row.post_id)
        filing = appeals.Filing(decision_id=row.decision_id, statement=said, post=post)
        appeals.file(session, filing, "token:1", desk.rules, now=desk.now())


def _answer(running: RunningDesk, account: Account, at: datetime) -> None:
    desk = running.desk
    with desk.database.session() as session:
        task = claims.claim(session, account, desk.rules, now=at)
        if task is None:
            return
        row = session.get_one(Item, task.head)
        item = content.unseal(session, row)
        assert item is not None
        harmful = max(item.signals.values(), default=0.0) >= 0.9
        reasons = answering.allowed_reasons(item)[:1] if harmful else ()
        action = "remove" if harmful else "allow"
        took = timedelta(seconds=20 + 7 * (task.task_id % 5))
        to = answering.seen(row)
        answering.submit(session, task, account, action, reasons, None, desk.rules, to=to, now=at + took)


def claimed_by(running: RunningDesk, account: Account) -> Task:
    """The next task of a person, claimed."""
    with running.desk.database.session() as session:
        task = claims.claim(session, account, running.desk.rules, now=running.desk.now())
        assert task is not None
        return task
