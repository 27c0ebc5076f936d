"""Which decisions the desk keeps, and which of them stands."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.events import Decision
from moderation.review import decided, erasing
from moderation.review.database import Database
from moderation.review.decided import Written
from moderation.review.rules import DeskRules
from moderation.review.tables import AuthorKey, DecisionRow
from tests.unit.review.rows import NOW, item

HOUR = timedelta(hours=1)


def written(number: int, post: str = "post-1", at: datetime = NOW, **fields: Any) -> Written:
    given = {
        "decision_id": f"d{number}",
        "post_id": post,
        "stage": "final",
        "action": "allow",
        "lanes": {"text": "scored"},
    }
    return Written(Decision(**(given | fields)), 2, at)


def kept(database: Database) -> dict[str, bool]:
    """decision_id -> whether it stands."""
    with database.session() as session:
        return {row.decision_id: row.current for row in session.scalars(select(DecisionRow))}


def test_what_allows_a_post_that_nobody_looks_at_is_not_kept(database: Database) -> None:
    with database.session() as session:
        session.add(item(7))
        session.flush()
        found = decided.keep(
            session,
            [
                written(1),
                written(2, "post-7"),
                written(3, "post-2", action="remove"),
                written(4, "post-3", stage="human"),
                written(5, "post-4", action="withdrawn"),
                written(6, "post-5", action="review"),
            ],
        )
    assert [own.decision.decision_id for own in found] == ["d2", "d3", "d4", "d5", "d6"]
    assert kept(database) == dict.fromkeys(["d2", "d3", "d4", "d5", "d6"], True)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_latest_stands_in_whatever_order_they_come(database: Database, order: tuple[int, ...]) -> None:
    every = [
        written(0, stage="provisional", action="hold", lanes={"text": "scored", "image": "pending"}),
        written(1, action="remove", lanes={"text": "scored", "image": "scored"}),
        written(2, stage="human", action="allow", lanes={}),
        written(3, stage="final", action="label", revision=1),
    ]
    for place in order:
        with database.session() as session:
            decided.keep(session, [every[place]])
    assert {name for name, current in kept(database).items() if current} == {"d3"}


def test_a_decision_that_comes_again_changes_nothing(database: Database) -> None:
    first = written(1, action="remove")
    for own in (first, first, written(1, action="label", at=NOW + timedelta(hours=1))):
        with database.session() as session:
            decided.keep(session, [own, own])
    with database.session() as session:
        (row,) = session.scalars(select(DecisionRow))
        assert (row.action, row.at, row.partition, row.current) == ("remove", NOW, 2, True)
        assert Decision.model_validate(row.record) == first.decision


SAW = {"rules": [{"rule": "r", "action": "remove", "values": {"facts.followers": 7}}], "state": {"author.posts": 3}}


def erased_at(session: Session, at: datetime) -> None:
    session.add(AuthorKey(author="author:ann", key=None, shredded_at=at))
    session.flush()


def of_ann(number: int, post: str, at: datetime) -> Written:
    return written(number, post, at, author_id="ann", action="remove", **SAW)


def has_values(session: Session, name: str) -> bool:
    record = session.get_one(DecisionRow, name).record
    (rule,) = record["rules"]
    assert ("values" in rule) == ("state" in record)
    return "values" in rule


def test_of_an_author_who_was_erased_no_values_come_with_what_was_decided_before(database: Database) -> None:
    with database.session() as session:
        erased_at(session, NOW)
        for number, at in ((1, NOW - HOUR), (2, NOW + HOUR)):
            decided.keep(session, [of_ann(number, f"post-{number}", at)])
        assert not has_values(session, "d1")
        assert has_values(session, "d2")


def test_nor_with_what_is_decided_afterwards_on_a_post_from_before(database: Database) -> None:
    with database.session() as session:
        erased_at(session, NOW)
        session.add(item(1, author_id="ann", posted_at=NOW - HOUR))
        session.add(item(2, author_id="ann", posted_at=NOW + HOUR))
        session.flush()
        decided.keep(session, [of_ann(number, f"post-{number}", NOW + 2 * HOUR) for number in (1, 2)])
        decided.keep(session, [of_ann(3, "post-3", NOW - HOUR), of_ann(4, "post-3", NOW + HOUR)])
        assert [has_values(session, f"d{number}") for number in (1, 2, 3, 4)] == [False, True, False, False]


def test_who_is_erased_while_a_decision_comes_leaves_no_values(database: Database) -> None:
    def erase() -> None:
        with database.session() as session:
            erasing.erase(session, "ann", "shell:root", DeskRules(), now=NOW)

    with ThreadPoolExecutor() as pool:
        with database.session() as session:
            decided.keep(session, [of_ann(1, "post-1", NOW - HOUR)])
            erased = pool.submit(erase)
            wait([erased], timeout=0.5)  # as long as it may take where it does not wait
        erased.result()
    with database.session() as session:
        assert not has_values(session, "d1")
