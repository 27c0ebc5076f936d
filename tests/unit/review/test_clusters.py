"""Near-duplicates: one task, one answer, and for a time the same answer for those that come later."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from moderation.events import Media
from moderation.review import answering, claims, clusters, intake, queue
from moderation.review.database import Database
from moderation.review.rules import DeskRules, parse
from moderation.review.tables import Answer, AuditEntry, Fingerprint, Item, Outgoing, Task
from tests.unit.review.arriving import RULES, decision_of, item_of, made_post
from tests.unit.review.rows import NOW, account, ago

SPAM = "Earn 500 euros a day from home, no experience needed. Write to Kim on the messenger, today only!"
PICTURE = Media(media_id="m", kind="image", url="https://media.example/1.jpg")
HOUR = timedelta(hours=1)
ONCE = parse("quality: {second: {share: 0}, gold: {share: 0}}\nduplicates: {inherit_for: 24h}", "desk.yaml")


def arrive(database: Database, number: int, text: str = SPAM, rules: DeskRules = RULES, **fields: Any) -> str:
    now = fields.pop("now", NOW)
    item = item_of(made_post(str(number), text), **fields)
    with database.session() as session:
        intake.review_item(session, item, rules, now=now)
    return item.review_id


def sizes(database: Database) -> list[int]:
    with database.session() as session:
        return sorted(session.scalars(select(Task.size).where(Task.status != "closed")))


def answered(database: Database, rules: DeskRules = ONCE) -> None:
    with database.session() as session:
        kim = session.merge(account(1))
        task = claims.claim(session, kim, rules, now=NOW)
        assert task is not None
        to = answering.seen(session.get_one(Item, task.head))
        answering.submit(session, task, kim, "remove", ["hate"], None, rules, to=to, now=NOW)


def test_near_duplicates_are_one_task(database: Database) -> None:
    arrive(database, 1)
    arrive(database, 2, SPAM.replace("500", "501"))
    arrive(database, 3, SPAM.upper())
    arrive(database, 4, "")
    assert sizes(database) == [1, 3]


def test_the_most_urgent_stands_for_all_and_the_oldest_says_how_long_they_wait(database: Database) -> None:
    arrive(database, 1, posted_at=ago(hours=3), due_at=NOW + 2 * HOUR)
    urgent = arrive(database, 2, posted_at=ago(hours=1), priority={"rule": 9.0}, due_at=NOW + HOUR)
    arrive(database, 3, posted_at=ago(hours=2), due_at=NOW + 3 * HOUR)
    with database.session() as session:
        task = session.scalars(select(Task)).one()
        assert (task.size, task.head) == (3, urgent)
        assert (task.opened_at, task.due_at) == (ago(hours=3), NOW + HOUR)
        assert task.terms["copies"]["why"] == "3 near-duplicates, one answer"


def test_one_answer_decides_the_cluster(database: Database) -> None:
    ids = [arrive(database, number) for number in (1, 2, 3)]
    answered(database)
    with database.session() as session:
        rows = session.scalars(select(Item)).all()
        assert {row.review_id: row.status for row in rows} == dict.fromkeys(ids, "decided")
        assert session.scalar(select(func.count()).select_from(Outgoing)) == 3


@pytest.mark.parametrize("differing", [{"queue": "hate"}, {"reasons": ["threat"]}])
def test_the_same_text_that_asks_something_else_is_another_task(
    database: Database, differing: dict[str, Any]
) -> None:  # fmt: skip
    arrive(database, 1)
    arrive(database, 2, **differing)
    assert sizes(database) == [1, 1]


def test_what_asks_something_else_while_it_is_worked_on_is_found_by_that(database: Database) -> None:
    post = made_post("1", SPAM, media=(PICTURE,))
    with database.session() as session:
        intake.review_item(session, item_of(post, ["text"]), RULES, now=NOW)
        assert claims.claim(session, session.merge(account(1)), RULES, now=NOW) is not None
    with database.session() as session:
        for each in (post, made_post("2", SPAM, media=(PICTURE,))):
            intake.review_item(session, item_of(each, reasons=["threat"]), RULES, now=NOW)
    assert sizes(database) == [2]


def test_posts_of_a_random_audit_stand_for_themselves(database: Database) -> None:
    for number in (1, 2):
        arrive(database, number, sampled=0.001)
    assert sizes(database) == [1, 1]


def test_an_item_that_is_taken_back_leaves_its_cluster(database: Database) -> None:
    first = arrive(database, 1, priority={"rule": 9.0}, posted_at=ago(hours=3))
    arrive(database, 2, posted_at=ago(hours=2))
    third = arrive(database, 3, priority={"rule": 2.0}, posted_at=ago(hours=1))
    with database.session() as session:
        assert session.scalars(select(Task.head)).one() == first
        intake.decision(session, decision_of(made_post("1"), "withdrawn"), NOW, RULES, now=NOW)
    with database.session() as session:
        task = session.scalars(select(Task)).one()
        assert (task.size, task.head, task.opened_at) == (2, third, ago(hours=2))
    arrive(database, 4)
    assert sizes(database) == [3]


def test_a_hidden_item_joins_when_it_shows(database: Database) -> None:
    arrive(database, 1, visible_from=NOW + HOUR)
    arrive(database, 2)
    assert sizes(database) == [1, 1]
    with database.session() as session:
        queue.reveal(session, RULES, now=NOW + HOUR)
    assert sizes(database) == [2]


def test_who_comes_later_is_answered_alike_for_a_time(database: Database) -> None:
    arrive(database, 1, rules=ONCE)
    answered(database)
    later = arrive(database, 2, SPAM.lower(), rules=ONCE, now=NOW + 23 * HOUR)
    too_late = arrive(database, 3, rules=ONCE, now=NOW + 25 * HOUR)
    with database.session() as session:
        assert session.get_one(Item, later).status == "decided"
        assert session.get_one(Item, later).answer_id == session.scalars(select(Answer.answer_id)).one()
        assert session.get_one(Item, too_late).status == "open"
        assert session.scalar(select(func.count()).select_from(Outgoing)) == 2
        assert "item.inherited" in session.scalars(select(AuditEntry.did)).all()


def test_an_answer_is_not_inherited_for_a_reason_it_was_not_about(database: Database) -> None:
    arrive(database, 1, rules=ONCE)
    answered(database)
    arrive(database, 2, rules=ONCE, reasons=["hate", "threat"])
    arrive(database, 3, rules=ONCE, queue="urgent")
    arrive(database, 4, rules=ONCE, sampled=0.001)
    assert sizes(database) == [1, 1, 1, 1]


def test_nothing_is_inherited_where_the_rules_say_so(database: Database) -> None:
    never = parse("quality: {second: {share: 0}}\nduplicates: {inherit_for: null}", "desk.yaml")
    arrive(database, 1, rules=never)
    answered(database, never)
    arrive(database, 2, rules=never)
    assert sizes(database) == [1, 1]


def test_what_was_answered_on_near_duplicates_is_found_however_long_ago(database: Database) -> None:
    arrive(database, 1, rules=ONCE)
    answered(database)
    with database.session() as session:
        item = item_of(made_post("2", SPAM))
        assert [answer.action for answer in clusters.answered_alike(session, item, RULES.duplicates)] == ["remove"]
        other = item_of(made_post("3"))
        assert clusters.answered_alike(session, other, RULES.duplicates) == []


def test_what_was_answered_is_not_searched_for_ever(database: Database) -> None:
    rules = parse("quality: {second: {share: 0}}\nduplicates: {inherit_for: null}", "desk.yaml")
    for number in range(1, 4):
        arrive(database, number, rules=rules)
        answered(database, rules)
    arrive(database, 4, rules=rules)
    with database.session() as session:
        assert len(set(session.scalars(select(Fingerprint.review_id)))) == 1
