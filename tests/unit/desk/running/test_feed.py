"""What becomes of records that no database holds; with a real Kafka: tests/broker/test_desk.py."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from moderation.client.reading import Record
from moderation.desk.running import feed
from moderation.desk.running.feed import Feed
from moderation.events import Event, ReviewItem
from moderation.review.database import Database
from moderation.review.rules import DeskRules
from moderation.review.tables import DecisionRow, Item
from moderation.settings import KafkaSettings
from tests.unit.review.arriving import decision_of, item_of, made_post

BY_THE_CLOCK, TOO_LARGE = 1_795_000_000_000, 2**63


def records(*events: Event) -> list[Record]:
    return [Record("a topic", 0, offset, 0.0, None, event.to_json(), ()) for offset, event in enumerate(events)]


def test_an_item_whose_revision_no_database_holds_keeps_no_other_from_being_stored(database: Database) -> None:
    large, clock, plain = (made_post(str(revision), revision=revision) for revision in (TOO_LARGE, BY_THE_CLOCK, 0))
    reviews = feed.reviews(database, KafkaSettings(), DeskRules)
    reviews.take(records(item_of(large), item_of(clock), item_of(plain)))
    assert (reviews.stored, reviews.skipped) == (2, 1)
    with database.session() as session:
        assert set(session.scalars(select(Item.revision))) == {BY_THE_CLOCK, 0}


@pytest.mark.parametrize("action", ["remove", "allow"])
def test_a_decision_whose_revision_no_database_holds_keeps_no_other_from_being_stored(
    database: Database, action: str
) -> None:
    large, clock = (made_post(str(revision), revision=revision) for revision in (TOO_LARGE, BY_THE_CLOCK))
    decisions = feed.decisions(database, KafkaSettings(), DeskRules)
    decisions.take(records(decision_of(large, action), decision_of(clock, "remove")))
    assert (decisions.stored, decisions.skipped) == (1, 1)
    with database.session() as session:
        assert session.scalars(select(DecisionRow.revision)).all() == [BY_THE_CLOCK]


def test_an_item_with_a_nul_that_postgresql_refuses_keeps_no_other_from_being_stored(database: Database) -> None:
    reviews = feed.reviews(database, KafkaSettings(), DeskRules)
    with_nul, plain = item_of(made_post("1"), queue="a\0b"), item_of(made_post("2"))
    reviews.take(records(with_nul, plain))
    with database.session() as session:
        assert plain.review_id in session.scalars(select(Item.review_id)).all()
    assert (reviews.stored, reviews.skipped) == ((2, 0) if database.sqlite else (1, 1))


@pytest.mark.parametrize("fault", [ValueError("ours"), StatementError("ours", "SELECT 1", {}, TypeError("ours"))])
def test_a_fault_of_the_desk_leaves_records_on_kafka_instead_of_skipping_them(
    database: Database, fault: Exception
) -> None:
    def store(session: Session, events: Sequence[tuple[Record, ReviewItem]], now: datetime) -> None:
        raise fault

    reviews = Feed("reviews", ReviewItem, store, database, KafkaSettings())
    with pytest.raises(type(fault), match="ours"):
        reviews.take(records(item_of(made_post("1"))))
    assert (reviews.stored, reviews.skipped) == (0, 0)
