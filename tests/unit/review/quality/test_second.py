"""Blind second looks, and what a third person decides."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation.review import answering, indicators, intake
from moderation.review.database import Database
from moderation.review.quality import adjudication, second
from moderation.review.quality.rules import Quality, SecondLook
from moderation.review.rules import DeskRules
from moderation.review.tables import Answer, Fingerprint, Inheritance, Item, Task, TaskExclusion
from tests.unit.review.arriving import item_of, made_post
from tests.unit.review.quality.waiting import (
    ONCE,
    answered,
    claimed,
    hold,
    kept,
    looked_at_twice,
    people,
    sent,
    the_task,
)
from tests.unit.review.rows import NOW

FIRST_COUNTS, BOTH_COUNT = looked_at_twice(), looked_at_twice(first_counts=False)


def excluded(database_task: Task) -> object:
    """Who may not have a task."""
    return select(TaskExclusion.account_id).where(TaskExclusion.task_id == database_task.task_id)


def test_a_share_of_the_answers_is_looked_at_twice_and_nobody_can_draw_again() -> None:
    drawn = [second.is_drawn(f"review-{number}", SecondLook(share=0.2)) for number in range(5_000)]
    assert 0.18 < sum(drawn) / len(drawn) < 0.22
    assert drawn == [second.is_drawn(f"review-{number}", SecondLook(share=0.2)) for number in range(5_000)]
    assert not any(second.is_drawn(f"review-{number}", SecondLook(share=0.0)) for number in range(100))


def test_without_a_second_look_an_answer_leaves_no_task(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        assert session.scalars(select(Task.kind)).all() == ["review"]


def test_the_second_look_is_another_persons_and_looks_like_the_first(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = claimed(session, kim, 1, 2)
        answered(session, task, kim, "remove", FIRST_COUNTS)
        again = the_task(session, "second")
        assert (again.status, again.parent_id, again.account_id) == ("open", task.task_id, None)
        for name in ("queue", "head", "size", "language", "modality", "severity", "rank", "terms", "opened_at"):
            assert getattr(again, name) == getattr(task, name)
        assert session.scalars(excluded(again)).all() == [kim.account_id]  # type: ignore[call-overload]


def test_the_first_answer_counts_at_once_and_stands_if_it_is_confirmed(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        answered(session, claimed(session, kim, 1), kim, "remove", FIRST_COUNTS)
        assert [verdict.action for verdict in sent(session)] == ["remove"]
        answer = answered(session, hold(session, the_task(session, "second"), lee), lee, "remove", FIRST_COUNTS)
        assert answer.verdict_id is None
        assert len(sent(session)) == 1
        assert adjudication.waiting(session) == []


def test_a_third_person_revises_what_stood_for_every_item_that_follows_it(database: Database) -> None:
    with database.session() as session:
        kim, lee, max_ = people(session, "kim", "lee", "lead")
        task = claimed(session, kim, 1, 2)
        session.add(Fingerprint(review_id="review-1", kind="text", place=0, band="ab", digest="abcd"))
        session.flush()
        first = answered(session, task, kim, "remove", FIRST_COUNTS)
        session.add(kept(session, 7, status="decided", verdict_id="inherited", answer_id=first.answer_id))
        session.flush()
        other = answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", FIRST_COUNTS)

        (dispute,) = adjudication.waiting(session)
        assert (dispute.first.answer_id, dispute.second.answer_id) == (first.answer_id, other.answer_id)
        assert set(session.scalars(excluded(dispute.task))) == {kim.account_id, lee.account_id}  # type: ignore[call-overload]

        third = answered(session, hold(session, dispute.task, max_), max_, "label", FIRST_COUNTS)
        assert [(verdict.post_id, verdict.action) for verdict in sent(session)[2:]] == [
            ("post-1", "label"),
            ("post-2", "label"),
            ("post-7", "label"),
        ]
        assert set(session.scalars(select(Item.answer_id))) == {third.answer_id}
        assert session.scalars(select(Inheritance.answer_id)).all() == [third.answer_id]
        assert adjudication.waiting(session) == []


def test_a_third_person_who_agrees_with_what_stood_changes_nothing(database: Database) -> None:
    with database.session() as session:
        kim, lee, max_ = people(session, "kim", "lee", "lead")
        answered(session, claimed(session, kim, 1), kim, "remove", FIRST_COUNTS)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", FIRST_COUNTS)
        answered(session, hold(session, the_task(session, "adjudication"), max_), max_, "remove", FIRST_COUNTS)
        assert len(sent(session)) == 1


@pytest.mark.parametrize(("third", "by"), [("remove", "lead"), ("allow", "lead"), ("label", "lead")])
def test_where_both_count_nothing_is_sent_until_a_third_has_decided(database: Database, third: str, by: str) -> None:
    with database.session() as session:
        kim, lee, max_ = people(session, "kim", "lee", by)
        answered(session, claimed(session, kim, 1, 2), kim, "remove", BOTH_COUNT)
        again = the_task(session, "second")
        assert sent(session) == []
        assert set(session.execute(select(Item.status, Item.task_id))) == {("open", again.task_id)}

        answered(session, hold(session, again, lee), lee, "allow", BOTH_COUNT)
        last = the_task(session, "adjudication")
        assert sent(session) == []
        assert set(session.execute(select(Item.status, Item.task_id))) == {("open", last.task_id)}

        answer = answered(session, hold(session, last, max_), max_, third, BOTH_COUNT)
        assert [verdict.action for verdict in sent(session)] == [third, third]
        assert set(session.execute(select(Item.status, Item.answer_id))) == {("decided", answer.answer_id)}


def test_where_both_count_two_that_agree_send_the_first_answer(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        first = answered(session, claimed(session, kim, 1), kim, "remove", BOTH_COUNT)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "remove", BOTH_COUNT)
        (verdict,) = sent(session)
        assert (verdict.reviewer, verdict.verdict_id) == ("account:1000", first.verdict_id)


def test_an_item_taken_back_while_it_is_disputed_gets_no_verdict(database: Database) -> None:
    with database.session() as session:
        kim, lee, max_ = people(session, "kim", "lee", "lead")
        answered(session, claimed(session, kim, 1), kim, "remove", BOTH_COUNT)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", BOTH_COUNT)
        session.get_one(Item, "review-1").status = "closed"
        answered(session, hold(session, the_task(session, "adjudication"), max_), max_, "allow", BOTH_COUNT)
        assert sent(session) == []


answers = st.builds(
    Answer,
    action=st.sampled_from(["allow", "label", "remove"]),
    reasons=st.lists(st.sampled_from(["hate", "threat"]), unique=True),
)


@given(answers, answers)
def test_reasons_matter_only_where_the_rules_say_so(one: Answer, other: Answer) -> None:
    alike = one.action == other.action
    assert second.agree(one, other, SecondLook()) is alike
    expected = alike and set(one.reasons) == set(other.reasons)
    assert second.agree(one, other, SecondLook(reasons_matter=True)) is expected


def test_a_queue_may_have_checks_of_its_own() -> None:
    quality = Quality.model_validate({"second": {"share": 0.1}, "queues": {"hate": {"second": {"share": 0.5}}}})
    assert quality.second_in("hate").share == 0.5
    assert quality.second_in("spam").share == 0.1
    assert quality.gold_in("hate") == quality.gold


def test_what_arrives_while_a_third_person_revises_an_answer_inherits_theirs(database: Database) -> None:
    rules = DeskRules.model_validate({**FIRST_COUNTS.model_dump(), "duplicates": {"inherit_for": "24h"}})
    posts = [made_post(str(number), "They are vermin, all of them, whoever says what.") for number in (1, 2)]
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        intake.review_item(session, item_of(posts[0]), rules, now=NOW)
        answered(session, hold(session, the_task(session, "review"), kim), kim, "remove", rules)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", rules)
        third = hold(session, the_task(session, "adjudication"), lead)

    def arrive() -> None:
        with database.session() as session:
            intake.review_item(session, item_of(posts[1]), rules, now=NOW)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            answered(session, third, lead, "label", rules)
            arrived = pool.submit(arrive)
            wait([arrived], timeout=0.5)  # as long as it may take where it does not wait
        arrived.result()
    with database.session() as session:
        assert [(verdict.post_id, verdict.action) for verdict in sent(session)] == [
            ("post-1", "remove"),
            ("post-1", "label"),
            ("post-2", "label"),
        ]


def test_two_looks_are_compared_also_where_each_was_at_another_item_of_the_cluster(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        answered(session, claimed(session, kim, 1, 2), kim, "remove", BOTH_COUNT)
        to = answering.seen(session.get_one(Item, "review-2"))
        answered(session, hold(session, the_task(session, "second"), lee), lee, "allow", BOTH_COUNT, to=to)
        found = indicators.second(session, NOW, NOW + timedelta(seconds=1))
        assert found is not None
        assert (found.value, found.of) == (0.0, 1)
