"""Figures of queues and reviewers: whose answers are compared with whose."""

from itertools import count

import pytest
from sqlalchemy.orm import Session

from moderation.backtest.rates import rate
from moderation.review.database import Database
from moderation.review.quality.report import report
from moderation.review.tables import Gold
from tests.unit.review import rows
from tests.unit.review.quality.waiting import people
from tests.unit.review.rows import ago

_numbers = count(3001)


def given(session: Session, account_id: int, action: str, kind: str = "review", **fields: object) -> int:
    """An answer to a task of its own; the number of the task."""
    number = next(_numbers)
    head = str(fields.get("review_id", f"review-{number}"))
    session.add(rows.task(number, kind=kind, head=head, status="done", parent_id=fields.pop("parent_id", None)))
    session.flush()
    if "review_id" not in fields:
        session.add(rows.item(number))
        session.flush()
    values = {"action": action, "kind": kind, "review_id": head, "verdict_id": None, "answered_at": ago(hours=1)}
    session.add(rows.answer(number, account_id, **{**values, **fields}))
    session.flush()
    return number


def pair(session: Session, first: tuple[int, str], second: tuple[int, str], queue: str = "hate") -> None:
    """Two blind answers on one item."""
    task = given(session, *first, queue=queue)
    given(session, *second, kind="second", parent_id=task, review_id=f"review-{task}", queue=queue)


def test_pairs_count_for_their_queue_and_for_both_reviewers(database: Database) -> None:
    with database.session() as session:
        people(session, "kim", "lee", "max")
        for _ in range(4):
            pair(session, (1000, "remove"), (1001, "remove"))
            pair(session, (1001, "allow"), (1000, "allow"))
        pair(session, (1000, "remove"), (1002, "allow"), queue="spam")
        given(session, 1002, "label", kind="adjudication")
        found = report(session, since=ago(days=1))
        hate, spam = (next(own for own in found.queues if own.name == name) for name in ("hate", "spam"))
        assert (hate.answers, hate.agreed, hate.pairs) == (16, 8, 8)
        assert hate.kappa is not None
        assert hate.alpha is not None
        assert (hate.kappa.value, hate.kappa.of, hate.alpha.value) == (1.0, 8, 1.0)
        assert (spam.agreed, spam.pairs) == (0, 1)
        of = {own.name: (own.answers, own.agreed, own.pairs) for own in found.reviewers}
        assert of == {"Kim": (9, 8, 9), "Lee": (8, 8, 8), "Max": (2, 0, 1)}


def test_known_answers_give_accuracy_with_an_exact_interval_and_count_for_alpha(database: Database) -> None:
    with database.session() as session:
        people(session, "kim", "lee")
        for number in range(6):
            session.add(rows.item(2001 + number, status="gold"))
            session.flush()
            known = "remove" if number % 2 else "allow"
            session.add(
                Gold(review_id=f"review-{2001 + number}", action=known, reasons=[], made_at=ago(days=2), active=True)
            )
            session.flush()
            given(session, 1000, known, kind="gold", review_id=f"review-{2001 + number}")
            given(session, 1001, "allow", kind="gold", review_id=f"review-{2001 + number}")
        found = {own.name: own for own in report(session, since=ago(days=1)).reviewers}
        assert found["Kim"].accuracy == rate({1.0: 6}, {})
        assert found["Lee"].accuracy == rate({1.0: 3}, {1.0: 3})
        lee = found["Lee"].accuracy
        assert lee is not None
        assert (lee.low, lee.high) == (pytest.approx(0.1181, abs=1e-4), pytest.approx(0.8819, abs=1e-4))
        alpha = found["Kim"].alpha
        assert alpha is not None
        assert alpha.of == 6
        assert found["Kim"].kappa is None


def test_times_are_the_median_and_the_ninetieth_percentile(database: Database) -> None:
    with database.session() as session:
        people(session, "kim")
        for seconds in range(1, 12):
            given(session, 1000, "allow", seconds=float(seconds))
        (kim,) = report(session, since=ago(days=1)).reviewers
        assert kim.times is not None
        assert (kim.times.median, kim.times.p90) == (6.0, 10.0)


def test_one_person_s_report_has_nobody_else_and_old_answers_are_left_out(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        pair(session, (1000, "remove"), (1001, "allow"))
        given(session, 1000, "allow", answered_at=ago(days=9))
        own = report(session, since=ago(days=1), account=kim)
        assert own.queues == ()
        assert [(each.name, each.answers, each.pairs) for each in own.reviewers] == [("Kim", 1, 1)]
        nothing = report(session, since=ago(minutes=1), account=lee).reviewers[0]
        assert (nothing.answers, nothing.times, nothing.kappa, nothing.alpha, nothing.accuracy) == (
            0, None, None, None, None,
        )  # fmt: skip
