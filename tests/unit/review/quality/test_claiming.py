"""What a reviewer gets next, and how much harm at most."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.errors import LimitReached, NotPermitted
from moderation.review import claims, queue, viewings
from moderation.review.database import Database
from moderation.review.quality import claiming, drawing
from moderation.review.quality.claiming import Pause
from moderation.review.quality.exposure import allowance, room_again
from moderation.review.quality.rules import Exposure as Limits
from moderation.review.rules import DeskRules
from moderation.review.tables import Account, AuditEntry, Exposure, Item, Task
from tests.unit.review import rows
from tests.unit.review.quality.waiting import claimed, kept, people
from tests.unit.review.rows import NOW, ago

TIGHT = DeskRules.model_validate(
    {"exposure": {"per_hour": 3, "per_day": 5, "benign": 0.0}, "quality": {"gold": {"share": 0.0}}}
)


def met(session: Session, account: Account, *when: tuple[float, float]) -> None:
    """Weights that somebody has met, each so many minutes ago."""
    task = session.get(Task, 1900) or rows.task(1900, status="done", head="review-900")
    session.add(task)
    session.flush()
    for weight, minutes in when:
        session.add(
            Exposure(account_id=account.account_id, task_id=task.task_id, weight=weight, at=ago(minutes=minutes))
        )
    session.flush()


def waits(session: Session, number: int, **fields: object) -> Task:
    """An open task with its item."""
    session.add(task := rows.task(number, head=f"review-{number}", **fields))
    session.flush()
    session.add(kept(session, number, task_id=number))
    session.flush()
    return task


def test_what_was_met_counts_within_the_hour_and_the_day(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        met(session, kim, (1, 10), (1, 70), (2, 25 * 60))
        met(session, lee, (3, 1))
        now = allowance(session, kim, TIGHT, NOW)
        assert (now.hour.met, now.hour.left, now.day.met, now.day.left) == (1, 2, 2, 3)
        assert now.until is None


def test_a_full_window_says_when_there_is_room_again(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        met(session, kim, (1, 50), (1, 20), (1, 10))
        now = allowance(session, kim, TIGHT, NOW)
        assert now.hour.is_full
        assert now.until == NOW + timedelta(minutes=10)
        assert allowance(session, kim, TIGHT, NOW + timedelta(minutes=10)).until is None


@pytest.mark.parametrize("way", ["expire", "take", "reassign"])
@pytest.mark.parametrize("seen", [True, False])
def test_what_was_seen_counts_when_time_ran_out_or_a_lead_took_it(database: Database, way: str, seen: bool) -> None:
    with database.session() as session:
        kim, lee, lead = people(session, "kim", "lee", "lead")
        task = claimed(session, kim, 1)
        if seen:
            viewings.opened(session, kim, task, now=NOW)
        over = NOW + TIGHT.claims.lease
        if way == "expire":
            queue.expire(session, TIGHT, now=over)
        elif way == "take":
            claims.take(session, task.task_id, lee, TIGHT, now=over)
        else:
            claims.reassign(session, task.task_id, lee, TIGHT, by=lead, although_claimed=True, now=NOW)
        assert allowance(session, kim, TIGHT, over).hour.met == (1.0 if seen else 0.0)
        assert allowance(session, lee, TIGHT, over).hour.met == 0.0
    with database.session() as session:
        did = "task.reassigned" if way == "reassign" else "task.expired"
        entry = session.scalars(select(AuditEntry).where(AuditEntry.did == did)).one()
        assert (entry.details["from"], entry.details["seen"]) == (f"account:{kim.account_id}", seen)


def test_who_has_met_enough_by_what_ran_out_goes_on_with_it_and_takes_nothing_else(database: Database) -> None:
    with database.session() as session:
        (lead,) = people(session, "lead")
        met(session, lead, (2, 10))
        task = claimed(session, lead, 1)
        viewings.opened(session, lead, task, now=NOW)
        over = NOW + TIGHT.claims.lease
        other = waits(session, 1101)
        assert claiming.take(session, task.task_id, lead, TIGHT, picks=True, now=over).account_id == lead.account_id
        with pytest.raises(LimitReached, match="there is room for this one at 12:50"):
            claiming.take(session, other.task_id, lead, TIGHT, picks=True, now=over)


def test_no_limit_is_no_limit(database: Database) -> None:
    rules = DeskRules.model_validate({"exposure": {"per_hour": None, "per_day": None}})
    with database.session() as session:
        (kim,) = people(session, "kim")
        met(session, kim, (1e6, 1))
        assert allowance(session, kim, rules, NOW).until is None


def test_who_has_met_enough_gets_only_harmless_items_and_then_a_pause(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        met(session, kim, (3, 30))
        waits(session, 1100, severity=0.9)
        mild = waits(session, 1101, severity=0.1, harmless=True)
        first = claiming.next_task(session, kim, TIGHT, now=NOW)
        assert isinstance(first, Task)
        assert first.task_id == mild.task_id
        pause = claiming.next_task(session, kim, TIGHT, now=NOW)
        assert isinstance(pause, Pause)
        assert pause.until == NOW + timedelta(minutes=30)
        assert pause.message == (
            "You have looked at a lot of hard things. Nothing harmless is waiting, so take a break: there is room "
            "for more at 12:30 UTC. What you have done today counts."
        )


def test_with_room_left_the_most_urgent_comes_and_an_empty_queue_is_no_pause(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        task = waits(session, 1100)
        found = claiming.next_task(session, kim, TIGHT, now=NOW)
        assert isinstance(found, Task)
        assert found.task_id == task.task_id
        assert claiming.next_task(session, kim, TIGHT, now=NOW) is None


def test_gold_and_harmless_items_are_mixed_in_at_their_shares() -> None:
    rules = DeskRules.model_validate({"exposure": {"benign": 0.3}, "quality": {"gold": {"share": 0.1}}})
    kinds = [drawing.drawn(7, last, rules) for last in range(5_000)]
    assert 0.09 < kinds.count("gold") / 5_000 < 0.11
    assert 0.25 < kinds.count("harmless") / 5_000 < 0.29  # 0.3 of the nine tenths that are left


def test_giving_an_item_back_does_not_draw_again(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        waits(session, 1100)
        for _ in range(3):
            kind = drawing.next_kind(session, kim, DeskRules(), NOW)
            task = claiming.next_task(session, kim, DeskRules(), now=NOW)
            assert isinstance(task, Task)
            claims.release(session, task.task_id, kim, now=NOW)
            assert drawing.next_kind(session, kim, DeskRules(), NOW) == kind


def test_a_disagreement_goes_to_a_lead_unless_anybody_may_decide(database: Database) -> None:
    anyone = DeskRules.model_validate({"quality": {"adjudicators": "anyone"}})
    with database.session() as session:
        kim, lead = people(session, "kim", "lead")
        task = waits(session, 1100, kind="adjudication")
        assert claiming.next_task(session, kim, TIGHT, now=NOW) is None
        with pytest.raises(NotPermitted, match="a lead decides"):
            claims.take(session, task.task_id, kim, TIGHT, now=NOW)
        assert isinstance(claiming.next_task(session, lead, TIGHT, now=NOW), Task)
        claims.release(session, task.task_id, lead, now=NOW)
        assert isinstance(claiming.next_task(session, kim, anyone, now=NOW), Task)


def test_what_was_taken_back_or_erased_since_is_passed_over(database: Database) -> None:
    with database.session() as session:
        (kim,) = people(session, "kim")
        gone = waits(session, 1100, kind="second", rank=9.0)
        session.get_one(Item, "review-1100").status = "closed"
        erased = waits(session, 1101, rank=8.0)
        session.get_one(Item, "review-1101").content = None
        left = waits(session, 1102, rank=7.0)
        found = claiming.next_task(session, kim, TIGHT, now=NOW)
        assert isinstance(found, Task)
        assert found.task_id == left.task_id
        assert (gone.status, erased.status) == ("closed", "closed")


def test_a_task_weighs_its_severity_times_its_modality() -> None:
    limits = Limits()
    assert limits.weight(0.5, "video") == 2.5
    assert limits.weight(1.0, "text") == 1.0


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 59)), max_size=20))
def test_when_there_is_room_again_is_when_enough_has_passed(given_: list[tuple[float, float]]) -> None:
    weights = sorted(((ago(minutes=minutes), weight) for weight, minutes in given_), key=lambda one: one[0])
    free_at = room_again(weights, 3.0, timedelta(hours=1))
    if sum(weight for _, weight in weights) < 3.0:
        assert free_at is None
    else:
        assert free_at is not None
        assert sum(weight for at, weight in weights if at + timedelta(hours=1) > free_at) < 3.0
        before = free_at - timedelta(microseconds=1)
        assert sum(weight for at, weight in weights if at + timedelta(hours=1) > before) >= 3.0


def test_claimed_items_are_not_given_twice(database: Database) -> None:
    with database.session() as session:
        kim, lee = people(session, "kim", "lee")
        claimed(session, kim, 1)
        assert claiming.next_task(session, lee, TIGHT, now=NOW) is None
