"""Appeals: who may look again, what they may answer, and what becomes of decision and strikes."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation import ids
from moderation.errors import AlreadyDone, NoSuchItem, ReviewError
from moderation.events import Decision, Post
from moderation.policy import human_decision, parse_policy
from moderation.review import appeals, notices
from moderation.review.appeals import Filing
from moderation.review.database import Database
from moderation.review.tables import Appeal, AuthorKey, DecisionRow, Item, Outgoing, Task, TaskExclusion
from tests.unit.review import rows
from tests.unit.review.quality.waiting import (
    ONCE,
    answered,
    claimed,
    hold,
    looked_at_twice,
    people,
    sent,
    the_task,
)
from tests.unit.review.rows import NOW
from tests.unit.state.posts import decider, remembered, scored

TWICE = looked_at_twice()
_WHY = "It is a quotation from a history book."


def decided(session: Session, number: int, action: str = "remove", **fields: Any) -> DecisionRow:
    """A decision on a post, as it came from Kafka."""
    names = {"decision_id": f"decision-{number}", "post_id": f"post-{number}", "author_id": f"author-{number}"}
    record = Decision(**names, stage="final", action=action, reasons=("hate",))  # type: ignore[arg-type]
    row = rows.decision(number, action=action, partition=number % 4, record=record.model_dump(mode="json"), **fields)
    session.add(row)
    session.flush()
    return row


def filed(session: Session, decision_id: str = "decision-1", post: Post | None = None) -> Appeal:
    """An appeal that a program has filed."""
    filing = Filing(decision_id=decision_id, statement=_WHY, post=post)
    return appeals.file(session, filing, "token:1", ONCE, now=NOW)[0]


def test_whoever_answered_before_does_not_get_the_appeal(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        (verdict,) = sent(session)
        human = human_decision(verdict)
        decided(session, 1, current=False)
        session.add(
            rows.decision(
                2, decision_id=human.decision_id, post_id="post-1", author_id="author-1", stage="human",
                action="remove", verdict_id=verdict.verdict_id, record=human.model_dump(mode="json"),
            )
        )  # fmt: skip
        session.flush()
        appeal = filed(session, human.decision_id)
        assert (appeal.against, appeal.review_id, appeal.outcome) == (kim.account_id, "review-1", None)
        excluded = select(TaskExclusion.account_id).where(TaskExclusion.task_id == appeal.task_id)
        assert session.scalars(excluded).all() == [kim.account_id]

        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "allow", ONCE)
        assert appeal.outcome == "overturned"
        correction = sent(session)[1]
        assert (correction.action, correction.reviewer) == ("allow", f"account:{lee.account_id}")
        assert (correction.decision_id, appeal.verdict_id) == (human.decision_id, correction.verdict_id)


def test_an_appeal_is_about_the_item_that_was_answered_and_not_a_later_one_of_the_post(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        human = human_decision(sent(session)[0])
        session.add(
            rows.decision(
                2, decision_id=human.decision_id, post_id="post-1", author_id="author-1", stage="human",
                action="remove", verdict_id=human.verdict_id, record=human.model_dump(mode="json"),
            )
        )  # fmt: skip
        session.add(rows.item(9, post_id="post-1", author_id="author-1", received_at=NOW))
        session.flush()
        appeal = filed(session, human.decision_id)
        assert (appeal.review_id, appeal.against) == ("review-1", kim.account_id)
        assert notices.case(session, human.decision_id, lambda _: None).item is session.get(Item, "review-1")


def test_a_decision_is_appealed_once(database: Database) -> None:
    with database.session() as session:
        people(session, "kim")
        decided(session, 1)
        post = Post(post_id="post-1", author_id="author-1", text="vermin")
        filing = Filing(decision_id="decision-1", statement=_WHY, post=post)
        first, is_new = appeals.file(session, filing, "token:1", ONCE, now=NOW)
        again, is_new_again = appeals.file(session, filing, "token:1", ONCE, now=NOW)
        assert (again.appeal_id, is_new, is_new_again) == (first.appeal_id, True, False)
        assert session.scalar(select(func.count()).select_from(Task)) == 1


def test_the_statement_is_sealed_with_the_author_s_key(database: Database) -> None:
    with database.session() as session:
        decided(session, 1)
        appeal = filed(session, post=Post(post_id="post-1", author_id="author-1", text="vermin"))
        assert b"quotation" not in (appeal.statement or b"")
        assert appeals.statement_of(session, appeal) == _WHY
        session.get_one(AuthorKey, "author:author-1").key = None
        assert appeals.statement_of(session, appeal) is None


def test_an_appeal_that_is_upheld_sends_nothing(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        decided(session, 1)
        appeal = filed(session)
        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "remove", ONCE)
        assert (appeal.outcome, appeal.verdict_id, appeal.decided_at) == ("upheld", None, NOW)
        assert len(sent(session)) == 1


def test_other_reasons_for_the_same_action_are_corrected(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        answered(session, claimed(session, kim, 1), kim, "remove", ONCE)
        decided(session, 1)
        appeal = filed(session)
        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "remove", ONCE, ["threat"])
        assert appeal.outcome == "upheld"
        assert [verdict.reasons for verdict in sent(session)] == [("hate",), ("threat",)]


def test_an_appeal_does_not_make_it_worse_but_a_hold_may_end_either_way(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        for number, action in ((1, "label"), (2, "hold")):
            decided(session, number, action)
            post = Post(post_id=f"post-{number}", author_id=f"author-{number}", text="vermin")
            filed(session, f"decision-{number}", post=post)
        label, held = session.scalars(select(Task).where(Task.kind == "appeal").order_by(Task.task_id)).all()
        with (
            pytest.raises(ReviewError, match="does not make it worse: the decision was 'label'"),
            session.begin_nested(),
        ):
            answered(session, hold(session, label, kim), kim, "remove", ONCE)
        answered(session, hold(session, held, lee), lee, "remove", ONCE)
        outcomes = dict(session.execute(select(Appeal.post_id, Appeal.outcome)).all())
        assert outcomes == {"post-1": None, "post-2": "upheld"}


@pytest.mark.parametrize(
    ("filing", "error", "said"),
    [
        (Filing(decision_id="unknown", statement=_WHY), NoSuchItem, "no decision unknown is known here"),
        (Filing(decision_id="decision-1", statement=" "), ReviewError, "needs the author's statement"),
        (Filing(decision_id="decision-1", statement="x" * 10_001), ReviewError, "10,001 characters"),
        (Filing(decision_id="decision-1", statement=_WHY), ReviewError, "send it along, as 'post'"),
        (Filing(decision_id="decision-1", statement=_WHY, post=Post(post_id="p")), ReviewError, "is not the one"),
        (Filing(decision_id="decision-2", statement=_WHY), ReviewError, "the decision was 'allow'"),
        (Filing(decision_id="decision-3", statement=_WHY), AlreadyDone, "appeal against that one"),
    ],
)
def test_what_cannot_be_appealed_says_why(
    database: Database, filing: Filing, error: type[ReviewError], said: str
) -> None:
    with database.session() as session:
        decided(session, 1)
        decided(session, 2, "allow")
        decided(session, 3, current=False)
        with pytest.raises(error, match=said):
            appeals.file(session, filing, "token:1", ONCE, now=NOW)


def test_what_no_rule_had_sent_to_a_human_is_appealed_with_the_post_that_the_program_sends(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        decided(session, 3)
        post = Post(post_id="post-3", author_id="author-3", text="they are vermin", created_at=NOW - timedelta(days=2))
        appeal = filed(session, "decision-3", post=post)
        answered(session, hold(session, the_task(session, "appeal"), kim), kim, "allow", ONCE)
        (verdict,) = sent(session)
        assert (verdict.action, verdict.decision_id, verdict.review_id) == ("allow", "decision-3", appeal.review_id)
        assert session.scalars(select(Outgoing.partition)).all() == [3]
        assert session.get_one(Item, appeal.review_id).verdict_id == verdict.verdict_id == appeal.verdict_id


@pytest.mark.parametrize("sent_along", [True, False])
def test_an_appeal_for_an_author_who_was_erased_says_so(database: Database, sent_along: bool) -> None:
    with database.session() as session:
        people(session, "kim")
        decided(session, 1)
        session.add(AuthorKey(author="author:author-1", key=None, shredded_at=NOW))
        post = Post(post_id="post-1", author_id="author-1", text="vermin") if sent_along else None
        with pytest.raises(ReviewError, match="the author was erased"):
            filed(session, post=post)
        assert session.scalar(select(func.count()).select_from(Task)) == 0


def test_what_an_author_writes_who_has_come_back_can_be_appealed(database: Database) -> None:
    with database.session() as session:
        people(session, "kim")
        decided(session, 1, at=NOW)
        session.add(AuthorKey(author="author:author-1", key=None, shredded_at=NOW - timedelta(days=1)))
        assert filed(session, post=Post(post_id="post-1", author_id="author-1", text="vermin")).outcome is None


def test_an_overturned_appeal_takes_back_the_decision_and_its_strike(database: Database) -> None:
    policy = parse_policy(
        "policy: p\nstrikes: {hate: {weight: 2}}\nrules:\n"
        "  - {id: remove-it, when: text.hate >= 0.9, then: remove, because: hate}\n"
        "  - {id: look, when: author.strikes >= 100, then: review, because: hate}\n"
    )
    own = decider(policy)
    removed = own.record(scored(0, author="author-1", signals={"text.hate": 1.0}, post_id="post-1"), 0).decision
    (state,) = remembered(own, [scored(1, 60, author="author-1")], 1)
    assert state == {"author.strikes": 2}
    with database.session() as session:
        (kim,) = people(session, "kim")
        record = removed.model_dump(mode="json")
        session.add(rows.decision(1, decision_id=removed.decision_id, action="remove", record=record))
        session.flush()
        filed(session, removed.decision_id, post=Post(post_id="post-1", author_id="author-1", text="words"))
        answered(session, hold(session, the_task(session, "appeal"), kim), kim, "allow", ONCE)
        (verdict,) = sent(session)

    corrected = own.verdict(verdict).decision
    assert (corrected.stage, corrected.action, corrected.supersedes) == ("human", "allow", removed.decision_id)
    assert corrected.order() > removed.order()
    (state,) = remembered(own, [scored(2, 120, author="author-1")], 2)
    assert state == {"author.strikes": 0}


def test_an_appeal_against_what_still_waits_for_a_human_settles_that_too(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        waiting = claimed(session, lee, 1, 2)
        decided(session, 1, "hold")
        filed(session)
        answered(session, hold(session, the_task(session, "appeal"), kim), kim, "allow", ONCE)
        assert (waiting.status, waiting.size, waiting.head) == ("claimed", 1, "review-2")
        answered(session, waiting, lee, "remove", ONCE)
        assert [(verdict.post_id, verdict.action) for verdict in sent(session)] == [
            ("post-1", "allow"),
            ("post-2", "remove"),
        ]


def test_the_last_item_of_a_task_closes_it_when_its_appeal_is_decided(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        waiting = claimed(session, lee, 1)
        decided(session, 1, "hold")
        filed(session)
        answered(session, hold(session, the_task(session, "appeal"), kim), kim, "allow", ONCE)
        assert waiting.status == "closed"
        with pytest.raises(AlreadyDone):
            answered(session, waiting, lee, "remove", ONCE)
        assert len(sent(session)) == 1


def test_an_appeal_that_decides_an_item_leaves_its_near_duplicates_to_the_next_most_urgent(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        task = claimed(session, kim, 1, 2, 3, severity=1.0)
        for number, weight, severity in ((1, 9.0, 1.0), (2, 1.0, 0.25), (3, 5.0, 0.5)):
            item = session.get_one(Item, f"review-{number}")
            item.weight, item.severity = weight, severity
        decided(session, 1)
        filed(session)
        answered(session, hold(session, the_task(session, "appeal"), lee), lee, "allow", ONCE)
        assert (task.head, task.size, task.severity) == ("review-3", 2, 0.5)
        assert session.get_one(Item, "review-1").status == "decided"


def test_an_appeal_and_an_answer_to_the_same_item_at_the_same_moment_do_not_replace_one_decision(
    database: Database,
) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        waiting = claimed(session, lee, 1)
        decided(session, 1, "hold")
        filed(session)
        hold(session, the_task(session, "appeal"), kim)

    def overturn() -> None:
        with database.session() as session:
            answered(session, the_task(session, "appeal"), kim, "allow", ONCE)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            answered(session, waiting, lee, "remove", ONCE)
            overturned = pool.submit(overturn)
            wait([overturned], timeout=0.5)  # as long as it may take where it does not wait
        overturned.result()
    with database.session() as session:
        one_after_the_other(session, "remove", "allow")


def test_an_appeal_and_a_third_answer_at_the_same_moment_do_not_replace_one_decision(database: Database) -> None:
    with database.session() as session:
        kim, lee, sam, lead = people(session, "kim", "lee", "sam", "lead")
        answered(session, claimed(session, kim, 1), kim, "remove", TWICE)
        answered(session, hold(session, the_task(session, "second"), lee), lee, "label", TWICE)
        third = hold(session, the_task(session, "adjudication"), lead)
        decided(session, 1, "remove")
        filed(session)
        hold(session, the_task(session, "appeal"), sam)

    def overturn() -> None:
        with database.session() as session:
            answered(session, the_task(session, "appeal"), sam, "allow", TWICE)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            answered(session, third, lead, "label", TWICE)
            overturned = pool.submit(overturn)
            wait([overturned], timeout=0.5)  # as long as it may take where it does not wait
        overturned.result()
    with database.session() as session:
        one_after_the_other(session, "remove", "label", "allow")


def one_after_the_other(session: Session, *actions: str) -> None:
    """Each verdict on post-1 replaces the decision that the one before led to."""
    verdicts = sent(session)
    assert [verdict.action for verdict in verdicts] == list(actions)
    led_to = [ids.human_decision_id("post-1", verdict.verdict_id) for verdict in verdicts]
    assert [verdict.decision_id for verdict in verdicts] == ["decision-1", *led_to[:-1]]
