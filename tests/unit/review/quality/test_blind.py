"""What who answers items finds of tests and of second looks, and what they do not."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from moderation.review import search, surroundings
from moderation.review.database import Database
from moderation.review.quality import blind, exposure, gold, gold_tasks, reading
from moderation.review.quality.rules import KnownAnswers
from moderation.review.rules import DeskRules
from moderation.review.search import AnswerQuery, DecisionQuery, ItemQuery
from moderation.review.tables import Account, Item
from tests.unit.review import rows
from tests.unit.review.quality.waiting import (
    ONCE,
    answered,
    claimed,
    hold,
    kept,
    looked_at_twice,
    people,
    the_task,
)
from tests.unit.review.rows import NOW, ago

SURE = ONCE.model_copy(
    update={"quality": ONCE.quality.model_copy(update={"gold": KnownAnswers.model_construct(share=1.0)})}
)


def given(session: Session, kim: Account, lou: Account, lead: Account) -> Item:
    """Kim removed two posts of one author that look alike; one is a test now, and lou has it in hand."""
    answer = answered(session, claimed(session, kim, 1, 2), kim, "remove", ONCE)
    for number in (1, 2):
        session.get_one(Item, f"review-{number}").author_id = "author-1"
        of_post = {"post_id": f"post-{number}", "author_id": "author-1"}
        by_kim = {"action": "remove", "stage": "human", "verdict_id": f"verdict-{number}", "at": ago(minutes=5)}
        session.add(rows.decision(number, action="review", current=False, at=ago(minutes=9), **of_post))
        session.add(rows.decision(number + 10, **by_kim, **of_post))
    assert answer.answer_id
    copy = gold.make(session, session.get_one(Item, "review-1"), lead, ONCE, now=NOW)
    task = gold_tasks.claim(session, lou, SURE, now=NOW)
    assert task is not None
    assert task.head == copy.review_id
    return session.get_one(Item, copy.review_id)


def test_the_original_is_nowhere_and_the_copy_where_an_item_would_be(database: Database) -> None:
    with database.session() as session:
        kim, lou, sam, lead = people(session, "kim", "lou", "sam", "lead")
        copy = given(session, kim, lou, lead)
        for who, items, decisions in (
            (lou, {copy.review_id}, {copy.decision_id}),
            (sam, set(), set()),
            (kim, {"review-1", "review-2"}, {"decision-1", "decision-2", "decision-11", "decision-12"}),
        ):
            me = who.account_id
            assert {row.review_id for row in search.items(session, ItemQuery(id="author-1", asked=me)).rows} == items
            found = search.decisions(session, DecisionQuery(id="author-1", asked=me)).rows
            assert {row.decision_id for row in found} == decisions
            answers = search.answers(session, AnswerQuery(id="author-1", asked=me)).rows
            assert len(answers) == (1 if who is kim else 0)
            hidden = [blind.is_hidden(session, session.get_one(Item, name), me) for name in ("review-1", "review-2")]
            assert hidden == [who is not kim] * 2
            assert blind.is_hidden(session, copy, me) is (who is not lou)
        everything = search.items(session, ItemQuery(id="author-1", gold=True)).rows
        assert {row.review_id for row in everything} == {"review-1", "review-2", copy.review_id}


def test_the_decision_of_a_copy_is_like_that_of_its_original_and_stored_nowhere(database: Database) -> None:
    with database.session() as session:
        kim, lou, lead = people(session, "kim", "lou", "lead")
        copy = given(session, kim, lou, lead)
        for name in (copy.review_id, copy.post_id, copy.decision_id):
            (row,) = search.decisions(session, DecisionQuery(id=name, asked=lou.account_id)).rows
            assert (row.decision_id, row.post_id, row.action, row.current) == (
                copy.decision_id, copy.post_id, "review", True,
            )  # fmt: skip
            assert copy.posted_at <= row.at <= copy.received_at <= NOW
            assert search.decisions(session, DecisionQuery(id=name)).rows == []
        session.flush()
    with database.session() as session:
        assert search.decisions(session, DecisionQuery(id=copy.decision_id)).rows == []


def test_an_authors_history_is_that_of_a_desk_without_the_original(database: Database) -> None:
    with database.session() as session:
        kim, lou, sam, lead = people(session, "kim", "lou", "sam", "lead")
        given(session, kim, lou, lead)
        session.add(rows.decision(30, action="label", author_id="author-1", at=ago(minutes=40)))
        other = rows.item(50, author_id="author-1")
        session.add(other)
        session.flush()
        seen = {who.login: surroundings.past(session, other, who.account_id).counts for who in (kim, lou, sam)}
        assert seen == {"kim": {"remove": 2, "label": 1}, "lou": {"review": 1, "label": 1}, "sam": {"label": 1}}
        assert surroundings.past(session, other).counts == {"remove": 2, "label": 1}


def test_where_a_second_look_waits_everything_stands_as_before_the_first(database: Database) -> None:
    with database.session() as session:
        kim, lou = people(session, "kim", "lou")
        answer = answered(session, claimed(session, kim, 1), kim, "remove", looked_at_twice())
        of_post = {"post_id": "post-1", "author_id": "author-1"}
        by_kim = {"action": "remove", "stage": "human", "verdict_id": answer.verdict_id, "at": ago(minutes=5)}
        session.add(rows.decision(1, action="review", current=False, at=ago(minutes=9), **of_post))
        session.add(rows.decision(11, **by_kim, **of_post))
        other = rows.item(50, author_id="author-1")
        session.add(other)
        session.flush()
        me = lou.account_id
        (row,) = search.decisions(session, DecisionQuery(id="post-1", asked=me)).rows
        assert (row.action, row.current) == ("review", True)
        assert surroundings.past(session, other, me).counts == {"review": 1}
        assert search.answers(session, AnswerQuery(id="post-1", asked=me)).rows == []
        assert search.answers(session, AnswerQuery(id="post-1", asked=kim.account_id)).rows == [answer]
        answered(session, hold(session, the_task(session, "second"), lou), lou, "remove", looked_at_twice())
        assert surroundings.past(session, other, me).counts == {"remove": 1}


@pytest.mark.parametrize("held", [True, False])
def test_reading_counts_for_who_does_not_work_on_it_and_once_within_an_hour(database: Database, held: bool) -> None:
    rules = DeskRules()
    with database.session() as session:
        (kim,) = people(session, "kim")
        if held:
            claimed(session, kim, 1)
        else:
            session.add(kept(session, 1))
        session.flush()
        row = session.get_one(Item, "review-1")
        for at in (NOW, NOW + timedelta(minutes=5), NOW + timedelta(minutes=10)):
            assert reading.read(session, kim, row, rules, refuses=True, now=at) is None
        met = exposure.allowance(session, kim, rules, NOW + timedelta(minutes=10))
        assert met.hour.met == (0.0 if held else row.severity)
        found = exposure.everybody(session, rules, NOW + timedelta(minutes=10))
        assert [(own.account_id, own.read) for own in found] == ([] if held else [(kim.account_id, row.severity)])
