"""What is past its time goes, and nothing else; the audit never."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from moderation.events import Post
from moderation.review import appeals, audit, content, intake, queue, retention
from moderation.review.appeals import Filing
from moderation.review.database import Database
from moderation.review.quality import adjudication, claiming
from moderation.review.retention import Retention
from moderation.review.rules import DeskRules
from moderation.review.tables import (
    Account,
    Answer,
    Appeal,
    AuthorKey,
    DecisionRow,
    Exposure,
    Inheritance,
    Invitation,
    Item,
    Outgoing,
    Task,
    TaskExclusion,
    Viewing,
)
from tests.unit.review import rows
from tests.unit.review.accounted import NOW, account, answered, decided, item
from tests.unit.review.arriving import item_of, made_post

RULES = Retention()
LONG_AGO = NOW - timedelta(days=1000)
LATELY = NOW - timedelta(days=1)


def apply(database: Database, rules: Retention = RULES) -> dict[str, int]:
    with database.session() as session:
        return retention.apply(session, rules, now=NOW).counts


def count(database: Database, table: Any) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def appeal(on: Item, outcome: str | None, statement: bytes | None = b"sealed") -> Appeal:
    return Appeal(
        appeal_id=f"appeal-{on.review_id}", decision_id=on.decision_id, post_id=on.post_id, author_id=on.author_id,
        review_id=on.review_id, action="remove", reasons=[], statement=statement, filed_by="token:1", filed_at=LONG_AGO,
        task_id=on.task_id, outcome=outcome, decided_at=LONG_AGO if outcome else None,
    )  # fmt: skip


def test_content_goes_when_its_time_is_over_and_its_item_is_done(database: Database) -> None:
    past = NOW - RULES.content - timedelta(seconds=1)
    with database.session() as session:
        account(session)
        for name, status, at in (
            ("old", "decided", past), ("taken-back", "closed", past), ("new", "decided", NOW - RULES.content),
            ("waiting", "open", past), ("gold", "gold", past),
        ):  # fmt: skip
            answered(session, item(session, name, status, at), at=LATELY)
        session.add(appeal(item(session, "appealed", "decided", past), None))
    assert apply(database) == {"content": 2}
    with database.session() as session:
        left = session.scalars(select(Item.review_id).where(Item.content.is_not(None)).order_by(Item.review_id)).all()
    assert left == ["review-appealed", "review-gold", "review-new", "review-waiting"]
    assert count(database, Item) == 6


def test_a_key_goes_with_the_last_thing_under_it_and_an_erased_author_stays_known(database: Database) -> None:
    with database.session() as session:
        account(session)
        old = item(session, "1", at=NOW - timedelta(days=300))
        answered(session, old, at=LATELY)
        answered(session, item(session, "2", at=LATELY), at=LATELY)
        session.add(AuthorKey(author="author:bob", key=None, shredded_at=LONG_AGO))
    apply(database)
    with database.session() as session:
        assert content.unseal(session, session.get_one(Item, "review-2")) is not None
        session.get_one(Item, "review-2").received_at = NOW - timedelta(days=300)
    apply(database)
    with database.session() as session:
        assert [key.author for key in session.scalars(select(AuthorKey))] == ["author:bob"]


def test_a_key_stays_under_which_a_new_item_is_being_written(database: Database) -> None:
    with database.session() as session:
        account(session)
        answered(session, item(session, "1", at=NOW - timedelta(days=300)), at=LATELY)
    new = item_of(made_post("2").model_copy(update={"author_id": "ann"}))
    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            intake.review_items(session, [new], DeskRules(), now=NOW)
            applied = pool.submit(apply, database)
            wait([applied], timeout=0.5)  # as long as it may take where it does not wait
        assert applied.result() == {"content": 1}
    with database.session() as session:
        assert content.unseal(session, session.get_one(Item, new.review_id)) is not None


def test_a_key_stays_under_which_an_appeal_is_being_filed(database: Database) -> None:
    with database.session() as session:
        account(session)
        answered(session, item(session, "1", at=NOW - timedelta(days=300)), at=LATELY)
        decided(session, "2")
    filing = Filing(decision_id="decision-2", statement="why", post=Post(post_id="post-2", author_id="ann", text="so"))
    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            filed, _ = appeals.file(session, filing, "token:1", DeskRules(), now=NOW)
            applied = pool.submit(apply, database)
            wait([applied], timeout=0.5)  # as long as it may take where it does not wait
        assert applied.result() == {"content": 1}
    with database.session() as session:
        assert appeals.statement_of(session, filed) == "why"
        assert content.unseal(session, session.get_one(Item, filed.review_id)) is not None


def test_rows_go_from_the_leaves_to_the_root(database: Database) -> None:
    with database.session() as session:
        account(session)
        old = item(session, "old", at=LONG_AGO)
        given = answered(session, old, at=LONG_AGO)
        session.add(Exposure(account_id=1, task_id=old.task_id, weight=1.0, at=LONG_AGO))
        session.add(TaskExclusion(task_id=old.task_id, account_id=1, why="skipped"))
        session.add(appeal(old, "upheld"))
        session.add(
            Inheritance(answer_id=given.answer_id, kind="text", place=0, band="b", digest="d", ends_at=LONG_AGO)
        )
        session.add(Viewing(account_id=1, review_id="review-old", what="item", at=LONG_AGO))
        decided(session, "old", at=LONG_AGO)
        answered(session, item(session, "new", at=LATELY), at=LATELY)
        decided(session, "new", at=LATELY)
    removed = apply(database)
    assert removed == {
        "content": 1, "statements": 1, "inheritances": 1, "viewings": 1, "exposures": 1, "exclusions": 1,
        "decisions": 1, "appeals": 1, "answers": 1, "items": 1, "tasks": 1,
    }  # fmt: skip
    assert [count(database, table) for table in (Item, Task, Answer, DecisionRow)] == [1, 1, 1, 1]
    assert [count(database, table) for table in (Appeal, Exposure, TaskExclusion, Viewing, Inheritance)] == [0] * 5


def test_what_somebody_still_refers_to_waits(database: Database) -> None:
    with database.session() as session:
        account(session)
        old = item(session, "old", at=LONG_AGO)
        answered(session, old, at=LONG_AGO)
        session.add(appeal(old, None))  # open all this time
        second = Task(
            kind="second", status="open", queue="hate", head=old.review_id, modality="text", rank=0.0, terms={},
            opened_at=LONG_AGO, parent_id=old.task_id,
        )  # fmt: skip
        session.add(second)
    assert apply(database) == {}
    with database.session() as session:
        session.execute(update(Task).where(Task.kind == "second").values(status="done"))
    assert apply(database) == {"answers": 1, "tasks": 1}
    assert [count(database, table) for table in (Item, Task, Appeal)] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["second", "adjudication"])
def test_a_second_look_that_nobody_took_for_years_is_closed_and_then_goes(database: Database, kind: str) -> None:
    rules = DeskRules.model_validate({"quality": {"adjudicators": "anyone", "gold": {"share": 0.0}}})
    with database.session() as session:
        account(session)
        old = item(session, "old", at=LONG_AGO)
        answered(session, old, at=LONG_AGO)
        parent = old.task_id
        kinds = ["second", "adjudication"]
        for name in kinds[: kinds.index(kind) + 1]:
            task = Task(
                kind=name, status="open" if name == kind else "done", queue="hate", head=old.review_id,
                modality="text", rank=0.0, terms={}, opened_at=LONG_AGO, parent_id=parent,
            )  # fmt: skip
            session.add(task)
            session.flush()
            if name != kind:
                session.add(rows.answer(99, task_id=task.task_id, review_id=old.review_id, answered_at=LONG_AGO))
            parent = task.task_id
    assert apply(database) == {"content": 1}
    with database.session() as session:
        assert len(adjudication.waiting(session)) == (kind == "adjudication")
        assert queue.rerank(session, rules) is None
        assert claiming.next_task(session, session.get_one(Account, 1), rules, now=NOW) is None
        assert session.get_one(Task, parent).status == "closed"
    while apply(database):
        pass
    assert [count(database, table) for table in (Item, Task, Answer)] == [0, 0, 0]


def test_links_that_have_ended_and_what_kafka_has(database: Database) -> None:
    with database.session() as session:
        account(session)
        for digest, ends_at in (("old", LATELY), ("new", NOW + timedelta(hours=1))):
            session.add(Invitation(digest=digest, account_id=1, made_at=LONG_AGO, ends_at=ends_at))
        for sent_at in (LONG_AGO, LATELY, None):
            session.add(Outgoing(topic="verdicts", key="p", partition=0, value=b"v", made_at=LONG_AGO, sent_at=sent_at))
    assert apply(database) == {"outbox": 1, "invitations": 1}
    assert [count(database, table) for table in (Invitation, Outgoing)] == [1, 2]


def test_one_call_does_a_part_and_says_that_there_is_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    with database.session() as session:
        for number in range(5):
            decided(session, str(number), at=LONG_AGO)
    with database.session() as session:
        assert retention.apply(session, RULES, now=NOW) == retention.Removed({"decisions": 3}, more=True)
    with database.session() as session:
        assert retention.apply(session, RULES, now=NOW) == retention.Removed({"decisions": 2}, more=False)
    assert apply(database) == {}


def test_the_audit_says_what_went_and_is_never_cut(database: Database) -> None:
    with database.session() as session:
        audit.note(session, "account:1", "item.viewed", "item:1", now=LONG_AGO)
        decided(session, "1", at=LONG_AGO)
    apply(database)
    apply(database)
    with database.session() as session:
        assert audit.head(session).number == 2
        assert audit.verify(session) == []
