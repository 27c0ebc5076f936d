"""What an answer leads to: verdicts in the outbox, once, and nothing where it is not the person's to give."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.errors import (
    AlreadyDone,
    DatabaseUnavailable,
    ItemChanged,
    LeaseExpired,
    NoSuchItem,
    NotYours,
    ReviewError,
)
from moderation.events import Decision
from moderation.review import answering, intake, queue
from moderation.review.database import Database
from moderation.review.tables import (
    Answer,
    AuditEntry,
    AuthorKey,
    Exposure,
    Fingerprint,
    Inheritance,
    Item,
    Outgoing,
)
from tests.unit.review.quality.waiting import (
    ONCE,
    answered,
    claimed,
    kept,
    looked_at_twice,
    people,
    seen,
    sent,
    the_task,
)
from tests.unit.review.rows import NOW


def test_an_answer_sends_a_verdict_for_each_item_of_the_cluster_on_the_partition_of_its_post(
    database: Database,
) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        answer = answered(session, claimed(session, kim, 1, 2, 3), kim, "remove", ONCE)

    with database.session() as session:
        verdicts = sent(session)
        assert [verdict.post_id for verdict in verdicts] == ["post-1", "post-2", "post-3"]
        assert session.scalars(select(Outgoing.partition).order_by(Outgoing.number)).all() == [1, 2, 3]
        assert [verdict.source and verdict.source.partition for verdict in verdicts] == [1, 2, 3]
        assert {verdict.action for verdict in verdicts} == {"remove"}
        assert {verdict.reviewer for verdict in verdicts} == {"account:1000"}
        assert len({verdict.verdict_id for verdict in verdicts}) == 3
        items = session.scalars(select(Item).order_by(Item.review_id)).all()
        assert [(item.status, item.verdict_id, item.answer_id) for item in items] == [
            ("decided", verdict.verdict_id, answer.answer_id) for verdict in verdicts
        ]
        assert answer.verdict_id == verdicts[0].verdict_id
        assert session.scalars(select(AuditEntry.did)).all() == ["task.answered"]


def test_the_same_answer_sent_twice_is_one_answer(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        first = answered(session, task, kim, "remove", ONCE)
    with database.session() as session:
        again = answered(session, task, kim, "remove", ONCE)
        assert again.answer_id == first.answer_id
        assert len(sent(session)) == 1
        assert session.scalar(select(func.count()).select_from(Exposure)) == 1


def test_a_double_click_on_two_connections_is_one_answer(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
    together, found = threading.Barrier(2), []

    def click() -> None:
        together.wait()
        with database.session() as session:
            found.append(answered(session, task, kim, "remove", ONCE).answer_id)

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    with database.session() as session:
        assert len(found) == 2
        assert len(set(found)) == 1
        assert len(sent(session)) == 1


def test_another_answer_to_what_is_answered_is_refused(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        task = claimed(session, kim, 1)
        answered(session, task, kim, "remove", ONCE)
        with pytest.raises(AlreadyDone, match="by you: go on"):
            answered(session, task, kim, "allow", ONCE)
        with pytest.raises(AlreadyDone, match="by somebody else"):
            answered(session, task, lee, "remove", ONCE)
        task.status = "closed"
        session.flush()
        with pytest.raises(AlreadyDone, match="taken this item back"):
            answered(session, task, kim, "allow", ONCE)


def test_only_who_holds_the_task_may_answer_it_and_only_in_time(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        task = claimed(session, kim, 1)
        with pytest.raises(NotYours):
            answered(session, task, lee, "remove", ONCE)
        late = NOW + timedelta(minutes=14)
        with pytest.raises(LeaseExpired):
            answering.submit(session, task, kim, "remove", ["hate"], None, ONCE, to=seen(session, task), now=late)
        task.status, task.account_id = "open", None
        session.flush()
        with pytest.raises(LeaseExpired, match="back to its queue"):
            answered(session, task, kim, "remove", ONCE)
        assert sent(session) == []


@pytest.mark.parametrize(
    ("action", "reasons", "said"),
    [
        ("remove", ["hat"], "'hat' is no reason that the policy knows: did you mean 'hate'?"),
        ("remove", ["scam"], "'scam' is no reason"),
        ("remove", [], "to remove a post takes a reason: choose one at least"),
        ("allow", ["hate"], "what is allowed needs no reason"),
        ("review", ["hate"], "'review' is no answer: choose one of allow, label, restrict, remove"),
        ("hold", ["hate"], "'hold' is no answer"),
    ],
)
def test_an_answer_that_is_none_says_what_would_be(
    database: Database, action: str, reasons: list[str], said: str
) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        with pytest.raises(ReviewError) as refused:
            answering.submit(session, task, kim, action, reasons, None, ONCE, to=seen(session, task), now=NOW)
        assert str(refused.value).startswith(said)
        assert session.scalar(select(func.count()).select_from(Answer)) == 0


def test_reasons_that_the_policy_declares_are_reasons(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        answering.submit(
            session,
            task,
            kim,
            "remove",
            ["scam"],
            " it is \n",
            ONCE,
            own_reasons=("scam",),
            to=seen(session, task),
            now=NOW,
        )
        (verdict,) = sent(session)
        assert (verdict.reasons, verdict.note) == (("scam",), "it is")


def test_what_an_answer_took_and_weighed_is_kept(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, severity=0.5, modality="image")
        assert answered(session, task, kim, "remove", ONCE).seconds == 60.0
        assert session.scalars(select(Exposure.weight)).all() == [1.5]


def test_an_item_that_was_taken_back_or_decided_meanwhile_gets_no_verdict(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, 2)
        session.get_one(Item, "review-2").status = "closed"
        session.flush()
        answered(session, task, kim, "remove", ONCE)
        assert [verdict.post_id for verdict in sent(session)] == ["post-1"]


def test_an_answer_is_to_the_item_that_was_seen_though_another_stands_for_the_cluster_by_now(
    database: Database,
) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, severity=0.5)
        session.get_one(Item, "review-1").severity = 0.5
        to = seen(session, task)
        session.add(Fingerprint(review_id="review-1", kind="text", place=0, band="ab", digest="abcd"))
        session.add(urgent := kept(session, 2, weight=9.0, severity=1.0, modality="video"))
        session.flush()
        queue.join(session, task, urgent, ONCE)
        assert task.head == "review-2"
        answer = answered(session, task, kim, "remove", ONCE, to=to)
        assert answer.review_id == "review-1"
        assert [verdict.review_id for verdict in sent(session)] == ["review-1", "review-2"]
        assert answer.verdict_id == session.get_one(Item, "review-1").verdict_id
        assert session.scalars(select(Inheritance.digest)).all() == ["abcd"]
        assert session.scalars(select(Exposure.weight)).all() == [0.5]  # of what was seen, a text
    with database.session() as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.details["review_id"], entry.details["items"]) == ("review-1", 2)


def test_a_second_look_is_at_the_item_that_the_first_one_saw(database: Database) -> None:
    twice = looked_at_twice(first_counts=False)
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        to = seen(session, task)
        session.add(urgent := kept(session, 2, weight=9.0))
        session.flush()
        queue.join(session, task, urgent, twice)
        answered(session, task, kim, "remove", twice, to=to)
        again = the_task(session, "second")
        assert (again.head, again.size) == ("review-1", 2)


@pytest.mark.parametrize("change", [{"digest": "another"}, {"decision_id": "later"}, {"revision": 1}])
def test_an_answer_to_what_has_changed_since_is_refused_and_changes_nothing(
    database: Database, change: dict[str, object]
) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        to = seen(session, task)
        for column, value in change.items():
            setattr(session.get_one(Item, "review-1"), column, value)
        session.flush()
        with pytest.raises(ItemChanged, match="more is known of this item than when you opened it"):
            answered(session, task, kim, "remove", ONCE, to=to)
        assert (task.status, sent(session)) == ("claimed", [])
        answered(session, task, kim, "remove", ONCE)
        assert len(sent(session)) == 1


def test_an_answer_to_what_was_taken_back_is_none_to_its_near_duplicate(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, 2)
        to = seen(session, task)
        gone = session.get_one(Item, "review-1")
        gone.status = "closed"
        queue.leave(session, gone, ONCE)
        assert task.head == "review-2"
        for stale in (to, answering.Seen("", ""), answering.seen(kept(session, 7))):
            with pytest.raises(ItemChanged, match="does not wait here any more"):
                answered(session, task, kim, "remove", ONCE, to=stale)
        assert sent(session) == []


def test_versions_do_not_tell_items_whose_answer_is_known(database: Database) -> None:
    with database.session() as session:
        versions = [answering.seen(kept(session, 1, digest=digest)).version for digest in ("", "ab" * 32)]
        assert [len(version) for version in versions] == [32, 32]


def test_content_that_was_erased_cannot_be_answered(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        session.get_one(AuthorKey, "author:author-1").key = None
        with pytest.raises(NoSuchItem, match="erased"):
            answered(session, task, kim, "remove", ONCE)


def test_later_near_duplicates_inherit_the_answer_for_a_time(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1)
        session.add(Fingerprint(review_id="review-1", kind="text", place=0, band="ab", digest="abcd"))
        session.flush()
        answer = answered(session, task, kim, "remove", ONCE)
        (row,) = session.scalars(select(Inheritance))
        assert (row.answer_id, row.band, row.ends_at) == (answer.answer_id, "ab", NOW + timedelta(hours=24))

        session.add(later := kept(session, 7))
        session.flush()
        answering.inherit(session, later, answer, "moderation.posts", now=NOW + timedelta(hours=1))
        assert (later.status, later.answer_id) == ("decided", answer.answer_id)
        first, second = sent(session)
        assert (second.post_id, second.action, second.reasons) == ("post-7", "remove", ("hate",))
        assert (second.verdict_id, second.source and second.source.partition) == (later.verdict_id, 3)
        assert first.verdict_id != second.verdict_id


def test_a_verdict_names_the_decision_that_the_reviewer_saw(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        answer = answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        item = session.get_one(Item, "review-1")
        answering.inherit(session, item, answer, "moderation.posts", now=NOW)
        first, second = sent(session)
        assert first.decision_id == "decision-1"
        assert second.decision_id == ids.human_decision_id("post-1", first.verdict_id)


@pytest.mark.parametrize("turn", range(4))
def test_an_answer_and_a_decision_that_takes_its_items_back_at_once_never_both_count(
    database: Database, turn: int
) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, 2)
    gone = [
        Decision(decision_id=f"gone-{number}", post_id=f"post-{number}", stage="final", action="withdrawn")
        for number in ((2, 1) if turn % 2 else (1, 2))
    ]
    together, outcome = threading.Barrier(2), dict[str, object]()

    def answer() -> None:
        together.wait()
        try:
            outcome["answer"] = _again(database, lambda session: answered(session, task, kim, "remove", ONCE))
        except AlreadyDone as refused:
            outcome["answer"] = refused

    def withdraw() -> None:
        together.wait()
        outcome["gone"] = _again(
            database, lambda session: [intake.decision(session, one, NOW, ONCE, now=NOW) for one in gone]
        )

    threads = [threading.Thread(target=answer), threading.Thread(target=withdraw)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(outcome) == {"answer", "gone"}
    with database.session() as session:
        told = {verdict.review_id for verdict in sent(session)}
        items = session.scalars(select(Item)).all()
        assert all((item.review_id in told) == (item.status == "decided") for item in items)
        assert isinstance(outcome["answer"], Answer if told else AlreadyDone)
        assert len(told) in (0, 2)


def _again(database: Database, act: Callable[[Session], object]) -> object:
    """Do it in a transaction, and again where the database gave up on it: as the desk's callers do."""
    while True:
        try:
            with database.session() as session:
                return act(session)
        except DatabaseUnavailable:
            continue
