from datetime import timedelta

from moderation.review import claims, overview
from moderation.review.database import Database
from moderation.review.rules import parse
from tests.unit.review.rows import NOW, account, ago, answer, item, task

DAY = NOW.replace(hour=0)


def put(database: Database, *rows: object) -> None:
    with database.session() as session:
        for row in rows:  # in this order: answers name tasks and items
            session.add(row)
            session.flush()


def test_a_queue_tells_what_waits_how_long_and_what_is_late(database: Database) -> None:
    put(
        database,
        account(1),
        *(item(number) for number in (1, 2, 3, 4, 5)),
        task(1, queue="hate", due_at=ago(minutes=1)),
        task(2, queue="hate", due_at=NOW + timedelta(minutes=59)),
        task(3, queue="hate", due_at=NOW + timedelta(hours=2)),
        task(4, queue="hate", status="claimed", account_id=1, lease_until=NOW + timedelta(minutes=3)),
        task(5, queue="spam", status="hidden", visible_from=NOW + timedelta(minutes=3)),
        task(6, queue="hate", status="done"),
        answer(1, queue="hate", answered_at=DAY),
        answer(2, queue="hate", answered_at=DAY - timedelta(seconds=1)),
    )
    with database.session() as session:
        found = overview.queues(session, names=["quiet"], answered_since=DAY, now=NOW)
    assert [own.name for own in found] == ["hate", "quiet", "spam"]
    hate, quiet, spam = found
    assert (hate.open, hate.claimed, hate.hidden, hate.due_soon, hate.overdue, hate.answered) == (3, 1, 0, 1, 1, 1)
    assert hate.oldest == ago(minutes=3)
    assert (quiet.open, quiet.oldest) == (0, None)
    assert (spam.open, spam.hidden) == (0, 1)


def test_at_work_is_who_holds_a_task_or_has_answered_a_moment_ago(database: Database) -> None:
    put(
        database,
        *(account(number, name) for number, name in ((1, "kim"), (2, "lou"), (3, "max"), (4, "ana"))),
        *(item(number) for number in (1, 2, 3)),
        task(1),
        task(2),
        task(3),
        task(4, status="claimed", account_id=4, lease_until=NOW + timedelta(minutes=3)),
        answer(1, account_id=1, answered_at=ago(minutes=5), seconds=8.0),
        answer(2, account_id=1, answered_at=ago(minutes=9), seconds=12.0),
        answer(3, account_id=2, answered_at=ago(hours=2)),
    )
    with database.session() as session:
        found = overview.working(session, answered_since=DAY, now=NOW)
    assert [(own.name, len(own.held), own.answered) for own in found] == [("Ana", 1, 0), ("Kim", 0, 2)]
    assert (found[1].seconds, found[1].last_at) == (10.0, ago(minutes=5))


def test_a_queue_is_read_page_by_page_in_the_order_in_which_it_is_worked_off(database: Database) -> None:
    ranks = [3.0, 1.0, 2.0, 2.0, 2.0, 0.5, 4.0]
    kim = account(1)
    put(database, kim, *(task(number, rank=rank) for number, rank in enumerate(ranks, 1)), task(9, queue="other"))
    seen: list[int] = []
    after = None
    with database.session() as session:
        while True:
            found = overview.line(session, "default", gold=True, after=after, size=2)
            seen += [own.task_id for own in found.tasks]
            if (after := found.after) is None:
                break
    assert seen == [7, 1, 5, 4, 3, 2, 6]
    rules = parse("claims: {held: 9}", "desk.yaml")
    with database.session() as session:
        given = [claims.claim(session, kim, rules, queues=["default"], now=NOW) for _ in seen]
        assert [own and own.task_id for own in given] == seen


def test_who_answers_items_does_not_see_which_have_a_known_answer(database: Database) -> None:
    put(database, task(1), task(2, kind="gold"))
    with database.session() as session:
        assert [own.task_id for own in overview.line(session, "default", gold=False).tasks] == [1]
        assert [own.task_id for own in overview.line(session, "default", gold=True).tasks] == [1, 2]
